//===- PhasePredicates.h - what the msa phases promise ----------*- C++ -*-===//
//
// input -> normal -> decided -> split. Each predicate holds everything below `root` to its phase's promise; on failure it
// reports the first op that breaks it, what the phase expects of it and what was found.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_TRANSFORMS_PHASEPREDICATES_H
#define MSA_TRANSFORMS_PHASEPREDICATES_H
#include "mlir/IR/Operation.h"

namespace mlir::msa {

/// No msa.attention; queries and index queries packed; softmax_scale and selection explicit wherever they mean something;
/// attend and transpose_selection read selections of layout hqk.
LogicalResult isNormal(Operation *root);

/// Normal, and every msa op has a strategy; those of GPU recipes have a tile config.
LogicalResult isDecided(Operation *root);

/// Decided, and every msa op is one kernel launch: an attend whose tile config has several splits gives that many partial
/// results.
LogicalResult isSplit(Operation *root);

} // namespace mlir::msa
#endif
