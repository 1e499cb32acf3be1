#include "msa/Reference/Work.h"
#include <algorithm>

namespace msa::reference {

static double bytesOf(const Tensor &tensor) { return double(tensor.numElements() * byteSize(tensor.element)); }

/// Keys that each token may see, capped by `most`, summed; and the keys of all requests.
struct KeyCounts {
  double seen = 0, stored = 0;
};
static KeyCounts countKeys(const BatchOperands &operands, const Tensor &query, const Tensor &key, bool causal,
                           int64_t most) {
  std::string error;
  std::optional<Batch> batch = readBatch(operands, totalQOf(query), query, key, causal, error);
  KeyCounts counts;
  if (!batch) return counts;
  for (size_t token = 0; token < batch->requestOf.size(); ++token)
    if (batch->requestOf[token] >= 0)
      counts.seen += double(std::min(batch->visibility(int64_t(token), 1).numKeys, most));
  for (const Request &request : batch->requests) counts.stored += double(request.kvLen);
  return counts;
}

Work workOf(const Program &program, const Interpreter &interpreter) {
  Work work;
  for (const MeaningOp &op : program.meaning) {
    if (op.op == "attend") {
      AttendArgs args = interpreter.attendArgs(op);
      if (!args.query || !args.key) continue;
      const MeaningOp *select = producerOf(program, op.operands.at("selected"));
      int64_t topk = args.selected                              ? args.selected.shape[2]
                     : select && select->integers.count("topk") ? select->integers.at("topk")
                                                                : INT64_MAX / args.blockSize;
      KeyCounts keys = countKeys(args.batch, args.query, args.key, args.causal, topk * args.blockSize);
      double dim = double(args.query.shape.back()), qHeads = double(args.query.shape[args.query.rank() - 2]);
      bool dense = kvLayoutOf(args.key, bool(args.batch.pageTable)) == KvLayout::Dense;
      double kvRow =
          double(args.key.shape[dense ? 2 : 1]) * dim * double(byteSize(args.key.element)); // one key of all heads
      work.flops += 4 * qHeads * dim * keys.seen;
      work.bytes += 2 * kvRow * std::min(keys.seen, keys.stored) + 2 * bytesOf(args.query);
    } else if (op.op == "index_scores" || (op.op == "select_blocks" && op.operands.count("index_query"))) {
      IndexScoresArgs args = interpreter.indexArgs(op);
      if (!args.indexQuery || !args.indexKey) continue;
      Tensor key = withHeads(args.indexKey, bool(args.batch.pageTable));
      KeyCounts keys = countKeys(args.batch, args.indexQuery, key, args.causal, INT64_MAX);
      double dim = double(args.indexQuery.shape.back()),
             heads = double(args.indexQuery.shape[args.indexQuery.rank() - 2]);
      work.flops += 2 * heads * dim * keys.seen;
      work.bytes += keys.stored * dim * double(byteSize(key.element)) + bytesOf(args.indexQuery);
    }
  }
  return work;
}

} // namespace msa::reference
