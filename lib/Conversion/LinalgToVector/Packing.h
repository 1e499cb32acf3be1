//===- Packing.h - operand blocks as contiguous f32 -------------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_LINALGTOVECTOR_PACKING_H
#define MSA_LIB_CONVERSION_LINALGTOVECTOR_PACKING_H
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::msa {

/// Writes loops that copy the block [rows, columns] at (row, column) of `source` to (0, 0) of the f32 memref `target`,
/// extending bf16 and f16. The columns of `source` should be contiguous (they are read in vectors where they are).
void packRows(ImplicitLocOpBuilder &b, Value source, Value row, Value column, OpFoldResult rows, OpFoldResult columns,
              Value target, int64_t width);

/// The same, transposed: target[c, r] = source[row + r, column + c], in register tiles of 8 x 8.
void packTransposed(ImplicitLocOpBuilder &b, Value source, Value row, Value column, OpFoldResult rows,
                    OpFoldResult columns, Value target);

} // namespace mlir::msa
#endif
