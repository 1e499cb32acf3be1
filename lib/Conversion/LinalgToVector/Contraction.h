//===- Contraction.h - matrix products in registers -------------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_LINALGTOVECTOR_CONTRACTION_H
#define MSA_LIB_CONVERSION_LINALGTOVECTOR_CONTRACTION_H
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// Writes `op` before itself as register-blocked loops if it is a 2-D contraction of bf16, f16 or f32 into f32 (by its
/// indexing maps and body, whatever its name). Does not erase `op`. Fails, writing nothing, on anything else.
LogicalResult writeContraction(OpBuilder &builder, linalg::LinalgOp op, int64_t width);

} // namespace mlir::msa
#endif
