//===- ChooseSizes.cpp - sizes and lengths of made-up inputs ---------------===//
#include "msa/Reference/RandomInputs.h"
#include <algorithm>
#include <random>

namespace msa::reference {

namespace {

using Names = std::vector<std::string>;

/// The names of an operand's dimensions; empty where it has another rank than any form of it.
Names dimensionNames(const MeaningOp &op, const std::string &operand, size_t rank) {
  bool paged = op.operands.count("page_table");
  auto layout = op.strings.find(op.op == "relayout_selection" ? "from" : "selection");
  bool qhk = layout != op.strings.end() && layout->second.compare(0, 3, "qhk") == 0;
  if (operand == "query" || operand == "index_query") {
    std::string heads = operand == "query" ? "num_q_heads" : "num_index_heads",
                dim = operand == "query" ? "head_dim" : "index_dim";
    return rank == 4 ? Names{"batch", "seqlen_q", heads, dim} : rank == 3 ? Names{"total_q", heads, dim} : Names();
  }
  if (operand == "key" || operand == "value") {
    if (paged) return rank == 4 ? Names{"num_pages", "num_kv_heads", "page_size", "head_dim"} : Names();
    return rank == 4   ? Names{"batch", "seqlen_k", "num_kv_heads", "head_dim"}
           : rank == 3 ? Names{"total_k", "num_kv_heads", "head_dim"}
                       : Names();
  }
  if (operand == "index_key") {
    if (paged) return rank == 3 ? Names{"num_pages", "page_size", "index_dim"} : Names();
    return rank == 3 ? Names{"batch", "seqlen_k", "index_dim"} : rank == 2 ? Names{"total_k", "index_dim"} : Names();
  }
  if (operand == "cu_seqlens_q" || operand == "cu_seqlens_k") return {"batch + 1"};
  if (operand == "seqused_k") return {"batch"};
  if (operand == "page_table") return {"batch", "max_pages"};
  if (operand == "scores") return {"num_index_heads", "total_q", "max_blocks"};
  if (operand == "selected")
    return qhk ? Names{"total_q", "num_kv_heads", "topk"} : Names{"num_kv_heads", "total_q", "topk"};
  if (operand == "partial") return {"splits", "total_q", "num_q_heads", "head_dim"};
  if (operand == "partial_lse") return {"splits", "total_q", "num_q_heads"};
  return {};
}

/// Chooses in one direction: what the program fixes, then what the settings ask for, then defaults.
class Chooser {
public:
  Chooser(const Program &program, const RandomSettings &settings, ChosenSizes &chosen)
      : program(program), settings(settings), chosen(chosen), random(settings.seed * 0x9e3779b97f4a7c15u + 1) {}

  std::string run() {
    nameDimensions();
    if (!problem.empty()) return problem;
    for (const auto &[name, value] : settings.sizes)
      if (std::string clash = fix(name, value, "--set"); !clash.empty()) return clash;
    if (std::string clash = chooseLengths(); !clash.empty()) return clash;
    return fillShapes();
  }

private:
  /// Where the shapes of an argument's slices are known relative to it.
  struct Slice {
    int source;
    std::vector<int64_t> offsets, sizes;
  };

  void nameDimensions() {
    names.resize(program.arguments.size());
    std::map<int, Slice> slices;
    for (const MeaningOp &op : program.meaning) {
      if (op.op == "slice") {
        slices[op.results.at(0)] = {op.operands.at("source"), op.offsets, op.sizes};
        continue;
      }
      if (auto found = op.integers.find("block_size"); found != op.integers.end()) blockSize = found->second;
      if (op.op == "transpose_selection")
        if (std::string clash = fix("batch", op.integers.at("batch"), op.op); !clash.empty()) problem = clash;
      for (const auto &[operand, value] : op.operands) {
        if (operand == "cu_seqlens_q") hasCuQ = true;
        if (operand == "cu_seqlens_k") hasCuK = true;
        if (operand == "seqused_k") hasLens = true;
        hasBatch |=
            operand == "cu_seqlens_q" || operand == "cu_seqlens_k" || operand == "seqused_k" || operand == "page_table";
        sharedCu |=
            operand == "cu_seqlens_q" && op.operands.count("cu_seqlens_k") && op.operands.at("cu_seqlens_k") == value;
        nameOperand(op, operand, value, slices);
      }
    }
  }

