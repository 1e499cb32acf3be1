// Verifiers of the ops that score, select and rearrange selections.
#include "dialects/Msa/IR/MsaVerify.h"

namespace mlir::msa {

LogicalResult IndexScoresOp::verify() {
  if (failed(verifyForm(*this, getOuts(), 1, 1, "scores")) ||
      failed(verifyRange(*this, Quantity::BlockSize, getBlockSize())) ||
      failed(verifyIndexBranch(*this, getIndexQuery(), getIndexKey(), batchOperandsOf(*this), getBlockSize())))
    return failure();
  // index_scores_c1
  QueryShape query = queryShapeOf(shapedTypeOf(getIndexQuery()));
  auto scores = shapedTypeOf(destinationsOf(*this).front());
  if (failed(verifyElement(*this, "scores", scores, Float32Type::get(getContext())))) return failure();
  return verifyShape(*this, "scores", scores, {query.heads, query.totalQ, maxBlocksOf(*this)},
                     "[num_index_heads, total_q, max_blocks]");
}

/// A selection or its scores, of `heads` heads and `totalQ` tokens, in the axis order of `layout`.
static LogicalResult verifySelection(Operation *op, StringRef name, ShapedType type, Type element, int64_t heads,
                                     int64_t totalQ, int64_t topk, SelectionLayout layout) {
  if (failed(verifyElement(op, name, type, element))) return failure();
  if (layout == SelectionLayout::HQK)
    return verifyShape(op, name, type, {heads, totalQ, topk}, "[num_kv_heads, total_q, topk]");
  return verifyShape(op, name, type, {totalQ, heads, topk}, "[total_q, num_kv_heads, topk]");
}

LogicalResult SelectBlocksOp::verify() {
  BatchOperands batch = batchOperandsOf(*this);
  if (failed(verifyForm(*this, getOuts(), 1, 2, "selection, selected scores")) ||
      failed(verifyRange(*this, Quantity::BlockSize, getBlockSize())) ||
      failed(verifyForcedBlocks(*this, getSinkBlocks(), getLocalBlocks(), getTopk())))
    return failure();
  // select_blocks_c1
  if (bool(getScores()) == bool(getIndexQuery()) || bool(getIndexQuery()) != bool(getIndexKey()))
    return emitOpError() << "expects either scores or index query and key, but has "
                         << (getScores() ? "both" : "neither");
  int64_t heads, totalQ;
  if (Value scoresValue = getScores()) {
    // select_blocks_c2
    auto scores = shapedTypeOf(scoresValue);
    if (failed(verifyRank(*this, "scores", scores, 3, "[num_index_heads, total_q, max_blocks]")) ||
        failed(verifyElement(*this, "scores", scores, Float32Type::get(getContext()))) ||
        failed(verifyStatic(*this, "number of index heads", scores.getDimSize(0))))
      return failure();
    heads = scores.getDimSize(0);
    totalQ = scores.getDimSize(1);
    // select_blocks_c3
    if (getSoftmaxScaleAttr())
      return emitOpError() << "expects softmax_scale with an index query only, but selects from scores";
    // select_blocks_c4
    if (!batch.sequsedK && !batch.cuSeqlensK)
      return emitOpError() << "expects seqused_k or cu_seqlens_k with scores, but has neither";
    if (failed(verifyBatch(*this, batch, ShapedType(), std::nullopt, totalQ))) return failure();
  } else {
    if (failed(verifyIndexBranch(*this, getIndexQuery(), getIndexKey(), batch, getBlockSize()))) return failure();
    QueryShape query = queryShapeOf(shapedTypeOf(getIndexQuery()));
    heads = query.heads;
    totalQ = query.totalQ;
  }
  // select_blocks_c5
  ValueRange destinations = destinationsOf(*this);
  SelectionLayout layout = selectionOf(*this).getLayout();
  if (failed(verifySelection(*this, "the selection", shapedTypeOf(destinations[0]), IntegerType::get(getContext(), 32),
                             heads, totalQ, getTopk(), layout)))
    return failure();
  // select_blocks_c6
  if (destinations.size() == 1) return success();
  return verifySelection(*this, "the selected scores", shapedTypeOf(destinations[1]), Float32Type::get(getContext()),
                         heads, totalQ, getTopk(), layout);
}

LogicalResult TransposeSelectionOp::verify() {
  if (failed(verifyForm(*this, getOuts(), 2, 5, "row_offsets, query_ids, slots, worklist, num_items")))
    return failure();
  // transpose_selection_c1
  Type i32 = IntegerType::get(getContext(), 32);
  auto selected = shapedTypeOf(getSelected());
  if (failed(verifyRank(*this, "the selection", selected, 3, "[num_kv_heads, total_q, topk]")) ||
      failed(verifyElement(*this, "the selection", selected, i32)))
    return failure();
  // transpose_selection_c2
  int64_t batch = getBatch(), maxBlocks = getMaxBlocks();
  if (batch < 1 || maxBlocks < 0)
    return emitOpError() << "expects batch of at least 1 and max_blocks of at least 0, but they are " << batch
                         << " and " << maxBlocks;
  SelectionLayout layout = selectionOf(*this).getLayout();
  int64_t heads = selected.getDimSize(headAxis(layout)), totalQ = selected.getDimSize(tokenAxis(layout));
  int64_t topk = selected.getDimSize(2);
  // transpose_selection_c3
  if (Value offsets = getCuSeqlensQ()) {
    auto type = shapedTypeOf(offsets);
    if (failed(verifyElement(*this, "cu_seqlens_q", type, i32)) ||
        failed(verifyShape(*this, "cu_seqlens_q", type, {batch + 1}, "[batch + 1]")))
      return failure();
  } else if (!ShapedType::isDynamic(totalQ) && totalQ % batch) {
    return emitOpError() << "expects the same number of queries for each of " << batch
                         << " requests without cu_seqlens_q, but total_q is " << totalQ;
  }
  // transpose_selection_c4
  ValueRange destinations = destinationsOf(*this);
  auto rowOffsets = shapedTypeOf(destinations[0]), queryIds = shapedTypeOf(destinations[1]);
  if (failed(verifyElement(*this, "row_offsets", rowOffsets, i32)) ||
      failed(verifyElement(*this, "query_ids", queryIds, i32)) ||
      failed(verifyShape(*this, "row_offsets", rowOffsets, {heads, batch * maxBlocks + 1},
                         "[num_kv_heads, batch * max_blocks + 1]")))
    return failure();
  bool isStatic = !ShapedType::isDynamic(totalQ) && !ShapedType::isDynamic(topk);
  int64_t entries = isStatic ? totalQ * topk : ShapedType::kDynamic;
  if (failed(verifyShape(*this, "query_ids", queryIds, {heads, entries}, "[num_kv_heads, total_q * topk]")))
    return failure();
  // transpose_selection_c5
  std::optional<int64_t> maxQueries = getMaxQueries();
  int64_t subChunk = getSubChunk();
  if ((maxQueries && *maxQueries < 1) || subChunk < 0 || (!maxQueries && subChunk != 0)) {
    auto diag =
        emitOpError() << "expects max_queries of at least 1 and sub_chunk of at least 0, which is for worklists, but ";
    if (maxQueries) return diag << "they are " << *maxQueries << " and " << subChunk;
    return diag << "there is no max_queries and sub_chunk is " << subChunk;
  }
  // transpose_selection_c6
  unsigned least = maxQueries ? 4 : 2, count = destinations.size();
  if (count != least && count != least + 1)
    return emitOpError() << "expects " << least << " results (or outs) " << (maxQueries ? "with" : "without")
                         << " max_queries, and slots if wanted, but has " << count;
  // transpose_selection_c7
  if (hasSlots()) {
    auto slots = shapedTypeOf(destinations[2]);
    if (failed(verifyElement(*this, "slots", slots, i32)) ||
        failed(verifyShape(*this, "slots", slots, {heads, entries}, "[num_kv_heads, total_q * topk]")))
      return failure();
  }
  if (!maxQueries) return success();
  // transpose_selection_c8
  auto worklist = shapedTypeOf(destinations[count - 2]), numItems = shapedTypeOf(destinations[count - 1]);
  int64_t capacity = ShapedType::kDynamic;
  if (isStatic && !ShapedType::isDynamic(heads)) {
    int64_t stretches = batch + (subChunk == 0 ? 0 : (totalQ + subChunk - 1) / subChunk);
    capacity = heads * (entries / *maxQueries + std::min(entries, stretches * maxBlocks));
  }
  if (failed(verifyElement(*this, "worklist", worklist, i32)) ||
      failed(verifyElement(*this, "num_items", numItems, i32)) ||
      failed(verifyShape(*this, "worklist", worklist, {capacity, 4}, "[capacity, 4]")))
    return failure();
  return verifyShape(*this, "num_items", numItems, {1}, "[1]");
}

LogicalResult RelayoutSelectionOp::verify() {
  if (failed(verifyForm(*this, getOuts(), 1, 1, "the selection"))) return failure();
  // relayout_selection_c1
  Type i32 = IntegerType::get(getContext(), 32);
  auto from = shapedTypeOf(getSelected());
  if (failed(verifyRank(*this, "the selection", from, 3, "[num_kv_heads, total_q, topk]")) ||
      failed(verifyElement(*this, "the selection", from, i32)))
    return failure();
  // relayout_selection_c2
  if (getTo().getOrder() == SelectionOrder::Score)
    return emitOpError() << "expects order ascending, local_last or any to go to, but it is score, which needs the "
                            "scores that a selection of order "
                         << stringifySelectionOrder(getFrom().getOrder()) << " does not hold";
  // relayout_selection_c3
  auto to = shapedTypeOf(destinationsOf(*this).front());
  SelectionLayout layout = getFrom().getLayout();
  if (failed(verifyElement(*this, "the result", to, i32))) return failure();
  return verifySelection(*this, "the result", to, i32, from.getDimSize(headAxis(layout)),
                         from.getDimSize(tokenAxis(layout)), from.getDimSize(2), getTo().getLayout());
}

} // namespace mlir::msa
