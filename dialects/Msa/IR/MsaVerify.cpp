#include "dialects/Msa/IR/MsaVerify.h"
#include <cmath>

namespace mlir::msa {

/// "[8, ?, 128]".
static std::string shapeString(ArrayRef<int64_t> shape) {
  std::string out = "[";
  for (auto [i, size] : llvm::enumerate(shape))
    out += (i ? ", " : "") + (ShapedType::isDynamic(size) ? std::string("?") : std::to_string(size));
  return out + "]";
}

LogicalResult verifyForm(Operation *op, ValueRange outs, unsigned minResults, unsigned maxResults, StringRef names) {
  // form_c1
  bool buffers = op->getNumOperands() && isa<MemRefType>(op->getOperand(0).getType());
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    if (isa<MemRefType>(operand.getType()) != buffers)
      return op->emitOpError() << "expects tensors and results, or memrefs and outs, but operand 0 is "
                               << op->getOperand(0).getType() << " and operand " << i << " is " << operand.getType();
  if (buffers && op->getNumResults())
    return op->emitOpError() << "expects no results on memrefs, but has " << op->getNumResults();
  // form_c2
  unsigned count = buffers ? outs.size() : op->getNumResults();
  if (count < minResults || count > maxResults) {
    InFlightDiagnostic diag = op->emitOpError() << "expects " << minResults;
    if (maxResults > minResults) diag << " to " << maxResults;
    return diag << (buffers ? " outs (" : " results (") << names << "), but has " << count;
  }
  // form_c3
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type) continue;
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)))
      return op->emitOpError() << "expects strided memrefs, but operand " << i << " is " << type;
    if (isa<FloatType>(type.getElementType()) && type.getRank() >= 3 && disagree(strides.back(), 1))
      return op->emitOpError() << "expects the last stride of operand " << i << " to be 1, but it is "
                               << strides.back();
  }
  return success();
}

LogicalResult verifyRank(Operation *op, StringRef name, ShapedType type, int64_t rank, StringRef shapeText,
                         int64_t otherRank, StringRef otherText) {
  if (type.getRank() == rank || (otherRank && type.getRank() == otherRank)) return success();
  InFlightDiagnostic diag = op->emitOpError() << "expects " << name << " of shape " << shapeText;
  if (otherRank) diag << " or " << otherText;
  return diag << ", but its rank is " << type.getRank();
}

LogicalResult verifyShape(Operation *op, StringRef name, ShapedType type, ArrayRef<int64_t> want, StringRef shapeText) {
  bool matches = type.getRank() == int64_t(want.size());
  for (unsigned i = 0; matches && i < want.size(); ++i) matches = !disagree(type.getDimSize(i), want[i]);
  if (matches) return success();
  return op->emitOpError() << "expects " << name << " of shape " << shapeText << " = " << shapeString(want)
                           << ", but it is " << shapeString(type.getShape());
}

LogicalResult verifyElement(Operation *op, StringRef name, ShapedType type, Type want) {
  if (type.getElementType() == want) return success();
  return op->emitOpError() << "expects elements of " << name << " to be " << want << ", but they are "
                           << type.getElementType();
}

LogicalResult verifyFloat(Operation *op, StringRef name, ShapedType type) {
  // range_c1
  FailureOr<::msa::Dtype> dtype = dtypeOf(type.getElementType());
  if (succeeded(dtype) && *dtype != ::msa::Dtype::I32) return success();
  return op->emitOpError() << "expects elements of " << name << " to be bf16, f16 or f32, but they are "
                           << type.getElementType();
}

LogicalResult verifyStatic(Operation *op, StringRef what, int64_t value) {
  if (!ShapedType::isDynamic(value)) return success();
  return op->emitOpError() << "expects a static " << what << ", but it is dynamic";
}

LogicalResult verifyRange(Operation *op, Quantity quantity, int64_t value) {
  // range_c2, range_c3, range_c4, range_c5, range_c6, range_c9
  const SupportRule &rule = supportRule(quantity);
  if (rule.contains(value)) return success();
  return op->emitOpError() << "expects " << rule.name << " " << rule.text() << ", but it is " << value;
}

LogicalResult verifyForcedBlocks(Operation *op, int64_t sinkBlocks, int64_t localBlocks, int64_t topk) {
  if (failed(verifyRange(op, Quantity::Topk, topk))) return failure();
  // range_c8
  if (sinkBlocks < 0) return op->emitOpError() << "expects sink_blocks of at least 0, but it is " << sinkBlocks;
  if (localBlocks < 1) return op->emitOpError() << "expects local_blocks of at least 1, but it is " << localBlocks;
  if (sinkBlocks + localBlocks > topk)
    return op->emitOpError() << "expects sink_blocks + local_blocks of at most topk = " << topk << ", but they are "
                             << sinkBlocks << " + " << localBlocks;
  return success();
}

