#include "TestTensors.h"
using namespace msa::reference;

namespace {

/// One request, one head, dim 1, all queries 1: the score of a key is its value (scale 1).
struct OneHead {
  Data query, key;
  IndexScoresArgs args;
  OneHead(int64_t numQueries, const std::vector<double> &keys, int64_t blockSize)
      : query(Element::F32, {numQueries, 1, 1}, std::vector<double>(numQueries, 1.0)),
        key(Element::F32, {int64_t(keys.size()), 1}, keys) {
    args.indexQuery = query;
    args.indexKey = key;
    args.blockSize = blockSize;
    args.softmaxScale = 1;
  }
};

std::vector<double> select(const SelectBlocksArgs &args, int64_t heads, int64_t totalQ,
                           std::vector<double> *scores = nullptr) {
  Data selected(Element::I32, {heads, totalQ, args.topk}), selectedScores(Element::F32, {heads, totalQ, args.topk});
  EXPECT_EQ(selectBlocks(args, selected, selectedScores), "");
  if (scores) *scores = selectedScores.values();
  return selected.values();
}

using Values = std::vector<double>;

} // namespace

TEST(IndexScores, MaxOverVisibleKeysOfABlock) {
  OneHead one(2, {3, 1, -2, -5, 7}, 2); // queries at positions 3 and 4
  Data scores(Element::F32, {1, 2, 3});
  EXPECT_EQ(indexScores(one.args, scores), "");
  EXPECT_EQ(scores.values(), (Values{3, -2, -kInf, 3, -2, 7}));
  one.args.causal = false;
  EXPECT_EQ(indexScores(one.args, scores), "");
  EXPECT_EQ(scores.values(), (Values{3, -2, 7, 3, -2, 7}));
}

TEST(IndexScores, DefaultScaleAndNan) {
  Data query(Element::F32, {1, 1, 4}, {1, 1, 1, 1}),
      key(Element::F32, {3, 4}, {1, 2, 3, 4, NAN, 0, 0, 0, -8, -8, -8, -8});
  IndexScoresArgs args;
  args.indexQuery = query, args.indexKey = key, args.blockSize = 1;
  Data scores(Element::F32, {1, 1, 3});
  EXPECT_EQ(indexScores(args, scores), "");
  EXPECT_EQ(scores.values(), (Values{5, -kInf, -16})); // 10 / sqrt(4); NaN counts as -inf
}

TEST(IndexScores, PagedStridedAndDenseAgreeWithPacked) {
  const int64_t heads = 2, dim = 8, kvLen = 37, pageSize = 4, numPages = 15;
  Data query = integers(Element::BF16, {3, heads, dim}, 1), packed = integers(Element::BF16, {kvLen, dim}, 2);
  IndexScoresArgs args;
  args.indexQuery = query, args.indexKey = packed, args.blockSize = 8;
  Data want(Element::F32, {heads, 3, 5});
  ASSERT_EQ(indexScores(args, want), "");

  Data pages(Element::BF16, {numPages, pageSize, 2 * dim}), table(Element::I32, {1, 12}),
      lens = ints({1}, {double(kvLen)});
  Tensor view = (*pages).slice({0, 0, dim}, {-1, -1, dim}); // the second half of an interleaved cache
  for (int64_t page = 0; page < 12; ++page)
    (*table).set(page, page < 10 ? double((page * 7 + 3) % numPages) : -99); // unused entries are free
  for (int64_t j = 0; j < kvLen; ++j)
    for (int64_t d = 0; d < dim; ++d)
      view.set(view.offset({int64_t((*table).get(j / pageSize)), j % pageSize, d}), (*packed).at({j, d}));
  args.indexKey = view, args.batch.pageTable = table, args.batch.sequsedK = lens;
  Data paged(Element::F32, {heads, 3, 6});
  ASSERT_EQ(indexScores(args, paged), "");
  EXPECT_EQ(largestDifference((*paged).slice({}, {-1, -1, 5}), want), 0);
  EXPECT_EQ((*paged).at({0, 0, 5}), -kInf);

  IndexScoresArgs denseArgs = args;
  denseArgs.batch = {};
  denseArgs.indexKey = Tensor((*packed).data, Element::BF16, {1, kvLen, dim});
  denseArgs.indexQuery = Tensor((*query).data, Element::BF16, {1, 3, heads, dim});
  Data dense(Element::F32, {heads, 3, 5});
  ASSERT_EQ(indexScores(denseArgs, dense), "");
  EXPECT_EQ(largestDifference(dense, want), 0);
}

