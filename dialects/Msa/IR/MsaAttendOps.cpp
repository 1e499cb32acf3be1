// Verifiers of the ops that attend and merge.
#include "dialects/Msa/IR/MsaVerify.h"

namespace mlir::msa {

/// Query, key and value of `attend` and `attention`.
static LogicalResult verifyMainBranch(Operation *op, Value queryValue, Value keyValue, Value valueValue,
                                      BatchOperands batch, int64_t blockSize) {
  auto query = shapedTypeOf(queryValue), key = shapedTypeOf(keyValue), value = shapedTypeOf(valueValue);
  bool paged = bool(batch.pageTable);
  // attend_c1
  if (failed(verifyRank(op, "query", query, 3, "[total_q, num_q_heads, head_dim]", 4,
                        "[batch, seqlen_q, num_q_heads, head_dim]")))
    return failure();
  // attend_c2
  for (auto [type, name] : {std::pair(key, "key"), {value, "value"}})
    if (failed(paged ? verifyRank(op, name, type, 4, "[num_pages, num_kv_heads, page_size, head_dim]")
                     : verifyRank(op, name, type, 3, "[total_k, num_kv_heads, head_dim]", 4,
                                  "[batch, seqlen_k, num_kv_heads, head_dim]")))
      return failure();
  // attend_c3
  StringRef keyText = paged                ? "[num_pages, num_kv_heads, page_size, head_dim]"
                      : key.getRank() == 4 ? "[batch, seqlen_k, num_kv_heads, head_dim]"
                                           : "[total_k, num_kv_heads, head_dim]";
  if (failed(verifyShape(op, "value", value, key.getShape(), keyText))) return failure();
  QueryShape queryShape = queryShapeOf(query);
  KeyShape keyShape = keyShapeOf(key, paged);
  KeyShape valueShape = keyShapeOf(value, paged);
  // attend_c4
  if (failed(verifyStatic(op, "number of query heads", queryShape.heads)) ||
      failed(verifyStatic(op, "number of KV heads", keyShape.heads)) ||
      failed(verifyStatic(op, "number of KV heads", valueShape.heads)) ||
      failed(verifyStatic(op, "head dim", queryShape.dim)) || failed(verifyStatic(op, "head dim", keyShape.dim)) ||
      failed(verifyStatic(op, "head dim", valueShape.dim)))
    return failure();
  // attend_c5
  if (queryShape.dim != keyShape.dim)
    return op->emitOpError() << "expects one head dim, but query has " << queryShape.dim << " and key has "
                             << keyShape.dim;
  // attend_c6
  if (keyShape.heads < 1 || queryShape.heads % keyShape.heads)
    return op->emitOpError() << "expects query heads in groups of one size a KV head, but " << queryShape.heads
                             << " query heads share " << keyShape.heads << " KV heads";
  // range_c1
  if (failed(verifyFloat(op, "query", query)) || failed(verifyElement(op, "key", key, query.getElementType())) ||
      failed(verifyElement(op, "value", value, query.getElementType())))
    return failure();
  if (failed(verifyRange(op, Quantity::BlockSize, blockSize)) ||
      failed(verifyRange(op, Quantity::Group, queryShape.heads / keyShape.heads)) ||
      failed(verifyRange(op, Quantity::HeadDim, queryShape.dim)) || failed(verifyPageSize(op, keyShape, blockSize)) ||
      failed(verifyPageSize(op, valueShape, blockSize)))
    return failure();
  return verifyBatch(op, batch, query, keyShape, queryShape.totalQ);
}

LogicalResult AttendOp::verify() {
  if (failed(verifyForm(*this, getOuts(), 1, 2, "output, lse")) ||
      failed(verifyMainBranch(*this, getQuery(), getKey(), getValue(), batchOperandsOf(*this), getBlockSize())) ||
      failed(verifyRange(*this, Quantity::Splits, getSplits())))
    return failure();
  auto query = shapedTypeOf(getQuery()), selected = shapedTypeOf(getSelected());
  QueryShape queryShape = queryShapeOf(query);
  KeyShape keyShape = keyShapeOf(shapedTypeOf(getKey()), bool(getPageTable()));

  // attend_c8
  bool hqk = selectionOf(*this).getLayout() == SelectionLayout::HQK;
  StringRef selectionText = hqk ? "[num_kv_heads, total_q, topk]" : "[total_q, num_kv_heads, topk]";
  if (failed(verifyRank(*this, "selection", selected, 3, selectionText))) return failure();
  int64_t topk = selected.getDimSize(2);
  SmallVector<int64_t> want = {keyShape.heads, queryShape.totalQ, topk};
  if (!hqk) std::swap(want[0], want[1]);
  if (failed(verifyElement(*this, "selection", selected, IntegerType::get(getContext(), 32))) ||
      failed(verifyShape(*this, "selection", selected, want, selectionText)) ||
      failed(verifyStatic(*this, "topk (the last size of the selection)", topk)) ||
      failed(verifyRange(*this, Quantity::Topk, topk)))
    return failure();

  ValueRange destinations = destinationsOf(*this);
  auto output = shapedTypeOf(destinations[0]);
  Type f32 = Float32Type::get(getContext());
  int64_t totalQ = queryShape.totalQ, heads = queryShape.heads, splits = getSplits();
  if (splits == 0) {
    // attend_c7
    if (failed(verifyElement(*this, "output", output, query.getElementType())) ||
        failed(verifyShape(*this, "output", output, query.getShape(),
                           queryShape.dense ? "[batch, seqlen_q, num_q_heads, head_dim]"
                                            : "[total_q, num_q_heads, head_dim]")))
      return failure();
    if (destinations.size() == 1) return success();
    auto lse = shapedTypeOf(destinations[1]);
    if (failed(verifyElement(*this, "lse", lse, f32))) return failure();
    return verifyShape(*this, "lse", lse, {totalQ, heads}, "[total_q, num_q_heads]");
  }
  // attend_c9
  if (queryShape.dense)
    return emitOpError() << "expects packed queries where splits is " << splits << ", but they are dense";
  if (destinations.size() != 2)
    return emitOpError() << "expects partial outputs and their lse where splits is " << splits << ", but has "
                         << destinations.size() << " destinations";
  // attend_c10
  auto lse = shapedTypeOf(destinations[1]);
  if (failed(verifyElement(*this, "partial output", output, f32)) ||
      failed(verifyShape(*this, "partial output", output, {splits, totalQ, heads, queryShape.dim},
                         "[splits, total_q, num_q_heads, head_dim]")) ||
      failed(verifyElement(*this, "partial lse", lse, f32)))
    return failure();
  return verifyShape(*this, "partial lse", lse, {splits, totalQ, heads}, "[splits, total_q, num_q_heads]");
}

LogicalResult CombineOp::verify() {
  if (failed(verifyForm(*this, getOuts(), 1, 2, "output, lse"))) return failure();
  Type f32 = Float32Type::get(getContext());
  auto partial = shapedTypeOf(getPartial()), partialLse = shapedTypeOf(getPartialLse());
  // combine_c1
  if (failed(verifyRank(*this, "partial", partial, 4, "[splits, total_q, num_q_heads, head_dim]")) ||
      failed(verifyElement(*this, "partial", partial, f32)) ||
      failed(verifyElement(*this, "partial_lse", partialLse, f32)) ||
      failed(verifyShape(*this, "partial_lse", partialLse, partial.getShape().drop_back(),
                         "[splits, total_q, num_q_heads]")))
    return failure();
  // combine_c2
  if (failed(verifyStatic(*this, "number of query heads", partial.getDimSize(2))) ||
      failed(verifyStatic(*this, "head dim", partial.getDimSize(3))))
    return failure();
  // combine_c3
  ValueRange destinations = destinationsOf(*this);
  auto output = shapedTypeOf(destinations[0]);
  if (failed(verifyFloat(*this, "output", output)) ||
      failed(
          verifyShape(*this, "output", output, partial.getShape().drop_front(), "[total_q, num_q_heads, head_dim]")) ||
      failed(verifyRange(*this, Quantity::HeadDim, partial.getDimSize(3))))
    return failure();
  // combine_c4
  if (destinations.size() == 1) return success();
  auto lse = shapedTypeOf(destinations[1]);
  if (failed(verifyElement(*this, "lse", lse, f32))) return failure();
  return verifyShape(*this, "lse", lse, partial.getShape().drop_front().drop_back(), "[total_q, num_q_heads]");
}

LogicalResult AttentionOp::verify() {
  BatchOperands batch = batchOperandsOf(*this);
  if (failed(verifyForm(*this, getOuts(), 1, 3, "output, lse, selection")) ||
      failed(verifyMainBranch(*this, getQuery(), getKey(), getValue(), batch, getBlockSize())) ||
      failed(verifyIndexBranch(*this, getIndexQuery(), getIndexKey(), batch, getBlockSize())) ||
      failed(verifyForcedBlocks(*this, getSinkBlocks(), getLocalBlocks(), getTopk())))
    return failure();
  auto query = shapedTypeOf(getQuery());
  auto indexQuery = shapedTypeOf(getIndexQuery());
  bool paged = bool(batch.pageTable);
  QueryShape queryShape = queryShapeOf(query), indexQueryShape = queryShapeOf(indexQuery);
  KeyShape key = keyShapeOf(shapedTypeOf(getKey()), paged);
  KeyShape indexKey = indexKeyShapeOf(shapedTypeOf(getIndexKey()), paged);
  // attention_c1
  if (indexQueryShape.heads != key.heads)
    return emitOpError() << "expects one index head a KV head, but has " << indexQueryShape.heads << " index heads and "
                         << key.heads << " KV heads";
  // attention_c2
  if (queryShape.dense != indexQueryShape.dense || disagree(queryShape.totalQ, indexQueryShape.totalQ) ||
      disagree(queryShape.seqlen, indexQueryShape.seqlen))
    return emitOpError() << "expects query and index_query of the same tokens, but they are " << query << " and "
                         << indexQuery;
  // attention_c3
  if (key.layout != indexKey.layout || disagree(key.capacity, indexKey.capacity) || key.pageSize != indexKey.pageSize)
    return emitOpError() << "expects key and index_key of the same layout and size, but they are "
                         << shapedTypeOf(getKey()) << " and " << shapedTypeOf(getIndexKey());
  // range_c1
  if (failed(verifyElement(*this, "index_query", indexQuery, query.getElementType()))) return failure();
  // attention_c4
  ValueRange destinations = destinationsOf(*this);
  auto output = shapedTypeOf(destinations[0]);
  if (failed(verifyElement(*this, "output", output, query.getElementType())) ||
      failed(verifyShape(*this, "output", output, query.getShape(),
                         queryShape.dense ? "[batch, seqlen_q, num_q_heads, head_dim]"
                                          : "[total_q, num_q_heads, head_dim]")))
    return failure();
  // attention_c5
  AttentionResults results = attentionResultsOf(*this);
  if (destinations.size() == 3 && (results.lse != 1 || results.selection != 2))
    return emitOpError() << "expects the results output, lse (f32) and selection (i32), but the last two hold "
                         << shapedTypeOf(destinations[1]).getElementType() << " and "
                         << shapedTypeOf(destinations[2]).getElementType();
  if (results.lse >= 0) {
    auto lse = shapedTypeOf(destinations[results.lse]);
    if (failed(verifyElement(*this, "lse", lse, Float32Type::get(getContext()))) ||
        failed(verifyShape(*this, "lse", lse, {queryShape.totalQ, queryShape.heads}, "[total_q, num_q_heads]")))
      return failure();
  }
  if (results.selection < 0) return success();
  int64_t topk = getTopk();
  return verifyShape(*this, "the selection", shapedTypeOf(destinations[results.selection]),
                     {key.heads, queryShape.totalQ, topk}, "[num_kv_heads, total_q, topk]");
}

} // namespace mlir::msa
