#include "msa/Reference/RandomInputs.h"
#include "TestMeanings.h"
#include "TestTensors.h"
#include <set>
using namespace msa;
using namespace msa::reference;

namespace {
std::vector<double> valuesOf(const Tensor &tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.numElements(); ++i) values.push_back(tensor.get(tensor.offsetOf(i)));
  return values;
}
} // namespace

TEST(RandomInputs, EveryDrawIsValid) {
  const Program programs[] = {decodeMeaning(),
                              decodeMeaning(Dtype::F32),
                              prefillMeaning(),
                              prefillMeaning("ascending"),
                              prefillMeaning("local_last"),
                              denseMeaning(),
                              scoresMeaning(),
                              combineMeaning()};
  for (const Program &program : programs)
    for (uint64_t seed = 0; seed < 40; ++seed) {
      RandomSettings settings;
      settings.seed = seed;
      settings.ragged = seed % 4;
      settings.batch = &program == &programs[5] ? 0 : int64_t(seed % 5) + 1;
      settings.overlap = double(seed % 3) / 2;
      settings.kind = RandomSettings::Kind(seed % 3);
      RandomInputs inputs;
      ASSERT_EQ(inputs.make(program, settings), "") << program.arguments[0].name << ", seed " << seed;
      Interpreter interpreter(program, inputs.tensors());
      ASSERT_EQ(interpreter.run(), "") << program.arguments[0].name << ", seed " << seed << ", " << inputs.summary();
      // Poison that leaks into what should be computed would show as NaN.
      for (size_t i = 0; i < program.arguments.size(); ++i)
        if (program.arguments[i].isOutput && program.arguments[i].dtype != Dtype::I32)
          for (double value : valuesOf(interpreter.expected(int(i))))
            ASSERT_FALSE(std::isnan(value)) << "seed " << seed;
    }
}

TEST(RandomInputs, SameSeedSameBits) {
  RandomSettings settings;
  settings.ragged = true, settings.kind = RandomSettings::Kind::Integers;
  RandomInputs first, second, other;
  ASSERT_EQ(first.make(decodeMeaning(), settings), "");
  ASSERT_EQ(second.make(decodeMeaning(), settings), "");
  for (size_t i : {0, 4, 5}) EXPECT_EQ(valuesOf(first.tensors()[i]), valuesOf(second.tensors()[i]));
  settings.seed = 2;
  ASSERT_EQ(other.make(decodeMeaning(), settings), "");
  EXPECT_NE(valuesOf(first.tensors()[0]), valuesOf(other.tensors()[0]));
}

TEST(RandomInputs, SizesAsAskedFor) {
  RandomSettings settings;
  settings.batch = 3, settings.qLen = 2, settings.kvLen = 100;
  RandomInputs inputs;
  ASSERT_EQ(inputs.make(decodeMeaning(), settings), "");
  EXPECT_EQ(inputs.chosen.shapes[0], (std::vector<int64_t>{6, 4, 16}));
  EXPECT_EQ(inputs.chosen.shapes[4], (std::vector<int64_t>{3, 14}));
  EXPECT_EQ(inputs.chosen.shapes[1], (std::vector<int64_t>{42, 2, 8, 32}));
  EXPECT_EQ(valuesOf(inputs.tensors()[5]), (std::vector<double>{100, 100, 100}));
  EXPECT_EQ(inputs.summary(), "batch 3, q_len 2, kv_len 100");
  settings.sizes = {{"num_pages", 99}, {"total_q", 9}};
  ASSERT_EQ(inputs.make(decodeMeaning(), settings), "");
  EXPECT_EQ(inputs.chosen.shapes[1][0], 99);
  EXPECT_EQ(inputs.chosen.shapes[0][0], 9);
  settings.sizes = {{"total_q", 10}};
  EXPECT_EQ(inputs.make(decodeMeaning(), settings),
            "expects query tokens that 3 requests share equally, but total_q is 10");
}

TEST(RandomInputs, PagesArePermutedAndPoisonedOutsideTheKeys) {
  RandomSettings settings;
  settings.batch = 2, settings.kvLen = 20;
  RandomInputs inputs;
  ASSERT_EQ(inputs.make(decodeMeaning(), settings), "");
  Tensor kv = inputs.tensors()[1], table = inputs.tensors()[4];
  std::set<double> used;
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t i = 0; i < 3; ++i) EXPECT_TRUE(used.insert(table.at({b, i})).second);
  EXPECT_EQ(table.at({0, 3}), -1);
  int64_t last = int64_t(table.at({1, 2})); // keys 16 to 19 of 20: half a page
  EXPECT_FALSE(std::isnan(kv.at({last, 1, 3, 31})));
  EXPECT_TRUE(std::isnan(kv.at({last, 1, 4, 31})));
  for (int64_t page = 0; page < kv.shape[0]; ++page)
    if (!used.count(double(page))) EXPECT_TRUE(std::isnan(kv.at({page, 0, 0, 0})));
  for (double value : valuesOf(inputs.tensors()[7])) ASSERT_TRUE(std::isnan(value)); // outputs too
}

TEST(RandomInputs, OverlapKeepsBlocks) {
  auto kept = [](double overlap) {
    RandomSettings settings;
    settings.batch = 1, settings.kvLen = 2000, settings.overlap = overlap;
    RandomInputs inputs;
    EXPECT_EQ(inputs.make(prefillMeaning(), settings), "");
    Tensor selection = inputs.tensors()[3];
    int64_t same = 0;
    for (int64_t token = 1000; token < 2000; ++token)
      for (int64_t slot = 0; slot < 3; ++slot)
        for (int64_t other = 0; other < 3; ++other)
          same += selection.at({token, 0, slot}) == selection.at({token - 1, 0, other});
    return same;
  };
  EXPECT_LT(kept(0), 1200); // the local block, mostly
  EXPECT_GT(kept(1), 2800);
}

