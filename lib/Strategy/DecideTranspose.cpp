#include "Decide.h"
#include <numeric>

namespace mlir::msa {

FailureOr<Decision> decide(TransposeSelectionOp op, const DecideFor &target) {
  if (StrategyAttr given = op.getStrategyAttr(); given && given.getKind() != StrategyKind::BuildK2q)
    return refuse(op, {"no-recipe", "a recipe that computes msa.transpose_selection on " + target.name(),
                       "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
  ShapedType selected = shapedTypeOf(op.getSelected());
  SelectionLayout layout = selectionOf(op).getLayout();
  if (selected.isDynamicDim(headAxis(layout)) || selected.isDynamicDim(2))
    return refuse(op, {"selection-shape", "a static number of KV heads and of slots", "one is dynamic"});
  // A chunk of 512 tokens is 16 words a row; a sub-chunk is whole chunks, and a chunk whole words.
  constexpr int64_t kChunk = 512, kWord = 32;
  int64_t subChunk = op.getSubChunk();
  Decision decision{StrategyKind::BuildK2q, ::msa::TileConfig(), "the only recipe"};
  decision.config->queryTile = std::gcd(kChunk, subChunk);
  decision.config->warps = 8;
  if (TileConfigAttr given = op.getTileConfigAttr()) {
    decision.config = tileConfigOf(given);
    decision.reason += ", with the op's own numbers";
  }
  int64_t chunk = decision.config->queryTile, warps = decision.config->warps;
  if (chunk < kWord || chunk % kWord != 0 || chunk > kChunk || subChunk % chunk != 0)
    return refuse(
        op, {"sub-chunk",
             "chunks of a multiple of 32 tokens, at most 512, that divide sub_chunk = " + std::to_string(subChunk),
             "query_tile is " + std::to_string(chunk)});
  if (warps < 1 || warps > 32)
    return refuse(op, {"warps", "1 to 32 warps a thread block", "warps is " + std::to_string(warps)});
  return decision;
}

} // namespace mlir::msa
