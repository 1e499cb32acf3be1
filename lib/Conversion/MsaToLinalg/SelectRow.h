//===- SelectRow.h - exact top-k of one row of scores -----------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_MSATOLINALG_SELECTROW_H
#define MSA_LIB_CONVERSION_MSATOLINALG_SELECTROW_H
#include "TensorBuilder.h"
#include "dialects/Msa/IR/MsaContracts.h"

namespace mlir::msa {

/// How rows are selected: the same for all rows of an op.
struct RowSelector {
  int64_t topk, sinkBlocks, localBlocks;
  SelectionOrder order;

  /// One row: its scores (NaN ranks as -inf) are scores[row[0], row[1], 0 .. blocks).
  struct Row {
    Value scores; ///< f32, rank 3
    Value row[2];
    Value blocks, local; ///< visible blocks; the query's own, or -1 where it has none
  };
  /// Writes the ids (i32 [topk], -1 in unused slots) over `ids`, and where `chosen` is not null the scores of these blocks (f32
  /// [topk], -inf in unused slots) over it.
  std::pair<Value, Value> select(TensorBuilder &b, const Row &row, Value ids, Value chosen) const;
};

/// Sorts ids[0 .. count) (i32, unique) ascending, `last` (an id, or null) after all others.
Value sortAscending(TensorBuilder &b, Value ids, Value count, Value last);

} // namespace mlir::msa
#endif
