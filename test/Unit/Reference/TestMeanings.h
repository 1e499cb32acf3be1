//===- TestMeanings.h - programs of nothing but meaning ---------*- C++ -*-===//
#ifndef MSA_TEST_UNIT_REFERENCE_TESTMEANINGS_H
#define MSA_TEST_UNIT_REFERENCE_TESTMEANINGS_H
#include "msa/Artifact/Manifest.h"

namespace msa {

inline MeaningOp meaningOp(const char *name, std::map<std::string, int> operands, std::vector<int> results,
                           std::map<std::string, int64_t> integers) {
  MeaningOp op;
  op.op = name;
  op.operands = std::move(operands);
  op.results = std::move(results);
  op.integers = std::move(integers);
  return op;
}

/// Whole decode over a paged, interleaved cache: q, kv, iq, ik, pages, lens -> selection, output, lse.
inline Program decodeMeaning(Dtype dtype = Dtype::BF16) {
  Program program;
  Expr totalQ = Expr::dim(0, 0);
  program.arguments = {{"q", dtype, {kDynamic, 4, 16}, false, {}},
                       {"kv", dtype, {kDynamic, 2, 8, 32}, false, {}},
                       {"index_query", dtype, {kDynamic, 2, 8}, false, {}},
                       {"index_key", dtype, {kDynamic, 8, 8}, false, {}},
                       {"page_table", Dtype::I32, {kDynamic, kDynamic}, false, {}},
                       {"seqused_k", Dtype::I32, {kDynamic}, false, {}},
                       {"out0", Dtype::I32, {2, kDynamic, 4}, true, {Expr::constant(2), totalQ, Expr::constant(4)}},
                       {"out1", dtype, {kDynamic, 4, 16}, true, {totalQ, Expr::constant(4), Expr::constant(16)}},
                       {"out2", Dtype::F32, {kDynamic, 4}, true, {totalQ, Expr::constant(4)}}};
  MeaningOp key = meaningOp("slice", {{"source", 1}}, {9}, {}), value = meaningOp("slice", {{"source", 1}}, {10}, {});
  key.offsets = {0, 0, 0, 0}, value.offsets = {0, 0, 0, 16};
  key.sizes = value.sizes = {kDynamic, 2, 8, 16};
  program.meaning = {
      key, value,
      meaningOp("select_blocks", {{"index_query", 2}, {"index_key", 3}, {"page_table", 4}, {"seqused_k", 5}}, {6},
                {{"block_size", 16}, {"topk", 4}, {"sink_blocks", 1}, {"causal", 1}}),
      meaningOp("attend",
                {{"query", 0}, {"key", 9}, {"value", 10}, {"selected", 6}, {"page_table", 4}, {"seqused_k", 5}}, {7, 8},
                {{"block_size", 16}, {"causal", 1}})};
  return program;
}

/// Self prefill, one cu_seqlens for queries and keys, the selection given: q, k, v, selection, cu -> output.
inline Program prefillMeaning(const char *order = "any") {
  Program program;
  program.arguments = {
      {"q", Dtype::F16, {kDynamic, 4, 16}, false, {}},
      {"k", Dtype::F16, {kDynamic, 2, 16}, false, {}},
      {"v", Dtype::F16, {kDynamic, 2, 16}, false, {}},
      {"selection", Dtype::I32, {kDynamic, 2, 3}, false, {}},
      {"cu_seqlens", Dtype::I32, {kDynamic}, false, {}},
      {"out0", Dtype::F16, {kDynamic, 4, 16}, true, {Expr::dim(0, 0), Expr::constant(4), Expr::constant(16)}}};
  program.meaning = {meaningOp(
      "attend", {{"query", 0}, {"key", 1}, {"value", 2}, {"selected", 3}, {"cu_seqlens_q", 4}, {"cu_seqlens_k", 4}},
      {5}, {{"block_size", 16}, {"causal", 1}})};
  program.meaning[0].strings["selection"] = std::string("qhk/") + order;
  return program;
}

/// Dense batch of static sizes: q, k, v, selection -> partial, partial LSE.
inline Program denseMeaning() {
  Program program;
  program.arguments = {
      {"q", Dtype::F32, {2, 3, 2, 16}, false, {}},
      {"k", Dtype::F32, {2, 50, 1, 16}, false, {}},
      {"v", Dtype::F32, {2, 50, 1, 16}, false, {}},
      {"selection", Dtype::I32, {1, 6, 5}, false, {}},
      {"out0",
       Dtype::F32,
       {2, 6, 2, 16},
       true,
       {Expr::constant(2), Expr::constant(6), Expr::constant(2), Expr::constant(16)}},
      {"out1", Dtype::F32, {2, 6, 2}, true, {Expr::constant(2), Expr::constant(6), Expr::constant(2)}}};
  program.meaning = {meaningOp("attend", {{"query", 0}, {"key", 1}, {"value", 2}, {"selected", 3}}, {4, 5},
                               {{"block_size", 16}, {"causal", 0}, {"splits", 2}})};
  return program;
}

/// Selection from scores with lengths: scores, cu_seqlens_q, seqused_k -> selection, its scores.
inline Program scoresMeaning() {
  Program program;
  std::vector<Expr> shape = {Expr::constant(3), Expr::dim(0, 1), Expr::constant(4)};
  program.arguments = {{"scores", Dtype::F32, {3, kDynamic, kDynamic}, false, {}},
                       {"cu_seqlens_q", Dtype::I32, {kDynamic}, false, {}},
                       {"seqused_k", Dtype::I32, {kDynamic}, false, {}},
                       {"out0", Dtype::I32, {3, kDynamic, 4}, true, shape},
                       {"out1", Dtype::F32, {3, kDynamic, 4}, true, shape}};
  program.meaning = {meaningOp("select_blocks", {{"scores", 0}, {"cu_seqlens_q", 1}, {"seqused_k", 2}}, {3, 4},
                               {{"block_size", 16}, {"topk", 4}, {"causal", 1}})};
  return program;
}

/// combine: partial, partial LSE -> output, LSE.
inline Program combineMeaning() {
  Program program;
  program.arguments = {
      {"partial", Dtype::F32, {kDynamic, kDynamic, 2, 16}, false, {}},
      {"partial_lse", Dtype::F32, {kDynamic, kDynamic, 2}, false, {}},
      {"out0", Dtype::BF16, {kDynamic, 2, 16}, true, {Expr::dim(0, 1), Expr::constant(2), Expr::constant(16)}},
      {"out1", Dtype::F32, {kDynamic, 2}, true, {Expr::dim(0, 1), Expr::constant(2)}}};
  program.meaning = {meaningOp("combine", {{"partial", 0}, {"partial_lse", 1}}, {2, 3}, {})};
  return program;
}

} // namespace msa
#endif
