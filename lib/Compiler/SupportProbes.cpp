#include "SupportProbes.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::msa {
namespace {

constexpr int64_t kKvHeads = 2;

std::string tensor(std::initializer_list<std::string> sizes, const std::string &element) {
  std::string text = "tensor<";
  for (const std::string &size : sizes) text += size + "x";
  return text + element + ">";
}
std::string number(int64_t value) { return std::to_string(value); }

/// A function of one op, under construction.
struct Writer {
  const Probe &probe;
  std::string arguments, operandTypes, clauses;

  void operand(const std::string &name, const std::string &type) {
    arguments += (arguments.empty() ? "%" : ", %") + name + ": " + type;
    operandTypes += (operandTypes.empty() ? "" : ", ") + type;
  }
  void clause(const std::string &name, const std::string &type) {
    operand(name, type);
    clauses += " " + name + "(%" + name + ")";
  }
  std::string query(int64_t heads, int64_t dim) const {
    return probe.queries == "dense" ? tensor({"?", "?", number(heads), number(dim)}, probe.dtype)
                                    : tensor({"?", number(heads), number(dim)}, probe.dtype);
  }
  /// A cache; an index cache has no heads.
  std::string cache(bool hasHeads, int64_t dim) const {
    std::string heads = number(kKvHeads);
    if (probe.keys == "paged")
      return hasHeads ? tensor({"?", heads, number(probe.pageSize), number(dim)}, probe.dtype)
                      : tensor({"?", number(probe.pageSize), number(dim)}, probe.dtype);
    if (probe.keys == "dense")
      return hasHeads ? tensor({"?", "?", heads, number(dim)}, probe.dtype)
                      : tensor({"?", "?", number(dim)}, probe.dtype);
    return hasHeads ? tensor({"?", heads, number(dim)}, probe.dtype) : tensor({"?", number(dim)}, probe.dtype);
  }
  std::string selected(const std::string &contract, const std::string &element = "i32") const {
    bool headsFirst = llvm::StringRef(contract).starts_with("hqk");
    return headsFirst ? tensor({number(kKvHeads), "?", number(probe.topk)}, element)
                      : tensor({"?", number(kKvHeads), number(probe.topk)}, element);
  }
  static std::string contract(const std::string &spelled) {
    auto [layout, order] = llvm::StringRef(spelled).split('/');
    return ("#msa.selection<layout = " + layout + ", order = " + order + ">").str();
  }
  void batch() {
    if (probe.queries == "ragged") clause("cu_seqlens_q", "tensor<?xi32>");
    if (probe.keys == "packed") clause("cu_seqlens_k", "tensor<?xi32>");
    if (probe.keys == "paged") clause("page_table", "tensor<?x?xi32>");
    clause("seqused_k", "tensor<?xi32>");
  }
  std::string finish(const std::string &op, const std::string &attributes,
                     const std::vector<std::string> &results) const {
    std::string types, names;
    for (size_t i = 0; i < results.size(); ++i) {
      types += (i ? ", " : "") + results[i];
      names += (i ? ", %r" : "%r") + number(int64_t(i));
    }
    return "func.func @probe(" + arguments + ") -> (" + types + ") {\n  " + names + " = " + op + clauses + " {" +
           attributes + "} : (" + operandTypes + ") -> (" + types + ")\n  return " + names + " : " + types + "\n}\n";
  }
};

std::string blockSize(const Probe &probe) { return "block_size = " + number(probe.blockSize) + " : i64"; }
std::string topk(const Probe &probe) { return ", topk = " + number(probe.topk) + " : i64"; }

std::string indexScores(const Probe &probe) {
  Writer writer{probe};
  writer.operand("q", writer.query(kKvHeads, probe.indexDim));
  writer.operand("k", writer.cache(false, probe.indexDim));
  writer.batch();
  return writer.finish("msa.index_scores %q, %k", blockSize(probe), {tensor({number(kKvHeads), "?", "?"}, "f32")});
}

std::string selectFromScores(const Probe &probe) {
  Writer writer{probe};
  writer.operand("s", tensor({number(kKvHeads), "?", "?"}, "f32"));
  writer.batch();
  return writer.finish("msa.select_blocks scores(%s)",
                       blockSize(probe) + topk(probe) + ", selection = " + Writer::contract(probe.selection),
                       {writer.selected(probe.selection), writer.selected(probe.selection, "f32")});
}

std::string selectFused(const Probe &probe) {
  Writer writer{probe};
  writer.operand("q", writer.query(kKvHeads, probe.indexDim));
  writer.operand("k", writer.cache(false, probe.indexDim));
  writer.batch();
  return writer.finish("msa.select_blocks index(%q, %k)",
                       blockSize(probe) + topk(probe) + ", selection = " + Writer::contract(probe.selection),
                       {writer.selected(probe.selection)});
}

std::string transposeSelection(const Probe &probe) {
  Writer writer{probe};
  writer.operand("s", writer.selected(probe.selection));
  if (probe.queries == "ragged") writer.clause("cu_seqlens_q", "tensor<9xi32>");
  return writer.finish("msa.transpose_selection %s",
                       "max_blocks = 256 : i64, batch = 8 : i64, selection = " + Writer::contract(probe.selection),
                       {"tensor<2x2049xi32>", "tensor<2x?xi32>"});
}

std::string relayoutSelection(const Probe &probe) {
  Writer writer{probe};
  writer.operand("s", writer.selected(probe.selection));
  return writer.finish("msa.relayout_selection %s",
                       "from = " + Writer::contract(probe.selection) + ", to = " + Writer::contract(probe.to),
                       {writer.selected(probe.to)});
}

std::string attend(const Probe &probe) {
  Writer writer{probe};
  writer.operand("q", writer.query(kKvHeads * probe.group, probe.headDim));
  writer.operand("k", writer.cache(true, probe.headDim));
  writer.operand("v", writer.cache(true, probe.headDim));
  writer.operand("s", writer.selected(probe.selection));
  writer.batch();
  return writer.finish(
      "msa.attend %q, %k, %v, %s", blockSize(probe) + ", selection = " + Writer::contract(probe.selection),
      {writer.query(kKvHeads * probe.group, probe.headDim), tensor({"?", number(kKvHeads * probe.group)}, "f32")});
}

std::string combine(const Probe &probe) {
  Writer writer{probe};
  std::string heads = number(kKvHeads * probe.group), dim = number(probe.headDim), splits = number(probe.splits);
  writer.operand("p", tensor({splits, "?", heads, dim}, "f32"));
  writer.operand("l", tensor({splits, "?", heads}, "f32"));
  return writer.finish("msa.combine %p, %l", "", {tensor({"?", heads, dim}, probe.dtype), tensor({"?", heads}, "f32")});
}

std::string attention(const Probe &probe) {
  Writer writer{probe};
  writer.operand("q", writer.query(kKvHeads * probe.group, probe.headDim));
  writer.operand("k", writer.cache(true, probe.headDim));
  writer.operand("v", writer.cache(true, probe.headDim));
  writer.operand("iq", writer.query(kKvHeads, probe.indexDim));
  writer.operand("ik", writer.cache(false, probe.indexDim));
  writer.batch();
  return writer.finish("msa.attention %q, %k, %v index(%iq, %ik)", blockSize(probe) + topk(probe),
                       {writer.query(kKvHeads * probe.group, probe.headDim)});
}

int64_t integer(const std::string &text) { return std::stoll(text); }
} // namespace