TEST(SelectBlocks, BestScoresAscendingLocalForced) {
  OneHead one(1, {5, 1, 9, 7, 2, 0}, 1);
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 3;
  Values scores;
  EXPECT_EQ(select(args, 1, 1, &scores), (Values{2, 3, 5})); // 9, 7 and its own block with the worst score of all
  EXPECT_EQ(scores, (Values{9, 7, 0}));
  args.selection.order = SelectionOrder::Score;
  EXPECT_EQ(select(args, 1, 1, &scores), (Values{2, 3, 5}));
  EXPECT_EQ(scores, (Values{9, 7, 0}));
  OneHead rising(1, {1, 2, 3, 3, 9}, 1);
  args.index = rising.args;
  EXPECT_EQ(select(args, 1, 1), (Values{4, 2, 3}));
  args.index = one.args;
  args.sinkBlocks = 1, args.selection.order = SelectionOrder::Ascending;
  EXPECT_EQ(select(args, 1, 1), (Values{0, 2, 5}));
  args.sinkBlocks = 0, args.localBlocks = 2;
  EXPECT_EQ(select(args, 1, 1), (Values{2, 4, 5}));
}

TEST(SelectBlocks, TiesGoToTheLowerId) {
  OneHead one(1, Values(9, 4.0), 1);
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 4;
  EXPECT_EQ(select(args, 1, 1), (Values{0, 1, 2, 8}));
  OneHead zeros(1, {-0.0, 0.0, -0.0, 0.0, 1, 0}, 1); // -0 and 0 are equal
  args.index = zeros.args;
  EXPECT_EQ(select(args, 1, 1), (Values{0, 1, 4, 5}));
}

TEST(SelectBlocks, FewBlocksAndSuffix) {
  OneHead one(1, {5, 1, 9}, 2);
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 4;
  Values scores;
  EXPECT_EQ(select(args, 1, 1, &scores), (Values{0, 1, -1, -1}));
  EXPECT_EQ(scores, (Values{5, 9, -kInf, -kInf}));
}

TEST(SelectBlocks, NonCausalLocalBlockAndLocalLast) {
  OneHead one(2, {5, 1, 9, 7}, 1); // positions 2 and 3
  one.args.causal = false;
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 2, args.selection.order = SelectionOrder::LocalLast;
  EXPECT_EQ(select(args, 1, 2), (Values{3, 2, 2, 3}));
}

TEST(SelectBlocks, RaggedRowsIncludingEmptyOnes) {
  // Requests: no query; 3 queries over 1 key (two rows see nothing); 1 query over nothing; 1 query over 5 keys.
  Data cuQ = ints({5}, {0, 0, 3, 4, 5}), lens = ints({4}, {4, 1, 0, 5}), cuK = ints({5}, {0, 4, 5, 5, 10});
  OneHead one(5, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 2);
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 2;
  args.index.batch.cuSeqlensQ = cuQ, args.index.batch.cuSeqlensK = cuK, args.index.batch.sequsedK = lens;
  EXPECT_EQ(select(args, 1, 5), (Values{-1, -1, -1, -1, 0, -1, -1, -1, 1, 2}));
}