LogicalResult verifyBatch(Operation *op, BatchOperands batch, ShapedType query, std::optional<KeyShape> key,
                          int64_t totalQ) {
  using ::msa::KvLayout;
  // range_c10
  for (StringRef name : {"softmax_scale", "index_scale"})
    if (std::optional<Attribute> scale = op->getInherentAttr(name); scale && *scale)
      if (double value = cast<FloatAttr>(*scale).getValueAsDouble(); !(value > 0 && std::isfinite(value)))
        return op->emitOpError() << "expects a positive, finite " << name << ", but it is " << value;
  // batch_c1
  auto metadata = [&](Value value, StringRef name, int64_t rank, StringRef shapeText) -> LogicalResult {
    if (!value) return success();
    auto type = shapedTypeOf(value);
    if (failed(verifyRank(op, name, type, rank, shapeText))) return failure();
    return verifyElement(op, name, type, IntegerType::get(op->getContext(), 32));
  };
  if (failed(metadata(batch.cuSeqlensQ, "cu_seqlens_q", 1, "[batch + 1]")) ||
      failed(metadata(batch.cuSeqlensK, "cu_seqlens_k", 1, "[batch + 1]")) ||
      failed(metadata(batch.pageTable, "page_table", 2, "[batch, max_pages]")) ||
      failed(metadata(batch.sequsedK, "seqused_k", 1, "[batch]")))
    return failure();
  // batch_c2
  if (batch.pageTable && !batch.sequsedK) return op->emitOpError() << "expects seqused_k with page_table, but has none";
  // batch_c3
  if (batch.cuSeqlensK && key && key->layout != KvLayout::Packed)
    return op->emitOpError() << "expects cu_seqlens_k with packed keys only, but the keys are "
                             << (key->layout == KvLayout::Paged ? "paged" : "dense");
  // batch_c4
  if (batch.cuSeqlensQ && query && query.getRank() == 4)
    return op->emitOpError() << "expects cu_seqlens_q with packed queries only, but the queries are dense";

  // batch_c5
  int64_t count = ShapedType::kDynamic;
  StringRef countFrom;
  auto agree = [&](int64_t value, StringRef from) -> LogicalResult {
    if (disagree(count, value))
      return op->emitOpError() << "expects one batch size, but " << countFrom << " has " << count << " and " << from
                               << " has " << value;
    if (ShapedType::isDynamic(count)) {
      count = value;
      countFrom = from;
    }
    return success();
  };
  for (auto [value, name] : {std::pair(batch.cuSeqlensQ, "cu_seqlens_q"), {batch.cuSeqlensK, "cu_seqlens_k"}}) {
    if (!value) continue;
    int64_t size = shapedTypeOf(value).getDimSize(0);
    if (size == 0) return op->emitOpError() << "expects " << name << " of shape [batch + 1], but it is empty";
    if (failed(agree(ShapedType::isDynamic(size) ? size : size - 1, name))) return failure();
  }
  if (batch.pageTable && failed(agree(shapedTypeOf(batch.pageTable).getDimSize(0), "page_table"))) return failure();
  if (batch.sequsedK && failed(agree(shapedTypeOf(batch.sequsedK).getDimSize(0), "seqused_k"))) return failure();
  if (query && query.getRank() == 4 && failed(agree(query.getDimSize(0), "the dense query"))) return failure();
  if (key && key->layout == KvLayout::Dense && failed(agree(key->batch, "the dense key"))) return failure();
  // batch_c6
  if (key && key->layout == KvLayout::Packed && !batch.cuSeqlensK && disagree(count, 1))
    return op->emitOpError() << "expects cu_seqlens_k with packed keys of several requests, but has none for " << count
                             << " requests of " << countFrom;
  // batch_c7
  if (!batch.cuSeqlensQ && !ShapedType::isDynamic(totalQ) && count > 0 && totalQ % count)
    return op->emitOpError() << "expects the same number of queries for each of " << count
                             << " requests without cu_seqlens_q, but total_q is " << totalQ;
  return success();
}

LogicalResult verifyPageSize(Operation *op, const KeyShape &key, int64_t blockSize) {
  if (key.layout != ::msa::KvLayout::Paged) return success();
  if (failed(verifyStatic(op, "page size", key.pageSize))) return failure();
  // range_c7
  if (key.pageSize < 1 || (key.pageSize % blockSize && blockSize % key.pageSize))
    return op->emitOpError() << "expects a page size that divides block_size = " << blockSize
                             << " or is a multiple of it, but it is " << key.pageSize;
  return success();
}

LogicalResult verifyIndexBranch(Operation *op, Value indexQuery, Value indexKey, BatchOperands batch,
                                int64_t blockSize) {
  auto query = shapedTypeOf(indexQuery), key = shapedTypeOf(indexKey);
  bool paged = bool(batch.pageTable);
  // index_c1
  if (failed(verifyRank(op, "index_query", query, 3, "[total_q, num_index_heads, index_dim]", 4,
                        "[batch, seqlen_q, num_index_heads, index_dim]")))
    return failure();
  // index_c2
  if (failed(paged ? verifyRank(op, "index_key", key, 3, "[num_pages, page_size, index_dim]")
                   : verifyRank(op, "index_key", key, 2, "[total_k, index_dim]", 3, "[batch, seqlen_k, index_dim]")))
    return failure();
  QueryShape queryShape = queryShapeOf(query);
  KeyShape keyShape = indexKeyShapeOf(key, paged);
  // index_c3
  if (failed(verifyStatic(op, "number of index heads", queryShape.heads)) ||
      failed(verifyStatic(op, "index dim", queryShape.dim)) || failed(verifyStatic(op, "index dim", keyShape.dim)))
    return failure();
  // index_c4
  if (queryShape.dim != keyShape.dim)
    return op->emitOpError() << "expects one index dim, but index_query has " << queryShape.dim << " and index_key has "
                             << keyShape.dim;
  // index_c5
  if (failed(verifyFloat(op, "index_query", query)) ||
      failed(verifyElement(op, "index_key", key, query.getElementType())))
    return failure();
  if (failed(verifyRange(op, Quantity::IndexDim, queryShape.dim)) || failed(verifyPageSize(op, keyShape, blockSize)))
    return failure();
  return verifyBatch(op, batch, query, keyShape, queryShape.totalQ);
}

} // namespace mlir::msa
