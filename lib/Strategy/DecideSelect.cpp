#include "Decide.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "msa/Strategy/SelectConfig.h"

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

bool rowsAreFew(SelectBlocksOp op) {
  constexpr int64_t kMostRows = 4 * 132; // a warp for each scheduler of a large chip
  ShapedType scores = shapedTypeOf(op.getScores());
  int64_t heads = scores.getDimSize(0), totalQ = scores.getDimSize(1);
  if (!ShapedType::isDynamic(totalQ)) return totalQ * heads <= kMostRows;
  // Unknown, but several requests of equal query length are how decoding is asked for; prefill comes with cu_seqlens_q, as one request
  // or as a dense query of unknown length (packed by the normal phase).
  if (op.getCuSeqlensQ() || batchSizeOf(batchOperandsOf(op), ShapedType(), std::nullopt) == 1) return false;
  auto producer = op.getScores().getDefiningOp<IndexScoresOp>();
  auto packed =
      producer ? producer.getIndexQuery().getDefiningOp<tensor::CollapseShapeOp>() : tensor::CollapseShapeOp();
  return !packed || !cast<ShapedType>(packed.getSrcType()).isDynamicDim(1);
}

::msa::TileConfig selectConfig(SelectBlocksOp op) {
  ::msa::TileConfig config;
  bool few = rowsAreFew(op);
  // Up to 1024 blocks a row, 4 warps of 256 entries are faster than 8, by one exchange of lists.
  int64_t maxBlocks = maxBlocksOf(op);
  config.warps = few && !ShapedType::isDynamic(maxBlocks) && maxBlocks <= 1024 ? 4 : 8;
  config.queryTile = few ? 1 : config.warps;
  return config;
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
  decision.config = selectConfig(op);
  decision.reason = rowsAreFew(op) ? "few rows: the warps of a thread block share one" : "many rows: a warp each";
  return decision;
}

} // namespace mlir::msa