TEST(RandomInputs, NormalDataHasVarianceOne) {
  RandomSettings settings;
  settings.kind = RandomSettings::Kind::Normal, settings.kvLen = 3000, settings.batch = 1;
  RandomInputs inputs;
  ASSERT_EQ(inputs.make(prefillMeaning(), settings), "");
  double sum = 0, square = 0;
  std::vector<double> values = valuesOf(inputs.tensors()[1]);
  for (double value : values) sum += value, square += value * value;
  EXPECT_NEAR(sum / double(values.size()), 0, 0.02);
  EXPECT_NEAR(square / double(values.size()), 1, 0.02);
}

namespace {
/// decodeMeaning with K and V as two arguments: q, k, v, page_table, seqused_k, selection -> output.
Program splitCacheMeaning() {
  Program program;
  program.arguments = {
      {"q", Dtype::BF16, {kDynamic, 4, 16}, false, {}},
      {"k", Dtype::BF16, {kDynamic, 2, 8, 16}, false, {}},
      {"v", Dtype::BF16, {kDynamic, 2, 8, 16}, false, {}},
      {"page_table", Dtype::I32, {kDynamic, kDynamic}, false, {}},
      {"seqused_k", Dtype::I32, {kDynamic}, false, {}},
      {"selected", Dtype::I32, {2, kDynamic, 4}, false, {}},
      {"out0", Dtype::BF16, {kDynamic, 4, 16}, true, {Expr::dim(0, 0), Expr::constant(4), Expr::constant(16)}}};
  program.meaning = {meaningOp(
      "attend", {{"query", 0}, {"key", 1}, {"value", 2}, {"selected", 5}, {"page_table", 3}, {"seqused_k", 4}}, {6},
      {{"block_size", 16}, {"causal", 1}})};
  return program;
}
} // namespace

TEST(RandomInputs, CachesLieAsAskedForAndHoldTheSame) {
  using KvMemory = RandomSettings::KvMemory;
  Program program = splitCacheMeaning();
  RandomSettings settings;
  settings.batch = 2, settings.kvLen = 50, settings.ragged = true;
  RandomInputs plain;
  ASSERT_EQ(plain.make(program, settings), "");
  Interpreter wanted(program, plain.tensors());
  ASSERT_EQ(wanted.run(), "");
  const std::pair<KvMemory, std::vector<int64_t>> layouts[] = {{KvMemory::Padded, {384, 192, 24, 1}},
                                                               {KvMemory::Interleaved, {512, 256, 32, 1}},
                                                               {KvMemory::Stacked, {512, 128, 16, 1}},
                                                               {KvMemory::Swapped, {256, 16, 32, 1}}};
  for (const auto &[memory, strides] : layouts) {
    settings.kvMemory = memory;
    RandomInputs inputs;
    ASSERT_EQ(inputs.make(program, settings), "");
    Tensor k = inputs.tensors()[1], v = inputs.tensors()[2];
    EXPECT_EQ(k.strides, strides);
    EXPECT_EQ(v.strides, strides);
    int64_t apart = (static_cast<char *>(v.data) - static_cast<char *>(k.data)) / 2;
    if (memory == KvMemory::Interleaved) EXPECT_EQ(apart, 16);
    if (memory == KvMemory::Stacked) EXPECT_EQ(apart, 256);
    if (memory == KvMemory::Padded) // NaN between the rows
      for (int64_t d = 16; d < 24; ++d) EXPECT_TRUE(std::isnan(k.get(k.offset({0, 0, 0, d}))));
    EXPECT_EQ(valuesOf(inputs.tensors()[5]), valuesOf(plain.tensors()[5]));
    Interpreter found(program, inputs.tensors());
    ASSERT_EQ(found.run(), "");
    EXPECT_EQ(valuesOf(found.expected(6)), valuesOf(wanted.expected(6)));
  }
}

TEST(RandomInputs, RequestsShareAPool) {
  Program program = splitCacheMeaning();
  RandomSettings settings;
  settings.batch = 6, settings.kvLen = 100, settings.kvPool = 20; // 13 pages a request, 78 without sharing
  RandomInputs inputs;
  ASSERT_EQ(inputs.make(program, settings), "");
  EXPECT_EQ(inputs.chosen.shapes[1][0], 20);
  EXPECT_EQ(inputs.summary(), "batch 6, q_len 4, kv_len 100, pool of 20 pages");
  Tensor table = inputs.tensors()[3];
  std::set<int> all;
  for (int64_t b = 0; b < 6; ++b) {
    std::set<int> own;
    for (int64_t i = 0; i < 13; ++i) own.insert(int(table.at({b, i})));
    EXPECT_EQ(own.size(), 13u) << "request " << b;
    EXPECT_EQ(table.at({b, 13}), -1);
    all.insert(own.begin(), own.end());
  }
  EXPECT_GE(all.size(), 19u);
  Interpreter interpreter(program, inputs.tensors());
  ASSERT_EQ(interpreter.run(), "");
  for (double value : valuesOf(interpreter.expected(6))) ASSERT_FALSE(std::isnan(value));

  settings.kvPool = 5; // fewer than a request needs: each as often as the others
  ASSERT_EQ(inputs.make(program, settings), "");
  std::map<int, int> times;
  for (int64_t i = 0; i < 13; ++i) ++times[int(inputs.tensors()[3].at({0, i}))];
  EXPECT_EQ(times.size(), 5u);
  for (auto [page, count] : times) EXPECT_GE(count, 2) << page;
  EXPECT_EQ(inputs.make(prefillMeaning(), settings), "expects pages to share (kv-pool), but the cache has none");
}
