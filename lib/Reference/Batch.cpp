#include "msa/Reference/Batch.h"
#include <algorithm>

namespace msa::reference {

Visibility Batch::visibility(int64_t token, int64_t blockSize) const {
  const Request &request = requests[requestOf[token]];
  Visibility seen;
  seen.position = request.positionOf(token);
  seen.numKeys = causal ? std::clamp<int64_t>(seen.position + 1, 0, request.kvLen) : request.kvLen;
  seen.numBlocks = (seen.numKeys + blockSize - 1) / blockSize;
  if (causal) seen.localBlock = seen.numBlocks - 1;
  else if (seen.position >= 0 && request.kvLen > 0)
    seen.localBlock = std::min(seen.position, request.kvLen - 1) / blockSize;
  return seen;
}

int64_t batchSizeOf(const BatchOperands &operands, const Tensor &query, const Tensor &key) {
  if (operands.pageTable) return operands.pageTable.shape[0];
  if (operands.sequsedK) return operands.sequsedK.shape[0];
  if (operands.cuSeqlensQ) return operands.cuSeqlensQ.shape[0] - 1;
  if (operands.cuSeqlensK) return operands.cuSeqlensK.shape[0] - 1;
  if (query.rank() == 4) return query.shape[0];
  if (key && kvLayoutOf(key, false) == KvLayout::Dense) return key.shape[0];
  return 1;
}

int64_t totalQOf(const Tensor &query) { return query.rank() == 4 ? query.shape[0] * query.shape[1] : query.shape[0]; }

int64_t tokenOffset(const Tensor &query, int64_t token) {
  if (query.rank() == 4) return token / query.shape[1] * query.strides[0] + token % query.shape[1] * query.strides[1];
  return token * query.strides[0];
}

Tensor withHeads(const Tensor &indexKey, bool paged) {
  Tensor key = indexKey;
  size_t axis = paged ? 1 : size_t(indexKey.rank()) - 1; // paged: before the page's keys; else before the index dim
  key.shape.insert(key.shape.begin() + axis, 1);
  key.strides.insert(key.strides.begin() + axis, 0);
  return key;
}

KvLayout kvLayoutOf(const Tensor &key, bool paged) {
  return paged ? KvLayout::Paged : key.rank() == 4 ? KvLayout::Dense : KvLayout::Packed;
}

int64_t capacityOf(const Tensor &key, const Tensor &pageTable) {
  switch (kvLayoutOf(key, bool(pageTable))) {
  case KvLayout::Packed: return key.shape[0];
  case KvLayout::Dense: return key.shape[1];
  case KvLayout::Paged: return pageTable.shape[1] * key.shape[2];
  }
  return 0;
}

int64_t keyOffset(const Tensor &key, const BatchOperands &operands, const Request &request, int64_t requestIndex,
                  int64_t head, int64_t j) {
  switch (kvLayoutOf(key, bool(operands.pageTable))) {
  case KvLayout::Packed: return (request.kBegin + j) * key.strides[0] + head * key.strides[1];
  case KvLayout::Dense: return requestIndex * key.strides[0] + j * key.strides[1] + head * key.strides[2];
  case KvLayout::Paged: {
    int64_t page = int64_t(operands.pageTable.at({requestIndex, j / key.shape[2]}));
    return page * key.strides[0] + head * key.strides[1] + j % key.shape[2] * key.strides[2];
  }
  }
  return 0;
}

namespace {
/// Says what was expected and found; used with `return`.
std::nullopt_t fail(std::string &error, const std::string &message) {
  error = message;
  return std::nullopt;
}

} // namespace

std::string operandFault(const std::string &name, const std::string &expected, const std::string &found) {
  return "'" + name + "': expects " + expected + ", but " + found;
}

std::string checkCumulative(const char *name, const Tensor &cu, int64_t total) {
  if (cu.shape[0] < 1) return operandFault(name, "at least one element", "it is empty");
  int64_t before = 0;
  for (int64_t i = 0; i < cu.shape[0]; ++i) {
    int64_t here = int64_t(cu.at({i}));
    std::string found = describe({i}) + " is " + std::to_string(here);
    if (i == 0 && here != 0) return operandFault(name, "0 first", found);
    if (here < before) return operandFault(name, "ascending values", found + " after " + std::to_string(before));
    if (here > total) return operandFault(name, "at most " + std::to_string(total) + " tokens", found);
    before = here;
  }
  return "";
}
std::optional<Batch> readBatch(const BatchOperands &operands, int64_t totalQ, const Tensor &query, const Tensor &key,
                               bool causal, std::string &error) {
  const auto &[cuQ, cuK, pageTable, sequsedK] = operands;
  int64_t batch = batchSizeOf(operands, query, key);
  bool paged = bool(pageTable), dense = key && kvLayoutOf(key, paged) == KvLayout::Dense;
  struct Claim {
    const char *name;
    bool present;
    int64_t batch;
  };
  for (const Claim &claim : {Claim{"page_table", bool(pageTable), pageTable ? pageTable.shape[0] : 0},
                             Claim{"seqused_k", bool(sequsedK), sequsedK ? sequsedK.shape[0] : 0},
                             Claim{"cu_seqlens_q", bool(cuQ), cuQ ? cuQ.shape[0] - 1 : 0},
                             Claim{"cu_seqlens_k", bool(cuK), cuK ? cuK.shape[0] - 1 : 0},
                             Claim{"query", query.rank() == 4, query.rank() == 4 ? query.shape[0] : 0},
                             Claim{"key", dense, dense ? key.shape[0] : 0}})
    if (claim.present && claim.batch != batch)
      return fail(error, operandFault(claim.name, std::to_string(batch) + " requests, as other operands have",
                                      "it has " + std::to_string(claim.batch)));
  if (paged && !sequsedK) return fail(error, "expects seqused_k with a page_table, but there is none");
  if (!sequsedK && !cuK && !key)
    return fail(error, "expects seqused_k or cu_seqlens_k where there are no keys, but there is neither");
  for (const auto &[name, cu, total] :
       {std::tuple("cu_seqlens_q", &cuQ, totalQ),
        std::tuple("cu_seqlens_k", &cuK, key && !paged && !dense ? key.shape[0] : INT64_MAX)})
    if (*cu)
      if (std::string problem = checkCumulative(name, *cu, total); !problem.empty()) return fail(error, problem);
  if (!cuQ && batch > 0 && totalQ % batch)
    return fail(error, "expects the same number of query tokens for each of " + std::to_string(batch) +
                           " requests where cu_seqlens_q is absent, but there are " + std::to_string(totalQ));
  if (key && !paged && !dense && !cuK && batch > 1)
    return fail(error, "expects cu_seqlens_k where keys are packed and there are " + std::to_string(batch) +
                           " requests, but there is none");

  Batch result;
  result.causal = causal;
  result.requestOf.assign(size_t(totalQ), -1);
  for (int64_t b = 0; b < batch; ++b) {
    Request request;
    request.qBegin = cuQ ? int64_t(cuQ.at({b})) : b * (totalQ / batch);
    request.qLen = cuQ ? int64_t(cuQ.at({b + 1})) - request.qBegin : totalQ / batch;
    int64_t said = cuK ? int64_t(cuK.at({b + 1}) - cuK.at({b})) : INT64_MAX;
    int64_t room = !key ? INT64_MAX : cuK && !paged && !dense ? said : capacityOf(key, pageTable);
    if (cuK) request.kBegin = int64_t(cuK.at({b}));
    request.kvLen = sequsedK ? int64_t(sequsedK.at({b})) : std::min(said, room);
    if (request.kvLen < 0 || request.kvLen > room)
      return fail(error, operandFault("seqused_k", "0 to " + std::to_string(room) + " keys",
                                      describe({b}) + " is " + std::to_string(request.kvLen)));
    std::fill_n(result.requestOf.begin() + request.qBegin, request.qLen, int32_t(b));
    result.requests.push_back(request);
  }
  return result;
}

std::string checkPageTable(const BatchOperands &operands, const Batch &batch, const Tensor &key) {
  if (!operands.pageTable) return "";
  int64_t pageSize = key.shape[2], numPages = key.shape[0];
  for (size_t b = 0; b < batch.requests.size(); ++b)
    for (int64_t i = 0; i * pageSize < batch.requests[b].kvLen; ++i) {
      int64_t page = int64_t(operands.pageTable.at({int64_t(b), i}));
      if (page < 0 || page >= numPages)
        return operandFault("page_table", page < 0 ? "pages from 0 on" : "pages below " + std::to_string(numPages),
                            describe({int64_t(b), i}) + " is " + std::to_string(page));
    }
  return "";
}

} // namespace msa::reference