TEST(SelectBlocks, FromScoresEqualsFused) {
  Data query = integers(Element::F16, {5, 3, 16}, 3), key = integers(Element::F16, {200, 16}, 4),
       lens = ints({1}, {200});
  SelectBlocksArgs fused;
  fused.index.indexQuery = query, fused.index.indexKey = key, fused.index.blockSize = 16;
  fused.topk = 5, fused.sinkBlocks = 1, fused.localBlocks = 2, fused.selection.layout = SelectionLayout::QHK;
  Data scores(Element::F32, {3, 5, 13});
  ASSERT_EQ(indexScores(fused.index, scores), "");
  SelectBlocksArgs split = fused;
  split.scores = scores, split.index = {}, split.index.blockSize = 16, split.index.batch.sequsedK = lens;
  Data a(Element::I32, {5, 3, 5}), b(Element::I32, {5, 3, 5});
  ASSERT_EQ(selectBlocks(fused, a, {}), "");
  ASSERT_EQ(selectBlocks(split, b, {}), "");
  EXPECT_EQ(a.values(), b.values());
  split.index.batch = {};
  EXPECT_EQ(check(split), "expects seqused_k or cu_seqlens_k where there are no keys, but there is neither");
}

TEST(SelectBlocks, OnlyTheRowsAskedFor) {
  OneHead one(3, {5, 1, 9}, 1);
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 1;
  Data selected(Element::I32, {1, 3, 1}, {77, 77, 77});
  std::vector<int64_t> rows = {1};
  EXPECT_EQ(selectBlocks(args, selected, {}, {&rows, 2}), "");
  EXPECT_EQ(selected.values(), (Values{77, 1, 77}));
}

TEST(Select, ErrorsNameBothValues) {
  OneHead one(2, {5, 1, 9}, 1);
  SelectBlocksArgs args;
  args.index = one.args, args.topk = 2, args.sinkBlocks = 2;
  EXPECT_EQ(check(args), "expects at most 2 forced blocks (topk), but sink_blocks + local_blocks is 3");
  args.sinkBlocks = 0;
  Data cuQ = ints({3}, {0, 2, 1});
  args.index.batch.cuSeqlensQ = cuQ;
  EXPECT_EQ(check(args), "'cu_seqlens_q': expects ascending values, but [2] is 1 after 2");
  Data longQ = ints({2}, {0, 9});
  args.index.batch.cuSeqlensQ = longQ;
  EXPECT_EQ(check(args), "'cu_seqlens_q': expects at most 2 tokens, but [1] is 9");
  Data lens = ints({1}, {4});
  args.index.batch = {};
  args.index.batch.sequsedK = lens;
  EXPECT_EQ(check(args), "'seqused_k': expects 0 to 3 keys, but [0] is 4");
  Data pages(Element::F32, {2, 2, 1}), table = ints({1, 2}, {1, 2}), negative = ints({1, 2}, {-1, 0});
  args.index.indexKey = pages, args.index.batch.pageTable = table;
  EXPECT_EQ(check(args), "'page_table': expects pages below 2, but [0, 1] is 2");
  args.index.batch.pageTable = negative;
  EXPECT_EQ(check(args), "'page_table': expects pages from 0 on, but [0, 0] is -1");
  Data two = ints({2}, {1, 1});
  args.index.batch.sequsedK = two;
  EXPECT_EQ(check(args), "'seqused_k': expects 1 requests, as other operands have, but it has 2");
}

TEST(Selection, RowChecks) {
  auto problem = [](const Values &row, SelectionOrder order = SelectionOrder::Any) {
    Data data = ints({1, 1, 4}, row);
    return checkSelectionRow({data, SelectionLayout::HQK}, order, 0, 0, 8);
  };
  EXPECT_EQ(problem({7, 0, 3, -1}), "");
  EXPECT_EQ(problem({-1, -1, -1, -1}), "");
  EXPECT_EQ(problem({7, 0, 7, -1}), "'selected': expects each block once, but [0, 0, 2] is 7 again");
  EXPECT_EQ(problem({7, 8, -1, -1}), "'selected': expects blocks below 8, but [0, 0, 1] is 8");
  EXPECT_EQ(problem({7, -2, -1, -1}), "'selected': expects blocks from 0 on, and -1 behind them, but [0, 0, 1] is -2");
  EXPECT_EQ(problem({7, -1, 3, -1}), "'selected': expects -1 only as a suffix, but [0, 0, 2] is 3 after one");
  EXPECT_EQ(problem({7, 3, -1, -1}, SelectionOrder::Ascending),
            "'selected': expects ascending blocks, but [0, 0, 1] is 3 after 7");
}

