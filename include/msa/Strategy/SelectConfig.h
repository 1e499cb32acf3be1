//===- SelectConfig.h - the numbers of a selection from scores --*- C++ -*-===//
#ifndef MSA_STRATEGY_SELECTCONFIG_H
#define MSA_STRATEGY_SELECTCONFIG_H
#include "dialects/Msa/IR/MsaContracts.h"

namespace mlir::msa {

/// True where the rows of a selection from scores do not fill a GPU: few query tokens a request are certain or to be expected.
bool rowsAreFew(SelectBlocksOp op);

/// The numbers of a selection from scores, the same on every GPU: a warp a row, or where rows are few a thread block a row. It decides a
/// selection that was given, and what is left of one after its scores became a launch of their own.
::msa::TileConfig selectConfig(SelectBlocksOp op);

} // namespace mlir::msa
#endif
