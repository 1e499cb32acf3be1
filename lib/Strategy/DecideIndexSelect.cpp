// A selection from index queries and keys: in one launch, or as scores and a selection from them.
#include "Decide.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {

/// Why one launch cannot do it, if so.
static std::optional<::msa::Refusal> checkOneLaunch(SelectBlocksOp op) {
  if (op.getNumResults() > 1)
    return ::msa::Refusal{"no-recipe", "a selection without scores from index_select, which keeps them in registers",
                          "the op gives them out"};
  if (selectionOf(op).getOrder() == SelectionOrder::Score)
    return ::msa::Refusal{"no-recipe", "ids in an order of theirs from index_select",
                          "the op asks for the order of scores"};
  return std::nullopt;
}

static Decision decisionOf(const ::msa::Candidate &best, int64_t candidates, int64_t dropped) {
  auto number = [](int64_t value) { return std::to_string(value); };
  return Decision{StrategyKind::IndexSelect, best.config,
                  "cheapest of " + number(candidates - dropped) + " candidates (" + number(dropped) +
                      " dropped): " + number(best.use.rows) + " rows, about " + number(best.use.registers) +
                      " registers a thread and " + number(best.use.smemBytes) + " bytes of shared memory, " +
                      number(best.use.blocksPerSm) + " thread blocks an SM"};
}

FailureOr<Decision> decideIndexSelect(SelectBlocksOp op, const DecideFor &target, const ::msa::IndexSizes &sizes) {
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  if (std::optional<::msa::Refusal> refusal = ::msa::checkAttend(*problem)) return refuse(op, *refusal);
  if (std::optional<::msa::Refusal> refusal = checkOneLaunch(op)) return refuse(op, *refusal);
  if (TileConfigAttr given = op.getTileConfigAttr()) {
    ::msa::TileConfig config = tileConfigOf(given);
    if (std::optional<::msa::Refusal> refusal = ::msa::verifyIndexSelect(*problem, config, target.gpu))
      return refuse(op, *refusal);
    return Decision{StrategyKind::IndexSelect, config, "given on the op, with the op's own numbers"};
  }
  std::vector<::msa::Candidate> candidates = ::msa::indexSelectCandidates(*problem, sizes, target.gpu);
  int64_t dropped = llvm::count_if(candidates, [](const ::msa::Candidate &c) { return c.refusal.has_value(); });
  if (candidates.front().refusal) return refuse(op, *candidates.front().refusal);
  Decision decision = decisionOf(candidates.front(), candidates.size(), dropped);
  decision.reason = "given on the op; " + decision.reason;
  return decision;
}

std::optional<Decision> preferOneLaunch(SelectBlocksOp op, const DecideFor &target, const ::msa::IndexSizes &sizes,
                                        std::string &reason) {
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem) || ::msa::checkAttend(*problem)) return std::nullopt;
  if (std::optional<::msa::Refusal> refusal = checkOneLaunch(op)) {
    reason = "two launches, since " + refusal->have;
    return std::nullopt;
  }
  if (sizes.totalQ <= 0 && sizes.batched && !problem->raggedQ && sizes.batch != 1) {
    reason = "two launches: few query tokens a request are to be expected";
    return std::nullopt;
  }
  std::vector<::msa::Candidate> candidates = ::msa::indexSelectCandidates(*problem, sizes, target.gpu);
  int64_t dropped = llvm::count_if(candidates, [](const ::msa::Candidate &c) { return c.refusal.has_value(); });
  if (candidates.front().refusal) {
    reason = "two launches, since one needs " + candidates.front().refusal->need;
    return std::nullopt;
  }
  auto us = [](double cost) { return std::to_string(int64_t(cost + 0.5)) + " us"; };
  double one = candidates.front().cost, two = ::msa::scoresThenTopKCost(*problem, sizes, target.gpu);
  reason = (one <= two ? "one launch, at about " : "two launches, since one would take about ") + us(one) +
           " against " + us(two);
  if (one > two) return std::nullopt;
  if (sizes.totalQ <= 0) {
    ::msa::leaveShortCallsToTwo(*problem, candidates.front(), target.gpu);
    reason += " for 8192 tokens against 32K keys; calls of fewer than " +
              std::to_string(candidates.front().config.leastTokens) + " tokens are two";
  }
  Decision decision = decisionOf(candidates.front(), candidates.size(), dropped);
  decision.reason = reason + "; " + decision.reason;
  return decision;
}

} // namespace mlir::msa
