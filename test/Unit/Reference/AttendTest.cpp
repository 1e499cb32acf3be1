#include "TestTensors.h"
using namespace msa::reference;
using Values = std::vector<double>;

namespace {

/// A ragged paged problem with everything in it; `attend` runs it.
struct Problem {
  int64_t kvHeads = 2, group = 3, dim = 16, blockSize = 8, maxBlocks = 8, pageSize = 4;
  Data query = normal(Element::F32, {7, 6, 16}, 1), key = normal(Element::F32, {40, 2, 4, 16}, 2),
       value = normal(Element::F32, {40, 2, 4, 16}, 3);
  Data cuQ = ints({5}, {0, 1, 1, 5, 7}), lens = ints({4}, {64, 9, 17, 0}), table{Element::I32, {4, 16}};
  Data all{Element::I32, {2, 7, 8}};
  AttendArgs args;
  Problem() {
    for (int64_t i = 0; i < 64; ++i) (*table).set(i, double((i * 17 + 5) % 40));
    for (int64_t i = 0; i < (*all).numElements(); ++i) (*all).set(i, double(i % 8));
    args.query = query, args.key = key, args.value = value, args.selected = all;
    args.batch = {*cuQ, {}, *table, *lens};
    args.blockSize = blockSize;
  }
  Data outputOf(const AttendArgs &what, Data *lse = nullptr) {
    Data output(Element::F64, {7, 6, 16}), lses(Element::F64, {7, 6});
    EXPECT_EQ(attend(what, output, lses), "");
    if (lse) *lse = std::move(lses);
    return output;
  }
};

} // namespace

TEST(Attend, TwoKeysByHand) {
  Data query(Element::F32, {1, 1, 2}, {1, 0}), key(Element::F32, {2, 1, 2}, {std::log(3.0), 5, 0, -5}),
      value(Element::F32, {2, 1, 2}, {4, 8, 0, 4});
  Data selected = ints({1, 1, 1}, {0}), output(Element::F64, {1, 1, 2}), lse(Element::F64, {1, 1});
  AttendArgs args;
  args.query = query, args.key = key, args.value = value, args.selected = selected, args.blockSize = 2,
  args.softmaxScale = 1;
  EXPECT_EQ(attend(args, output, lse), "");
  EXPECT_NEAR((*output).get(0), 3, 1e-6); // weights 3/4 and 1/4
  EXPECT_NEAR((*output).get(1), 7, 1e-6);
  EXPECT_NEAR((*lse).get(0), std::log(4.0), 1e-6);
}

TEST(Attend, AllBlocksIsDenseSoftmax) {
  Problem p;
  Data lse(Element::F64, {7, 6}), output = p.outputOf(p.args, &lse);
  // Request 2: tokens 1..4, 17 keys, positions 13..16.
  for (int64_t token = 1; token < 5; ++token)
    for (int64_t head = 0; head < 6; ++head) {
      int64_t position = 17 - 4 + token - 1;
      std::vector<double> weights;
      double sum = 0;
      for (int64_t j = 0; j <= position; ++j) {
        int64_t page = int64_t((*p.table).at({2, j / 4}));
        double score = 0;
        for (int64_t d = 0; d < 16; ++d)
          score += (*p.query).at({token, head, d}) * (*p.key).at({page, head / 3, j % 4, d});
        weights.push_back(std::exp(score / 4));
        sum += weights.back();
      }
      EXPECT_NEAR((*lse).at({token, head}), std::log(sum), 1e-9);
      for (int64_t d = 0; d < 16; ++d) {
        double want = 0;
        for (int64_t j = 0; j <= position; ++j)
          want += weights[j] / sum * (*p.value).at({int64_t((*p.table).at({2, j / 4})), head / 3, j % 4, d});
        EXPECT_NEAR((*output).at({token, head, d}), want, 1e-9);
      }
    }
}

TEST(Attend, EmptyRowsGiveZeroAndMinusInfinity) {
  Problem p;
  Data lse(Element::F64, {7, 6}), output = p.outputOf(p.args, &lse); // request 3 has two queries and no key
  for (int64_t head = 0; head < 6; ++head) {
    EXPECT_EQ((*lse).at({5, head}), -kInf);
    EXPECT_EQ((*output).at({6, head, 3}), 0);
  }
  Data none = ints({2, 7, 8}, Values(112, -1));
  p.args.selected = none;
  output = p.outputOf(p.args, &lse);
  EXPECT_EQ(output.values(), Values(7 * 6 * 16, 0.0));
  EXPECT_EQ(lse.values(), Values(42, -kInf));
}