  void nameOperand(const MeaningOp &op, const std::string &operand, int value, const std::map<int, Slice> &slices) {
    std::vector<const Slice *> chain;
    int root = value;
    for (auto found = slices.find(root); found != slices.end(); found = slices.find(root)) {
      chain.push_back(&found->second);
      root = found->second.source;
    }
    if (size_t(root) >= program.arguments.size() || program.arguments[root].isOutput) return;
    const ArgumentSpec &spec = program.arguments[root];
    Names dims = dimensionNames(op, operand, spec.shape.size());
    names[root].resize(spec.shape.size());
    for (size_t d = 0; d < dims.size() && d < spec.shape.size(); ++d) {
      int64_t size = spec.shape[d];
      for (const Slice *slice : chain)
        if (d < slice->sizes.size() && slice->sizes[d] != kDynamic) size = slice->sizes[d];
      bool cut = size != spec.shape[d];
      if (!cut) names[root][d] = dims[d];
      if (size != kDynamic)
        if (std::string clash = fix(dims[d], size, spec.name); !clash.empty()) problem = clash;
      hasBatch |= dims[d] == "batch";
      hasDense |= dims[d] == "seqlen_k";
    }
  }

  std::string fix(const std::string &name, int64_t value, const std::string &by) {
    if (name == "batch + 1") return fix("batch", value - 1, by);
    auto [found, fresh] = chosen.sizes.try_emplace(name, value);
    if (fresh || found->second == value) return "";
    return "expects one size for " + name + ", but it is " + std::to_string(found->second) + " and, by " + by + ", " +
           std::to_string(value);
  }
  bool known(const char *name) const { return chosen.sizes.count(name); }
  int64_t sizeOr(const char *name, int64_t otherwise) const { return known(name) ? chosen.sizes.at(name) : otherwise; }
  int64_t uniform(int64_t low, int64_t high) { return low + int64_t(random() % uint64_t(high - low + 1)); }

  /// One length up to `most`, edges often.
  int64_t raggedLength(int64_t most) {
    const int64_t edges[] = {0, 1, blockSize - 1, blockSize, blockSize + 1, most - 1, most};
    int64_t length = uniform(0, 1) ? edges[uniform(0, 6)] : uniform(0, most);
    return std::clamp<int64_t>(length, 0, most);
  }

  /// `count` lengths that add up to `total`.
  std::vector<int64_t> partition(int64_t total, int64_t count) {
    std::vector<int64_t> cuts = {0, total};
    for (int64_t i = 1; i < count; ++i) cuts.push_back(settings.ragged ? uniform(0, total) : total * i / count);
    std::sort(cuts.begin(), cuts.end());
    std::vector<int64_t> lengths;
    for (int64_t i = 0; i < count; ++i) lengths.push_back(cuts[i + 1] - cuts[i]);
    return lengths;
  }

  std::string chooseLengths() {
    auto &q = chosen.lengths.q;
    bool sharedQ = sharedCu && !hasLens; // self prefill: keys are the queries' tokens
    int64_t wantedKv = settings.kvLen ? settings.kvLen : blockSize * 7 / 2 + 3;
    int64_t wantedQ = settings.qLen ? settings.qLen : sharedQ ? wantedKv : 4;
    if (!known("batch")) {
      int64_t batch = !hasBatch ? 1 : settings.batch ? settings.batch : 2;
      if (hasBatch && !settings.batch && known("total_q") && !hasCuQ && sizeOr("total_q", 0) % batch) batch = 1;
      chosen.sizes["batch"] = batch;
    }
    int64_t batch = chosen.sizes["batch"];
    if (batch < 1) return "expects at least one request, but batch is " + std::to_string(batch);
    if (known("seqlen_q")) wantedQ = sizeOr("seqlen_q", 0);
    if (known("seqlen_q") || (!known("total_q") && !hasCuQ)) {
      if (std::string clash = fix("total_q", wantedQ * batch, "batch and q_len"); !clash.empty()) return clash;
    }
    if (known("total_q") && !hasCuQ && chosen.sizes["total_q"] % batch)
      return "expects query tokens that " + std::to_string(batch) + " requests share equally, but total_q is " +
             std::to_string(chosen.sizes["total_q"]);
    if (known("total_q")) {
      q = partition(chosen.sizes["total_q"], batch);
      if (!hasCuQ) std::fill(q.begin(), q.end(), chosen.sizes["total_q"] / batch);
    } else {
      for (int64_t b = 0; b < batch; ++b)
        q.push_back(settings.ragged && b ? raggedLength(wantedQ) : wantedQ); // the first is whole
      chosen.sizes["total_q"] = total(q);
    }
    chosen.sizes.try_emplace("seqlen_q", chosen.sizes["total_q"] / batch);
    return chooseKeys(batch, sharedQ, wantedKv);
  }

