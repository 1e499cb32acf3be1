#include "dialects/Msa/IR/MsaDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::msa;

#define GET_OP_CLASSES
#include "dialects/Msa/IR/MsaOps.cpp.inc"

#define MSA_STUB(OP) \
  LogicalResult OP::verify() { return success(); } \
  void OP::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &) {} \
  LogicalResult OP::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }
MSA_STUB(IndexScoresOp) MSA_STUB(SelectBlocksOp) MSA_STUB(TransposeSelectionOp) MSA_STUB(RelayoutSelectionOp)
MSA_STUB(AttendOp) MSA_STUB(CombineOp) MSA_STUB(AttentionOp)