TEST(Selection, TransposeListsTheQueriesOfEachBlock) {
  Data selected = ints({1, 3, 2}, {1, 0, 1, -1, 0, 1}), offsets(Element::I32, {1, 5}), ids(Element::I32, {1, 6});
  Data cuQ = ints({3}, {0, 2, 3});
  TransposeSelectionArgs args{selected, {SelectionLayout::HQK, SelectionOrder::Any}, cuQ, 2, 2};
  EXPECT_EQ(transposeSelection(args, {offsets, ids}), "");
  EXPECT_EQ(offsets.values(), (Values{0, 1, 3, 4, 5}));
  EXPECT_EQ(ids.values(), (Values{0, 0, 1, 2, 2, -1}));
}

TEST(Selection, TransposeSharesListsOutInEqualParts) {
  // Seven tokens chose block 1, in slots 0 and 1; with at most 3 a part and a cut at token 5 that is 3 + 2 and 2.
  Data selected = ints({1, 7, 2}, {1, -1, 0, 1, 1, -1, 1, 0, 1, -1, 1, -1, 1, -1});
  Data offsets(Element::I32, {1, 3}), ids(Element::I32, {1, 14}), slots(Element::I32, {1, 14});
  TransposeSelectionArgs args{selected, {SelectionLayout::HQK, SelectionOrder::Any}, {}, 2, 1, 3, 5};
  ASSERT_EQ(worklistCapacity(args), 14 / 3 + 6);
  Data worklist(Element::I32, {10, 4}), numItems(Element::I32, {1});
  ASSERT_EQ(transposeSelection(args, {offsets, ids, slots, worklist, numItems}), "");
  EXPECT_EQ(ids.values(), (Values{1, 3, 0, 1, 2, 3, 4, 5, 6, -1, -1, -1, -1, -1}));
  EXPECT_EQ(slots.values(), (Values{0, 1, 0, 1, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1}));
  EXPECT_EQ(numItems.values(), (Values{4}));
  Values items = {0, 0, 0, 2, 0, 1, 2, 3, 0, 1, 5, 2, 0, 1, 7, 2};
  items.resize(40, -1);
  EXPECT_EQ(worklist.values(), items);
}

TEST(Selection, TransposeKeepsEveryPairOnce) {
  OneHead one(20, Values(100, 1.0), 4);
  SelectBlocksArgs select;
  select.index = one.args, select.topk = 6, select.selection.layout = SelectionLayout::QHK;
  Data selected(Element::I32, {20, 1, 6}), offsets(Element::I32, {1, 26}), ids(Element::I32, {1, 120});
  ASSERT_EQ(selectBlocks(select, selected, {}), "");
  ASSERT_EQ(transposeSelection({selected, select.selection, {}, 25, 1}, {offsets, ids}), "");
  std::vector<Values> back(20);
  for (int64_t block = 0; block < 25; ++block)
    for (int64_t i = int64_t((*offsets).get(block)); i < int64_t((*offsets).get(block + 1)); ++i)
      back[int64_t((*ids).get(i))].push_back(double(block));
  for (int64_t token = 0; token < 20; ++token)
    for (int64_t slot = 0; slot < 6; ++slot)
      EXPECT_EQ((*selected).at({token, 0, slot}), slot < int64_t(back[token].size()) ? back[token][slot] : -1);
}

TEST(Selection, Relayout) {
  Data qhk = ints({2, 1, 3}, {5, 2, 9, 4, 1, -1}), hqk(Element::I32, {1, 2, 3});
  RelayoutSelectionArgs args{qhk, {SelectionLayout::QHK, SelectionOrder::Any}, {}};
  EXPECT_EQ(relayoutSelection(args, hqk), "");
  EXPECT_EQ(hqk.values(), (Values{2, 5, 9, 1, 4, -1}));
  args.to.order = SelectionOrder::Any;
  EXPECT_EQ(relayoutSelection(args, hqk), "");
  EXPECT_EQ(hqk.values(), (Values{5, 2, 9, 4, 1, -1}));
  EXPECT_TRUE(parseSelection("qhk/local_last"));
  EXPECT_FALSE(parseSelection("khq/any"));
}
