// How each op is decided: a function an op, called by SelectStrategy.
#ifndef MSA_LIB_STRATEGY_DECIDE_H
#define MSA_LIB_STRATEGY_DECIDE_H
#include "dialects/Msa/IR/MsaContracts.h"
#include "msa/Strategy/Candidates.h"
#include <string>

namespace mlir::msa {

/// What an op is decided for.
struct DecideFor {
  const ::msa::GpuSpec &gpu;
  int64_t overlap = 90; ///< percent of its blocks that a query token shares with the one before it
  bool explain = false; ///< candidates that are dropped are said as remarks
  std::string name() const { return std::string(gpu.chip); }
};

/// An op's attributes. Every op of the dialect has the same two.
struct Decision {
  StrategyKind kind;
  std::optional<::msa::TileConfig> config;
  std::string reason; ///< one line
};

inline LogicalResult refuse(Operation *op, const ::msa::Refusal &refusal) { return op->emitError(refusal.message()); }

/// Each decides, or refuses with a diagnostic on the op.
FailureOr<Decision> decide(AttendOp op, const DecideFor &target);
FailureOr<Decision> decide(CombineOp op, const DecideFor &target);
FailureOr<Decision> decide(RelayoutSelectionOp op, const DecideFor &target);
FailureOr<Decision> decide(SelectBlocksOp op, const DecideFor &target);
FailureOr<Decision> decide(TransposeSelectionOp op, const DecideFor &target);
FailureOr<Decision> decide(IndexScoresOp op, const DecideFor &target);

/// What is known of the sizes of a selection from index queries and keys.
::msa::IndexSizes indexSizesOf(SelectBlocksOp op);
/// A selection from index queries and keys in one launch, as the op asks for.
FailureOr<Decision> decideIndexSelect(SelectBlocksOp op, const DecideFor &target, const ::msa::IndexSizes &sizes);
/// The same where it is predicted to be no slower than scores and a selection from them; `reason` says why, or why not.
std::optional<Decision> preferOneLaunch(SelectBlocksOp op, const DecideFor &target, const ::msa::IndexSizes &sizes,
                                        std::string &reason);

} // namespace mlir::msa
#endif
