#include "Requests.h"
#include <numeric>

namespace mlir::tile {

using ::msa::KvLayout;

Request Requests::request(Scalar id) const {
  Request r;
  r.id = id;
  if (problem.raggedQ) {
    r.qBegin = b.read(cuSeqlensQ, {id});
    r.qLen = b.read(cuSeqlensQ, {id + 1}) - r.qBegin;
  } else {
    r.qLen = totalQ / batch;
    r.qBegin = id * r.qLen;
  }
  r.kBegin = cuSeqlensK ? b.read(cuSeqlensK, {id}) : b.index(0);
  if (seqUsedK) r.kvLen = b.read(seqUsedK, {id});
  else if (cuSeqlensK) r.kvLen = b.read(cuSeqlensK, {id + 1}) - r.kBegin;
  else r.kvLen = seqlenK;
  return r;
}

Request Requests::requestOfToken(Scalar token) const {
  if (problem.raggedQ) return request(b.wrap(SearchSortedOp::create(b, b.getIndexType(), cuSeqlensQ, batch, token)));
  return request(token / (totalQ / batch));
}

Scalar Requests::visibleKeys(const Request &r, Scalar token) const {
  Scalar keys = b.toI32(r.kvLen);
  return problem.causal ? keys - b.toI32(r.qLen) + b.toI32(token - r.qBegin) + 1 : keys;
}

Scalar Requests::positionEnd(const Request &r, Scalar token) const {
  // kv_len - q_len + t + 1, at least 0; an index is never negative, so q_len is taken off last.
  return max(r.kvLen + (token - r.qBegin) + 1, r.qLen) - r.qLen;
}

RowBlocks Requests::blocksOf(const Request &r, Scalar token) const {
  Scalar end = positionEnd(r, token), visible = problem.causal ? min(end, r.kvLen) : r.kvLen;
  RowBlocks row;
  row.blocks = ceilDiv(visible, problem.blockSize);
  row.sinkEnd = min(b.index(problem.sinkBlocks), row.blocks);
  row.high = min(ceilDiv(end, problem.blockSize), row.blocks);
  row.low = max(row.high, b.index(problem.localBlocks)) - problem.localBlocks;
  return row;
}

Value Requests::loadKeys(Value view, const Request &r, std::optional<Scalar> head, Scalar firstKey, int64_t keys,
                         int64_t cols) const {
  bool paged = problem.kvLayout == KvLayout::Paged;
  int64_t piece = paged ? std::gcd(keys, problem.pageSize) : keys;
  // [total_k, head, dim], [batch, seqlen_k, head, dim], [num_pages, head, page_size, dim]; without heads, one dimension less.
  int64_t rowDim = paged ? (head ? 2 : 1) : problem.kvLayout == KvLayout::Dense ? 1 : 0;
  auto place = [&](SmallVector<Scalar> coords, Scalar valid) -> RowPlace {
    if (head) coords.insert(paged ? coords.begin() + 1 : coords.end(), *head);
    return {coords, valid};
  };
  return b.load(view, keys, cols, piece, rowDim, [&](Scalar row) -> RowPlace {
    Scalar key = firstKey + row;
    Scalar valid = max(min(r.kvLen - key, b.index(piece)), b.index(0));
    if (problem.kvLayout == KvLayout::Packed) return place({r.kBegin + key}, valid);
    if (problem.kvLayout == KvLayout::Dense) return place({r.id, key}, valid);
    // Past the end the table may hold anything: read its first entry instead, whose page is then not touched.
    Scalar entry = select(b.index(0) < valid, key / problem.pageSize, b.index(0));
    return place({b.read(pageTable, {r.id, entry}), key % problem.pageSize}, valid);
  });
}

} // namespace mlir::tile
