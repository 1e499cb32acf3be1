//===- VectorLoops.h - structured ops to vector loops -----------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_LINALGTOVECTOR_VECTORLOOPS_H
#define MSA_LIB_CONVERSION_LINALGTOVECTOR_VECTORLOOPS_H
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::msa {

/// Writes `op` (buffer semantics) before itself as scf loops, `width` f32 lanes at a time where an axis is contiguous in all
/// operands it appears in, else as scalar loops. Does not erase `op`. Any structured op can be written.
void writeVectorLoops(OpBuilder &builder, linalg::LinalgOp op, int64_t width);

} // namespace mlir::msa
#endif
