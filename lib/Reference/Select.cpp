#include "msa/Reference/Select.h"
#include "Parallel.h"
#include <cmath>
#include <limits>

namespace msa::reference {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

//===----------------------------------------------------------------------===//
// index_scores
//===----------------------------------------------------------------------===//

int64_t maxBlocksOf(const IndexScoresArgs &args) {
  bool paged = bool(args.batch.pageTable);
  return (capacityOf(withHeads(args.indexKey, paged), args.batch.pageTable) + args.blockSize - 1) / args.blockSize;
}

/// "" and the batch, or what is wrong.
static std::string prepare(const IndexScoresArgs &args, std::optional<Batch> &batch) {
  const Tensor &query = args.indexQuery, &key = args.indexKey;
  if (args.blockSize < 1) return "expects a positive block_size, but it is " + std::to_string(args.blockSize);
  if (query.rank() < 3 || query.rank() > 4)
    return "expects index queries of rank 3 or 4, but their shape is " + describe(query.shape);
  bool paged = bool(args.batch.pageTable);
  if (key.rank() < (paged ? 3 : 2) || key.rank() > 3)
    return "expects index keys of rank 2 or 3 (3 with pages), but their shape is " + describe(key.shape);
  if (query.shape.back() != key.shape.back())
    return "expects index keys of dim " + std::to_string(query.shape.back()) + " as the queries have, but theirs is " +
           std::to_string(key.shape.back());
  Tensor headed = withHeads(key, paged);
  std::string error;
  batch = readBatch(args.batch, totalQOf(query), query, headed, args.causal, error);
  return batch ? checkPageTable(args.batch, *batch, headed) : error;
}

std::string check(const IndexScoresArgs &args) {
  std::optional<Batch> batch;
  return prepare(args, batch);
}

/// Scores of one row: one per visible block.
static std::vector<float> scoreRow(const IndexScoresArgs &args, const Batch &batch, int64_t head, int64_t token) {
  const Tensor &query = args.indexQuery;
  int64_t dim = query.shape.back(), requestIndex = batch.requestOf[token];
  if (requestIndex < 0) return {};
  const Request &request = batch.requests[requestIndex];
  Visibility seen = batch.visibility(token, args.blockSize);
  Tensor key = withHeads(args.indexKey, bool(args.batch.pageTable));
  double scale = args.softmaxScale ? args.softmaxScale : 1 / std::sqrt(double(dim));

  std::vector<double> queryRow(dim), keyRow(dim);
  query.getRow(tokenOffset(query, token) + head * query.strides[query.rank() - 2], dim, queryRow.data());
  std::vector<float> scores(seen.numBlocks, kMinusInfinity);
  for (int64_t j = 0; j < seen.numKeys; ++j) {
    key.getRow(keyOffset(key, args.batch, request, requestIndex, 0, j), dim, keyRow.data());
    float score = float(scale * dot(queryRow.data(), keyRow.data(), dim));
    float &best = scores[j / args.blockSize];
    if (score > best) best = score; // a NaN is never greater
  }
  return scores;
}

std::string indexScores(const IndexScoresArgs &args, const Tensor &scores, const Options &options) {
  std::optional<Batch> batch;
  if (std::string problem = prepare(args, batch); !problem.empty()) return problem;
  int64_t heads = args.indexQuery.shape[args.indexQuery.rank() - 2], maxBlocks = maxBlocksOf(args);
  std::vector<int64_t> wanted = {heads, totalQOf(args.indexQuery), maxBlocks};
  if (scores.shape != wanted)
    return "expects scores of shape " + describe(wanted) + ", but it is " + describe(scores.shape);
  std::vector<int64_t> rows = rowsToDo(options.rows, wanted[1]);
  parallelItems(int64_t(rows.size()) * heads, options.numThreads, [&](int64_t item) {
    int64_t token = rows[item / heads], head = item % heads;
    std::vector<float> row = scoreRow(args, *batch, head, token);
    for (int64_t b = 0; b < maxBlocks; ++b)
      scores.set(scores.offset({head, token, b}), b < int64_t(row.size()) ? row[b] : kMinusInfinity);
  });
  return "";
}

//===----------------------------------------------------------------------===//
// select_blocks
//===----------------------------------------------------------------------===//

static std::string prepare(const SelectBlocksArgs &args, std::optional<Batch> &batch) {
  if (args.topk < 1) return "expects a positive topk, but it is " + std::to_string(args.topk);
  if (args.sinkBlocks < 0 || args.localBlocks < 1)
    return "expects sink_blocks >= 0 and local_blocks >= 1, but they are " + std::to_string(args.sinkBlocks) + " and " +
           std::to_string(args.localBlocks);
  if (args.sinkBlocks + args.localBlocks > args.topk)
    return "expects at most " + std::to_string(args.topk) +
           " forced blocks (topk), but sink_blocks + local_blocks is " +
           std::to_string(args.sinkBlocks + args.localBlocks);
  if (!args.scores) return prepare(args.index, batch);
  if (args.scores.rank() != 3) return "expects scores of rank 3, but their shape is " + describe(args.scores.shape);
  if (args.index.blockSize < 1)
    return "expects a positive block_size, but it is " + std::to_string(args.index.blockSize);
  std::string error;
  batch = readBatch(args.index.batch, args.scores.shape[1], {}, {}, args.index.causal, error);
  if (!batch) return error;
  for (size_t b = 0; b < batch->requests.size(); ++b) {
    int64_t blocks = (batch->requests[b].kvLen + args.index.blockSize - 1) / args.index.blockSize;
    if (blocks > args.scores.shape[2])
      return "expects at most " + std::to_string(args.scores.shape[2]) + " blocks, as scores have, but request " +
             std::to_string(b) + " has " + std::to_string(blocks);
  }
  return "";
}

std::string check(const SelectBlocksArgs &args) {
  std::optional<Batch> batch;
  return prepare(args, batch);
}

std::optional<Batch> batchOf(const SelectBlocksArgs &args, std::string &error) {
  std::optional<Batch> batch;
  error = prepare(args, batch);
  return error.empty() ? batch : std::nullopt;
}

std::vector<float> rowScores(const SelectBlocksArgs &args, const Batch &batch, int64_t head, int64_t token) {
  if (batch.requestOf[token] < 0) return {};
  if (!args.scores) return scoreRow(args.index, batch, head, token);
  std::vector<float> scores;
  for (int64_t b = 0; b < batch.visibility(token, args.index.blockSize).numBlocks; ++b)
    scores.push_back(float(args.scores.at({head, token, b})));
  return scores;
}

std::vector<int64_t> selectRow(const std::vector<float> &scores, const Visibility &seen, const SelectBlocksArgs &args) {
  auto forced = [&](int64_t block) {
    return block < args.sinkBlocks ||
           (seen.localBlock >= 0 && block <= seen.localBlock && block > seen.localBlock - args.localBlocks);
  };
  auto rank = [&](int64_t block) { return std::isnan(scores[block]) ? kMinusInfinity : scores[block]; };
  std::vector<int64_t> blocks(seen.numBlocks);
  for (int64_t b = 0; b < seen.numBlocks; ++b) blocks[b] = b;
  std::sort(blocks.begin(), blocks.end(), [&](int64_t lhs, int64_t rhs) {
    if (forced(lhs) != forced(rhs)) return forced(lhs);
    return rank(lhs) != rank(rhs) ? rank(lhs) > rank(rhs) : lhs < rhs;
  });
  if (int64_t(blocks.size()) > args.topk) blocks.resize(args.topk);
  std::sort(blocks.begin(), blocks.end());
  return blocks;
}

/// Brings ascending ids into the contract's order.
static void orderRow(std::vector<int64_t> &ids, SelectionOrder order, const std::vector<float> &scores,
                     int64_t localBlock) {
  auto rank = [&](int64_t block) { return std::isnan(scores[block]) ? kMinusInfinity : scores[block]; };
  if (order == SelectionOrder::Score)
    std::sort(ids.begin(), ids.end(),
              [&](int64_t lhs, int64_t rhs) { return rank(lhs) != rank(rhs) ? rank(lhs) > rank(rhs) : lhs < rhs; });
  if (order == SelectionOrder::LocalLast)
    if (auto local = std::find(ids.begin(), ids.end(), localBlock); local != ids.end())
      std::rotate(local, local + 1, ids.end());
}

std::string selectBlocks(const SelectBlocksArgs &args, const Tensor &selected, const Tensor &selectedScores,
                         const Options &options) {
  std::optional<Batch> batch;
  if (std::string problem = prepare(args, batch); !problem.empty()) return problem;
  const Tensor &query = args.index.indexQuery;
  int64_t heads = args.scores ? args.scores.shape[0] : query.shape[query.rank() - 2];
  int64_t totalQ = args.scores ? args.scores.shape[1] : totalQOf(query);
  SelectionView out{selected, args.selection.layout}, outScores{selectedScores, args.selection.layout};
  if (selected.rank() != 3 || out.numHeads() != heads || out.totalQ() != totalQ || out.topk() != args.topk)
    return "expects a selection of " + std::to_string(heads) + " heads, " + std::to_string(totalQ) + " tokens and " +
           std::to_string(args.topk) + " slots, but its shape is " + describe(selected.shape);
  if (selectedScores && selectedScores.shape != selected.shape)
    return "expects selected scores of shape " + describe(selected.shape) + ", but it is " +
           describe(selectedScores.shape);

  std::vector<int64_t> rows = rowsToDo(options.rows, totalQ);
  parallelItems(int64_t(rows.size()) * heads, options.numThreads, [&](int64_t item) {
    int64_t token = rows[item / heads], head = item % heads;
    std::vector<int64_t> ids;
    std::vector<float> scores = rowScores(args, *batch, head, token);
    if (batch->requestOf[token] >= 0) {
      Visibility seen = batch->visibility(token, args.index.blockSize);
      ids = selectRow(scores, seen, args);
      orderRow(ids, args.selection.order, scores, seen.localBlock);
    }
    for (int64_t slot = 0; slot < args.topk; ++slot) {
      bool used = slot < int64_t(ids.size());
      selected.set(out.offset(head, token, slot), used ? double(ids[slot]) : -1);
      if (selectedScores)
        selectedScores.set(outScores.offset(head, token, slot), used ? scores[ids[slot]] : kMinusInfinity);
    }
  });
  return "";
}

} // namespace msa::reference