  std::string chooseKeys(int64_t batch, bool sharedQ, int64_t wantedKv) {
    auto &[q, kv, room] = chosen.lengths;
    int64_t pageSize = sizeOr("page_size", 0), most = INT64_MAX; // of one request
    if (known("seqlen_k")) most = chosen.sizes["seqlen_k"];
    if (known("max_pages") && pageSize) most = std::min(most, chosen.sizes["max_pages"] * pageSize);
    if (known("max_blocks")) most = std::min(most, chosen.sizes["max_blocks"] * blockSize);
    if (!settings.kvLen && most != INT64_MAX) wantedKv = most;
    if (wantedKv > most)
      return "expects at most " + std::to_string(most) + " keys a request by the program's sizes, but kv_len is " +
             std::to_string(wantedKv);
    bool varies = hasLens || hasCuK;
    for (int64_t b = 0; b < batch; ++b) {
      int64_t length = settings.ragged && varies && b ? raggedLength(wantedKv)
                                                      : std::min(most, std::max(wantedKv, settings.ragged ? 0 : q[b]));
      kv.push_back(sharedQ ? q[b] : length);
    }
    if (hasDense && !varies)
      std::fill(kv.begin(), kv.end(), sizeOr("seqlen_k", *std::max_element(kv.begin(), kv.end())));
    int64_t longest = *std::max_element(kv.begin(), kv.end());
    chosen.sizes.try_emplace("seqlen_k", longest);
    // Packed keys: requests may lie apart where seqused_k says how many are used.
    for (int64_t b = 0; b < batch; ++b) room.push_back(kv[b] + (hasLens && settings.ragged ? b % 3 : 0));
    if (sharedQ && sizeOr("total_k", total(q)) != total(q))
      return "expects as many keys as queries, but total_k is " + std::to_string(chosen.sizes["total_k"]) +
             " and total_q " + std::to_string(total(q));
    if (!sharedQ && known("total_k") && !known("page_size") && !hasDense) {
      room = partition(chosen.sizes["total_k"], batch);
      for (int64_t b = 0; b < batch; ++b) kv[b] = hasLens ? std::min(kv[b], room[b]) : room[b];
    }
    chosen.sizes.try_emplace("total_k", total(room));
    chosen.sizes.try_emplace("max_blocks", (longest + blockSize - 1) / blockSize + 1);
    if (pageSize) {
      chosen.sizes.try_emplace("max_pages", (longest + pageSize - 1) / pageSize + 1);
      int64_t used = 0;
      chosen.sharesPages = settings.kvPool > 0;
      if (chosen.sharesPages)
        if (std::string clash = fix("num_pages", settings.kvPool, "kv-pool"); !clash.empty()) return clash;
      for (int64_t &length : kv) {
        if (known("num_pages") && !chosen.sharesPages)
          length = std::clamp<int64_t>((chosen.sizes["num_pages"] - used) * pageSize, 0, length);
        used += (length + pageSize - 1) / pageSize;
      }
      chosen.sizes.try_emplace("num_pages", used + 3);
    }
    if (settings.kvPool && !pageSize) return "expects pages to share (kv-pool), but the cache has none";
    chosen.sizes.try_emplace("topk", 16);
    chosen.sizes.try_emplace("splits", 4);
    return "";
  }

  static int64_t total(const std::vector<int64_t> &lengths) {
    int64_t sum = 0;
    for (int64_t length : lengths) sum += length;
    return sum;
  }

  std::string fillShapes() {
    chosen.sizes["batch + 1"] = chosen.sizes["batch"] + 1;
    for (size_t i = 0; i < program.arguments.size(); ++i) {
      const ArgumentSpec &spec = program.arguments[i];
      std::vector<int64_t> shape = spec.shape;
      for (size_t d = 0; d < shape.size() && !spec.isOutput; ++d) {
        if (shape[d] != kDynamic) continue;
        std::string name = d < names[i].size() ? names[i][d] : "", own = spec.name + "." + std::to_string(d);
        if (chosen.sizes.count(own)) shape[d] = chosen.sizes[own];
        else if (!name.empty() && chosen.sizes.count(name)) shape[d] = chosen.sizes[name];
        else
          return "needs a size for dimension " + std::to_string(d) + " of '" + spec.name +
                 "', but nothing says it (give --set " + (name.empty() ? own : name) + "=N)";
      }
      if (spec.isOutput)
        for (size_t d = 0; d < shape.size(); ++d) shape[d] = evaluate(spec.outputShape[d], chosen.shapes);
      chosen.shapes.push_back(std::move(shape));
    }
    chosen.sizes.erase("batch + 1");
    return "";
  }

  const Program &program;
  const RandomSettings &settings;
  ChosenSizes &chosen;
  std::mt19937_64 random;
  std::vector<Names> names; ///< of each argument's dimensions
  std::string problem;
  int64_t blockSize = 64;
  bool hasBatch = false, hasCuQ = false, hasCuK = false, hasLens = false, hasDense = false, sharedCu = false;
};

} // namespace

std::string chooseSizes(const Program &program, const RandomSettings &settings, ChosenSizes &chosen) {
  chosen = {};
  return Chooser(program, settings, chosen).run();
}

} // namespace msa::reference
