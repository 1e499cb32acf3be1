#include "msa/Reference/Attend.h"
#include "Parallel.h"
#include <cmath>
#include <limits>

namespace msa::reference {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

static std::string prepare(const AttendArgs &args, const std::vector<int64_t> *rows, std::optional<Batch> &batch) {
  const auto &[query, key, value, selected, operands, blockSize, scale, causal, contract, splits] = args;
  if (blockSize < 1) return "expects a positive block_size, but it is " + std::to_string(blockSize);
  if (query.rank() < 3 || query.rank() > 4)
    return "expects a query of rank 3 or 4, but its shape is " + describe(query.shape);
  if (key.rank() < (operands.pageTable ? 4 : 3) || key.rank() > 4)
    return "expects keys of rank 3 or 4 (4 with pages), but their shape is " + describe(key.shape);
  if (key.shape != value.shape)
    return "expects values of shape " + describe(key.shape) + " as the keys', but it is " + describe(value.shape);
  if (query.shape.back() != key.shape.back())
    return "expects keys of head dim " + std::to_string(query.shape.back()) + " as the queries', but theirs is " +
           std::to_string(key.shape.back());
  if (selected.rank() != 3) return "expects a selection of rank 3, but its shape is " + describe(selected.shape);
  SelectionView selection{selected, contract.layout};
  int64_t qHeads = query.shape[query.rank() - 2];
  int64_t kvHeads = kvLayoutOf(key, bool(operands.pageTable)) == KvLayout::Dense ? key.shape[2] : key.shape[1];
  if (kvHeads < 1 || qHeads % kvHeads)
    return "expects query heads that " + std::to_string(kvHeads) + " KV heads divide, but there are " +
           std::to_string(qHeads);
  if (selection.numHeads() != kvHeads || selection.totalQ() != totalQOf(query))
    return "expects a selection of " + std::to_string(kvHeads) + " heads and " + std::to_string(totalQOf(query)) +
           " tokens, but its shape is " + describe(selected.shape);
  std::string error;
  batch = readBatch(operands, totalQOf(query), query, key, causal, error);
  if (!batch) return error;
  if (error = checkPageTable(operands, *batch, key); !error.empty()) return error;
  int64_t maxBlocks = (capacityOf(key, operands.pageTable) + blockSize - 1) / blockSize;
  for (int64_t token : rowsToDo(rows, totalQOf(query)))
    for (int64_t head = 0; head < kvHeads; ++head)
      if (error = checkSelectionRow(selection, contract.order, head, token, maxBlocks); !error.empty()) return error;
  return "";
}

std::string check(const AttendArgs &args, const std::vector<int64_t> *rows) {
  std::optional<Batch> batch;
  return prepare(args, rows, batch);
}

/// Attention of the `group` query heads of one KV head for one token over some of its blocks. output: [group][dim], lse: [group].
static void attendRow(const AttendArgs &args, const Batch &batch, int64_t token, int64_t kvHead, int64_t group,
                      const std::vector<int64_t> &blocks, double *output, double *lse) {
  int64_t dim = args.query.shape.back(), requestIndex = batch.requestOf[token];
  double scale = args.softmaxScale ? args.softmaxScale : 1 / std::sqrt(double(dim));
  std::vector<int64_t> keys; // the visible keys of the blocks
  if (requestIndex >= 0) {
    int64_t numKeys = batch.visibility(token, args.blockSize).numKeys;
    for (int64_t block : blocks)
      for (int64_t j = block * args.blockSize; j < std::min((block + 1) * args.blockSize, numKeys); ++j)
        keys.push_back(j);
  }
  std::fill_n(output, group * dim, 0.0);
  std::fill_n(lse, group, kMinusInfinity);
  if (keys.empty()) return;

  const Request &request = batch.requests[requestIndex];
  std::vector<double> queries(group * dim), row(dim), weights(group * keys.size());
  for (int64_t g = 0; g < group; ++g)
    args.query.getRow(tokenOffset(args.query, token) + (kvHead * group + g) * args.query.strides[args.query.rank() - 2],
                      dim, &queries[g * dim]);
  for (size_t i = 0; i < keys.size(); ++i) {
    args.key.getRow(keyOffset(args.key, args.batch, request, requestIndex, kvHead, keys[i]), dim, row.data());
    for (int64_t g = 0; g < group; ++g) weights[g * keys.size() + i] = scale * dot(&queries[g * dim], row.data(), dim);
  }
  for (int64_t g = 0; g < group; ++g) {
    double *scores = &weights[g * keys.size()], top = *std::max_element(scores, scores + keys.size()), sum = 0;
    for (size_t i = 0; i < keys.size(); ++i) sum += std::exp(scores[i] - top);
    lse[g] = top + std::log(sum);
    for (size_t i = 0; i < keys.size(); ++i) scores[i] = std::exp(scores[i] - lse[g]);
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    args.value.getRow(keyOffset(args.value, args.batch, request, requestIndex, kvHead, keys[i]), dim, row.data());
    for (int64_t g = 0; g < group; ++g)
      for (int64_t d = 0; d < dim; ++d) output[g * dim + d] += weights[g * keys.size() + i] * row[d];
  }
}

std::string attend(const AttendArgs &args, const Tensor &output, const Tensor &lse, const Options &options) {
  std::optional<Batch> batch;
  if (std::string problem = prepare(args, options.rows, batch); !problem.empty()) return problem;
  SelectionView selection{args.selected, args.selection.layout};
  int64_t totalQ = selection.totalQ(), kvHeads = selection.numHeads(), dim = args.query.shape.back();
  int64_t qHeads = args.query.shape[args.query.rank() - 2], group = qHeads / kvHeads,
          numParts = std::max<int64_t>(args.splits, 1);
  std::vector<int64_t> outputShape = args.query.shape, lseShape = {totalQ, qHeads};
  if (args.splits) outputShape = {args.splits, totalQ, qHeads, dim}, lseShape = {args.splits, totalQ, qHeads};
  if (output.shape != outputShape)
    return "expects an output of shape " + describe(outputShape) + ", but it is " + describe(output.shape);
  if (lse && lse.shape != lseShape)
    return "expects an LSE of shape " + describe(lseShape) + ", but it is " + describe(lse.shape);

  std::vector<int64_t> rows = rowsToDo(options.rows, totalQ);
  parallelItems(int64_t(rows.size()) * kvHeads, options.numThreads, [&](int64_t item) {
    int64_t token = rows[item / kvHeads], kvHead = item % kvHeads;
    std::vector<double> outputs(group * dim), lses(group);
    std::vector<int64_t> ids = selection.row(kvHead, token);
    for (int64_t part = 0; part < numParts; ++part) {
      std::vector<int64_t> blocks;
      for (size_t slot = size_t(part); slot < ids.size(); slot += size_t(numParts)) blocks.push_back(ids[slot]);
      attendRow(args, *batch, token, kvHead, group, blocks, outputs.data(), lses.data());
      for (int64_t g = 0; g < group; ++g) {
        int64_t head = kvHead * group + g;
        int64_t at = args.splits ? output.offset({part, token, head})
                                 : tokenOffset(output, token) + head * output.strides[output.rank() - 2];
        output.setRow(at, dim, &outputs[g * dim]);
        if (lse) lse.set(args.splits ? lse.offset({part, token, head}) : lse.offset({token, head}), lses[g]);
      }
    }
  });
  return "";
}

std::string check(const CombineArgs &args) {
  const std::vector<int64_t> &shape = args.partial.shape, &lseShape = args.partialLse.shape;
  if (shape.size() != 4 || lseShape.size() != 3 || !std::equal(lseShape.begin(), lseShape.end(), shape.begin()))
    return "expects partials [splits, total_q, heads, dim] and LSEs of the first three, but the shapes are " +
           describe(shape) + " and " + describe(lseShape);
  return "";
}

std::string combine(const CombineArgs &args, const Tensor &output, const Tensor &lse, const Options &options) {
  if (std::string problem = check(args); !problem.empty()) return problem;
  int64_t splits = args.partial.shape[0], totalQ = args.partial.shape[1], heads = args.partial.shape[2],
          dim = args.partial.shape[3];
  if (output.rank() < 3 || totalQOf(output) != totalQ || output.shape[output.rank() - 2] != heads ||
      output.shape.back() != dim)
    return "expects an output of " + describe({totalQ, heads, dim}) + ", but its shape is " + describe(output.shape);
  if (lse && lse.shape != std::vector<int64_t>{totalQ, heads})
    return "expects an LSE of shape " + describe({totalQ, heads}) + ", but it is " + describe(lse.shape);
  std::vector<int64_t> rows = rowsToDo(options.rows, totalQ);
  parallelItems(int64_t(rows.size()), options.numThreads, [&](int64_t item) {
    int64_t token = rows[item];
    std::vector<double> merged(dim), row(dim);
    for (int64_t head = 0; head < heads; ++head) {
      double top = kMinusInfinity, sum = 0;
      for (int64_t s = 0; s < splits; ++s) top = std::max(top, args.partialLse.at({s, token, head}));
      for (int64_t s = 0; s < splits && top > kMinusInfinity; ++s)
        sum += std::exp(args.partialLse.at({s, token, head}) - top);
      double total = sum > 0 ? top + std::log(sum) : kMinusInfinity;
      std::fill(merged.begin(), merged.end(), 0.0);
      for (int64_t s = 0; s < splits; ++s) {
        double part = args.partialLse.at({s, token, head});
        if (part == kMinusInfinity) continue; // whatever the partial holds
        args.partial.getRow(args.partial.offset({s, token, head}), dim, row.data());
        for (int64_t d = 0; d < dim; ++d) merged[d] += std::exp(part - total) * row[d];
      }
      output.setRow(tokenOffset(output, token) + head * output.strides[output.rank() - 2], dim, merged.data());
      if (lse) lse.set(lse.offset({token, head}), total);
    }
  });
  return "";
}

} // namespace msa::reference
