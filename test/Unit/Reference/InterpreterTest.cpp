#include "msa/Reference/Interpreter.h"
#include "TestTensors.h"
using namespace msa;
using namespace msa::reference;

namespace {

MeaningOp op(const char *name, std::map<std::string, int> operands, std::vector<int> results) {
  MeaningOp result;
  result.op = name;
  result.operands = std::move(operands);
  result.results = std::move(results);
  result.integers = {{"block_size", 4}, {"topk", 2}};
  return result;
}

/// index_scores -> select_blocks -> relayout -> attend (2 splits) -> combine, K|V interleaved, the selection an output too.
Program chain() {
  Program program;
  program.arguments = {{"q", Dtype::F32, {6, 4, 8}, false, {}},  {"kv", Dtype::F32, {20, 2, 16}, false, {}},
                       {"iq", Dtype::F32, {6, 2, 8}, false, {}}, {"ik", Dtype::F32, {20, 8}, false, {}},
                       {"lens", Dtype::I32, {1}, false, {}},     {"sel", Dtype::I32, {6, 2, 2}, true, {}},
                       {"out", Dtype::F32, {6, 4, 8}, true, {}}};
  MeaningOp key = op("slice", {{"source", 1}}, {7}), value = op("slice", {{"source", 1}}, {8});
  key.offsets = {0, 0, 0}, value.offsets = {0, 0, 8}, key.sizes = value.sizes = {kDynamic, kDynamic, 8};
  MeaningOp scores = op("index_scores", {{"index_query", 2}, {"index_key", 3}}, {9});
  MeaningOp select = op("select_blocks", {{"scores", 9}, {"seqused_k", 4}}, {5});
  select.strings = {{"selection", "qhk/score"}};
  MeaningOp relayout = op("relayout_selection", {{"selected", 5}}, {10});
  relayout.strings = {{"from", "qhk/score"}, {"to", "hqk/ascending"}};
  MeaningOp attend = op("attend", {{"query", 0}, {"key", 7}, {"value", 8}, {"selected", 10}}, {11, 12});
  attend.integers["splits"] = 2;
  MeaningOp combine = op("combine", {{"partial", 11}, {"partial_lse", 12}}, {6});
  program.meaning = {key, value, scores, select, relayout, attend, combine};
  return program;
}

struct Arguments {
  Data q = normal(Element::F32, {6, 4, 8}, 1), kv = normal(Element::F32, {20, 2, 16}, 2),
       iq = integers(Element::F32, {6, 2, 8}, 3), ik = integers(Element::F32, {20, 8}, 4), lens = ints({1}, {20}),
       sel{Element::I32, {6, 2, 2}}, out{Element::F32, {6, 4, 8}};
  std::vector<Tensor> list() { return {q, kv, iq, ik, lens, sel, out}; }
};

} // namespace

TEST(Interpreter, ChainEqualsItsParts) {
  Program program = chain();
  Arguments arguments;
  Interpreter interpreter(program, arguments.list());
  EXPECT_EQ(interpreter.check(), "");
  ASSERT_EQ(interpreter.run(), "");
  AttendArgs attendArgs;
  Data selected(Element::I32, {2, 6, 2}), output(Element::F64, {6, 4, 8});
  SelectBlocksArgs select;
  select.index = {arguments.iq, arguments.ik, {}, 4, 0, true};
  select.topk = 2;
  ASSERT_EQ(selectBlocks(select, selected, {}), "");
  attendArgs.query = arguments.q, attendArgs.key = (*arguments.kv).slice({}, {-1, -1, 8}),
  attendArgs.value = (*arguments.kv).slice({0, 0, 8}, {-1, -1, 8});
  attendArgs.selected = selected, attendArgs.blockSize = 4;
  ASSERT_EQ(attend(attendArgs, output, {}), "");
  EXPECT_LT(largestDifference(interpreter.expected(6), output), 1e-9);
  EXPECT_EQ(interpreter.expected(10).element, Element::I32);
  EXPECT_EQ(largestDifference(interpreter.expected(10), selected), 0);
}

TEST(Interpreter, RowsAndAdoptedSelection) {
  Program program = chain();
  Arguments arguments;
  for (int64_t i = 0; i < 24; ++i)
    (*arguments.sel).set(i, double(i % 2)); // the program chose blocks 0 and 1 everywhere
  Interpreter interpreter(program, arguments.list());
  interpreter.adoptOutput(5);
  std::vector<int64_t> rows = {3};
  EXPECT_FALSE(interpreter.computesAllRows());
  ASSERT_EQ(interpreter.run({&rows}), "");
  EXPECT_EQ(interpreter.expected(10).at({1, 3, 0}), 0);
  EXPECT_EQ(interpreter.expected(10).at({1, 3, 1}), 1);
  EXPECT_NE(interpreter.expected(6).at({3, 0, 0}), 0);
  EXPECT_EQ(interpreter.expected(6).at({2, 0, 0}), 0);
}

TEST(Interpreter, Roles) {
  Program program = chain();
  std::vector<Role> roles = rolesOf(program);
  EXPECT_EQ(roles, (std::vector<Role>{Role::Query, Role::Key, Role::IndexQuery, Role::IndexKey, Role::SequsedK,
                                      Role::Selection, Role::Output, Role::Key, Role::Value, Role::Scores,
                                      Role::Selection, Role::Partial, Role::PartialLse}));
  EXPECT_EQ(producerOf(program, 6)->op, "combine");
  EXPECT_EQ(producerOf(program, 0), nullptr);
}

TEST(Interpreter, ErrorsNameTheOp) {
  Program program = chain();
  Arguments arguments;
  (*arguments.lens).set(0, 21);
  Interpreter interpreter(program, arguments.list());
  EXPECT_EQ(interpreter.run(), "msa.select_blocks: expects at most 5 blocks, as scores have, but request 0 has 6");
  program.meaning[0].offsets = {0, 0, 9};
  EXPECT_EQ(Interpreter(program, arguments.list()).check(),
            "msa.slice: expects a slice within [20, 2, 16], but it ends at 17 in dimension 2");
}

TEST(Interpreter, TransposeNeedsAllRows) {
  Program program;
  program.arguments = {{"iq", Dtype::F32, {4, 1, 2}, false, {}},
                       {"ik", Dtype::F32, {8, 2}, false, {}},
                       {"offsets", Dtype::I32, {1, 3}, true, {}},
                       {"ids", Dtype::I32, {1, 8}, true, {}}};
  MeaningOp transpose = op("transpose_selection", {{"selected", 4}}, {2, 3});
  transpose.integers = {{"max_blocks", 2}, {"batch", 1}};
  program.meaning = {op("select_blocks", {{"index_query", 0}, {"index_key", 1}}, {4}), transpose};
  Data iq = integers(Element::F32, {4, 1, 2}, 1), ik = integers(Element::F32, {8, 2}, 2), offsets(Element::I32, {1, 3}),
       ids(Element::I32, {1, 8});
  Interpreter interpreter(program, {iq, ik, offsets, ids});
  EXPECT_TRUE(interpreter.computesAllRows());
  std::vector<int64_t> rows = {0};
  ASSERT_EQ(interpreter.run({&rows}), "");
  EXPECT_EQ(interpreter.expected(2).at({0, 2}), 8);
}
