#include "Decide.h"

namespace mlir::msa {

/// Why `config` is no selection from scores, if so.
static std::optional<::msa::Refusal> verifySelect(const ::msa::TileConfig &config) {
  auto number = [](int64_t value) { return std::to_string(value); };
  if (config.warps < 1 || config.warps > 16)
    return ::msa::Refusal{"warps", "1 to 16 warps a thread block", "warps is " + number(config.warps)};
  if (config.queryTile != 1 && (config.queryTile < 1 || config.queryTile % config.warps != 0))
    return ::msa::Refusal{"query-tile",
                          "one query token or a multiple of " + number(config.warps) + " (warps) a thread block",
                          "query_tile is " + number(config.queryTile)};
  return std::nullopt;
}

/// Few query tokens a request: the rows do not fill the chip, so all warps of a thread block share one.
static bool rowsAreFew(SelectBlocksOp op) {
  constexpr int64_t kMostRows =
      4 * 132; // a warp for each scheduler of a large chip, and a row is streamed by one warp alone
  int64_t totalQ = shapedTypeOf(op.getScores()).getDimSize(1), heads = shapedTypeOf(op.getScores()).getDimSize(0);
  if (!ShapedType::isDynamic(totalQ)) return totalQ * heads <= kMostRows;
  // Unknown, but several requests of equal query length are how decoding is asked for; prefill comes with cu_seqlens_q or as one.
  return !op.getCuSeqlensQ() && batchSizeOf(batchOperandsOf(op), ShapedType(), std::nullopt) != 1;
}

FailureOr<Decision> decide(SelectBlocksOp op, const DecideFor &target) {
  if (StrategyAttr given = op.getStrategyAttr(); given && given.getKind() != StrategyKind::SelectTopK)
    return refuse(op, {"no-recipe", "a recipe that computes msa.select_blocks on " + target.name(),
                       "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
  Decision decision;
  decision.kind = StrategyKind::SelectTopK;
  if (TileConfigAttr given = op.getTileConfigAttr()) {
    decision.config = tileConfigOf(given);
    decision.reason = "with the op's own numbers";
    if (std::optional<::msa::Refusal> refusal = verifySelect(*decision.config)) return refuse(op, *refusal);
    return decision;
  }
  bool few = rowsAreFew(op);
  decision.config = ::msa::TileConfig();
  decision.config->warps = 8;
  decision.config->queryTile = few ? 1 : decision.config->warps;
  decision.reason = few ? "few rows: the warps of a thread block share one" : "many rows: a warp each";
  return decision;
}

} // namespace mlir::msa
