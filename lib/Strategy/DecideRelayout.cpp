#include "Decide.h"

namespace mlir::msa {

FailureOr<Decision> decide(RelayoutSelectionOp op, const DecideFor &target) {
  if (StrategyAttr given = op.getStrategyAttr(); given && given.getKind() != StrategyKind::RelayoutRows)
    return refuse(op, {"no-recipe", "a recipe that computes msa.relayout_selection on " + target.name(),
                       "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
  int64_t topk = shapedTypeOf(op.getSelected()).getDimSize(2);
  if (ShapedType::isDynamic(topk) || topk < 1 || topk > 64)
    return refuse(op, {"topk", "a static number of slots from 1 to 64",
                       ShapedType::isDynamic(topk) ? "it is dynamic" : "it is " + std::to_string(topk)});
  Decision decision{StrategyKind::RelayoutRows, ::msa::TileConfig(), "the only recipe"};
  decision.config->queryTile = decision.config->warps = 8; // a warp a row
  if (TileConfigAttr given = op.getTileConfigAttr()) {
    decision.config = tileConfigOf(given);
    decision.reason += ", with the op's own numbers";
    int64_t tokens = decision.config->queryTile, warps = decision.config->warps;
    if (warps < 1 || warps > 16)
      return refuse(op, {"warps", "1 to 16 warps a thread block", "warps is " + std::to_string(warps)});
    if (tokens < 1 || tokens % warps != 0)
      return refuse(op,
                    {"query-tile", "a multiple of " + std::to_string(warps) + " (warps) query tokens a thread block",
                     "query_tile is " + std::to_string(tokens)});
  }
  return decision;
}

} // namespace mlir::msa