const std::vector<ProbedOp> &probedOps() {
  static const std::vector<ProbedOp> ops = {
      {"index_scores", indexScores, {"element type", "block_size", "index_dim", "page_size", "queries", "keys"}},
      {"select_blocks, from scores", selectFromScores, {"block_size", "topk", "selection", "queries"}},
      {"select_blocks, from index queries and keys",
       selectFused,
       {"element type", "block_size", "topk", "index_dim", "page_size", "selection", "queries", "keys"}},
      {"transpose_selection", transposeSelection, {"topk", "layout", "queries"}},
      {"relayout_selection", relayoutSelection, {"topk", "layout", "to"}},
      {"attend",
       attend,
       {"element type", "block_size", "topk", "group", "head_dim", "page_size", "layout", "queries", "keys"}},
      {"combine", combine, {"element type", "group", "head_dim", "splits"}},
      {"attention",
       attention,
       {"element type", "block_size", "topk", "group", "head_dim", "index_dim", "page_size", "queries", "keys"}},
  };
  return ops;
}

const std::vector<ProbeAxis> &probeAxes() {
  static const std::vector<ProbeAxis> axes = {
      {"element type", {"bf16", "f16", "f32"}, [](Probe &p, const std::string &v) { p.dtype = v; }},
      {"block_size",
       {"16", "32", "48", "64", "80", "112", "128", "176", "240", "256"},
       [](Probe &p, const std::string &v) { p.pageSize = p.blockSize = integer(v); }},
      {"topk",
       {"1", "2", "3", "16", "17", "32", "33", "64"},
       [](Probe &p, const std::string &v) { p.topk = integer(v); }},
      {"group",
       {"1", "2", "3", "4", "8", "16", "17", "32", "33", "64"},
       [](Probe &p, const std::string &v) { p.group = integer(v); }},
      {"head_dim", {"64", "96", "128", "192", "256"}, [](Probe &p, const std::string &v) { p.headDim = integer(v); }},
      {"index_dim", {"64", "96", "128", "192", "256"}, [](Probe &p, const std::string &v) { p.indexDim = integer(v); }},
      {"page_size",
       {"1", "2", "4", "8", "16", "32", "64", "128", "256", "1024"},
       [](Probe &p, const std::string &v) { p.pageSize = integer(v); }},
      {"splits", {"1", "2", "3", "16", "64"}, [](Probe &p, const std::string &v) { p.splits = integer(v); }},
      {"queries", {"ragged", "even", "dense"}, [](Probe &p, const std::string &v) { p.queries = v; }},
      {"keys", {"packed", "dense", "paged"}, [](Probe &p, const std::string &v) { p.keys = v; }},
      {"selection",
       {"hqk/ascending", "hqk/score", "hqk/local_last", "qhk/ascending", "qhk/score", "qhk/local_last"},
       [](Probe &p, const std::string &v) { p.selection = v; }},
      {"layout",
       {"hqk/ascending", "hqk/any", "qhk/ascending", "qhk/any"},
       [](Probe &p, const std::string &v) { p.selection = v; }},
      {"to",
       {"hqk/ascending", "hqk/local_last", "hqk/any", "qhk/ascending", "qhk/local_last", "qhk/any"},
       [](Probe &p, const std::string &v) { p.to = v; }},
  };
  return axes;
}

} // namespace mlir::msa
