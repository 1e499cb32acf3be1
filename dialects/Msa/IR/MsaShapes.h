//===- MsaShapes.h - results' sizes from operands' sizes --------*- C++ -*-===//
//
// Private to dialects/Msa/IR.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_DIALECTS_MSA_IR_MSASHAPES_H
#define MSA_DIALECTS_MSA_IR_MSASHAPES_H
#include "dialects/Msa/IR/MsaDialect.h"

namespace mlir::msa {

/// The sizes of an op's results as its operands tell them: attributes where those are static, else IR at the builder's
/// insertion point. What only the result types know is not in them.
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, IndexScoresOp op);
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, SelectBlocksOp op);
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, TransposeSelectionOp op);
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, RelayoutSelectionOp op);
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, AttendOp op);
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, CombineOp op);
ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, AttentionOp op);

} // namespace mlir::msa
#endif