TEST(Attend, MoreQueriesThanKeys) {
  Data query = normal(Element::F32, {3, 1, 4}, 1), key = normal(Element::F32, {1, 1, 4}, 2),
       selected = ints({1, 3, 1}, {0, 0, 0});
  Data output(Element::F64, {3, 1, 4}), lse(Element::F64, {3, 1});
  AttendArgs args;
  args.query = query, args.key = key, args.value = key, args.selected = selected, args.blockSize = 1;
  ASSERT_EQ(attend(args, output, lse), "");
  EXPECT_EQ((*lse).get(0), -kInf);
  EXPECT_EQ((*lse).get(1), -kInf);
  for (int64_t d = 0; d < 4; ++d) EXPECT_NEAR((*output).at({2, 0, d}), (*key).get(d), 1e-12);
  args.causal = false;
  ASSERT_EQ(attend(args, output, lse), "");
  for (int64_t d = 0; d < 4; ++d) EXPECT_NEAR((*output).at({0, 0, d}), (*key).get(d), 1e-12);
}

TEST(Attend, OrderOfIdsAndLayoutDoNotMatter) {
  Problem p;
  Data want = p.outputOf(p.args);
  Data shuffled(Element::I32, {7, 2, 8});
  for (int64_t token = 0; token < 7; ++token)
    for (int64_t head = 0; head < 2; ++head)
      for (int64_t slot = 0; slot < 8; ++slot)
        (*shuffled).set((*shuffled).offset({token, head, slot}), double((slot * 3 + token) % 8));
  p.args.selected = shuffled, p.args.selection = {SelectionLayout::QHK, SelectionOrder::Any};
  EXPECT_LT(largestDifference(p.outputOf(p.args), want), 1e-12);
}

TEST(Attend, CombineOfSplitsIsUnsplit) {
  Problem p;
  Data wantLse(Element::F64, {7, 6}), want = p.outputOf(p.args, &wantLse);
  for (int64_t splits : {1, 3, 8, 11}) {
    AttendArgs args = p.args;
    args.splits = splits;
    Data partial(Element::F32, {splits, 7, 6, 16}), partialLse(Element::F32, {splits, 7, 6}),
        output(Element::F64, {7, 6, 16}), lse(Element::F64, {7, 6});
    ASSERT_EQ(attend(args, partial, partialLse), "");
    for (int64_t i = 0; i < (*partialLse).numElements(); ++i) // an empty partial may hold anything
      if ((*partialLse).get(i) == -kInf) (*partial).set(i * 16, NAN);
    ASSERT_EQ(combine({partial, partialLse}, output, lse), "");
    EXPECT_LT(largestDifference(output, want), 1e-6) << splits;
    EXPECT_LT(largestDifference(lse, wantLse), 1e-6) << splits;
  }
}

TEST(Attend, RowsAndThreadsDoNotChangeResults) {
  Problem p;
  Data want = p.outputOf(p.args);
  for (int threads : {1, 2, 5}) {
    Data output(Element::F64, {7, 6, 16}, Values(7 * 6 * 16, -7));
    std::vector<int64_t> rows = {2, 0};
    ASSERT_EQ(attend(p.args, output, {}, {&rows, threads}), "");
    for (int64_t token = 0; token < 7; ++token)
      for (int64_t d = 0; d < 16; ++d)
        EXPECT_EQ((*output).at({token, 5, d}), token == 0 || token == 2 ? (*want).at({token, 5, d}) : -7);
  }
}

TEST(Attend, SelectionErrors) {
  Problem p;
  (*p.all).set((*p.all).offset({1, 3, 7}), 8);
  Data output(Element::F64, {7, 6, 16});
  p.args.selection.order = SelectionOrder::Any;
  EXPECT_EQ(attend(p.args, output, {}), "'selected': expects blocks below 8, but [1, 3, 7] is 8");
  (*p.all).set((*p.all).offset({1, 3, 7}), 0);
  EXPECT_EQ(attend(p.args, output, {}), "'selected': expects each block once, but [1, 3, 7] is 0 again");
  std::vector<int64_t> rows = {1};
  EXPECT_EQ(attend(p.args, output, {}, {&rows}), "");
  Data wrong(Element::F64, {7, 6, 8});
  EXPECT_EQ(attend(p.args, wrong, {}, {&rows}), "expects an output of shape [7, 6, 16], but it is [7, 6, 8]");
}
