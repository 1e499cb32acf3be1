#include "msa/Reference/Compare.h"
#include "TestMeanings.h"
#include "TestTensors.h"
#include "msa/Reference/RandomInputs.h"
using namespace msa;
using namespace msa::reference;

namespace {
/// Random inputs, what they should give, and outputs filled with it as a right program would.
struct Case {
  Program program;
  RandomInputs inputs;
  std::unique_ptr<Interpreter> interpreter;
  explicit Case(Program of, RandomSettings settings = {}) : program(std::move(of)) {
    EXPECT_EQ(inputs.make(program, settings), "");
    interpreter = std::make_unique<Interpreter>(program, inputs.tensors());
    EXPECT_EQ(interpreter->run(), "");
    for (size_t i = 0; i < program.arguments.size(); ++i) {
      if (!program.arguments[i].isOutput) continue;
      Tensor out = inputs.tensors()[i], want = interpreter->expected(int(i));
      for (int64_t j = 0; j < out.numElements(); ++j) out.set(j, want.get(j));
    }
  }
  Tensor output(int argument) { return inputs.tensors()[argument]; }
  Comparison compare(int argument, const std::vector<int64_t> *rows = nullptr, bool exact = true) {
    return compareOutput(program, *interpreter, argument, output(argument), rows, exact);
  }
};
} // namespace

TEST(Compare, RoundedResultsPass) {
  for (const Program &program : {decodeMeaning(), decodeMeaning(Dtype::F16), decodeMeaning(Dtype::F32),
                                 prefillMeaning(), denseMeaning(), scoresMeaning(), combineMeaning()}) {
    Case c(program);
    for (size_t i = 0; i < program.arguments.size(); ++i)
      if (program.arguments[i].isOutput) {
        Comparison result = c.compare(int(i));
        EXPECT_TRUE(result.ok) << result.name << ": " << result.why;
        EXPECT_GT(result.rows, 0);
      }
  }
}

TEST(Compare, PoisonAndWrongValuesFail) {
  Case c(decodeMeaning());
  Tensor out = c.output(7), lse = c.output(8);
  double kept = out.get(5);
  out.set(5, NAN);
  EXPECT_FALSE(c.compare(7).ok);
  EXPECT_EQ(c.compare(7).maxRel, kInf);
  out.set(5, kept + 1);
  Comparison result = c.compare(7);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.why.substr(0, 45), "the largest difference is at [0, 0, 5]: expec");
  out.set(5, kept);
  lse.set(0, lse.get(0) + 2e-3);
  EXPECT_FALSE(c.compare(8).ok);
  lse.set(0, -kInf);
  EXPECT_FALSE(c.compare(8).ok);
}

TEST(Compare, AnRmsErrorIsJudgedOverEnoughRows) {
  // 0.5 % everywhere is within the 2e-2 of single values and beyond the 3e-3 of many: it fails where there are 16 rows to tell.
  RandomSettings settings;
  settings.batch = 4, settings.qLen = 1, settings.kvLen = 40; // 4 tokens of 4 heads
  Case c(decodeMeaning(), settings);
  Tensor out = c.output(7), want = c.interpreter->expected(7);
  for (int64_t i = 0; i < out.numElements(); ++i) out.set(i, want.get(i) * 1.005);
  Comparison all = c.compare(7);
  EXPECT_EQ(all.rmsRows, kFewestRmsRows);
  EXPECT_GT(all.rms, 3e-3);
  EXPECT_FALSE(all.ok);
  std::vector<int64_t> three = {0, 1, 2};
  EXPECT_EQ(c.compare(7, &three).rmsRows, 12);
  EXPECT_TRUE(c.compare(7, &three).ok);
}

TEST(Compare, OnlyTheRowsGiven) {
  Case c(decodeMeaning());
  c.output(7).set(c.output(7).offset({1, 0, 0}), NAN);
  std::vector<int64_t> zero = {0}, one = {0, 1};
  EXPECT_TRUE(c.compare(7, &zero).ok);
  EXPECT_EQ(c.compare(7, &zero).rows, 1);
  EXPECT_FALSE(c.compare(7, &one).ok);
}

TEST(Compare, SelectionsMustBeEqual) {
  Case c(decodeMeaning());
  Tensor out = c.output(6);
  int64_t at = out.offset({1, 2, 0});
  EXPECT_EQ(c.compare(6).wrongRows, 0);
  out.set(at, out.get(at) + 77);
  Comparison result = c.compare(6);
  EXPECT_EQ(result.wrongRows, 1);
  EXPECT_EQ(result.why.substr(0, 24), "token 2, head 1: expects");
  EXPECT_FALSE(c.compare(6, nullptr, /*exact=*/false).ok); // an id past the end is never right
}

TEST(Compare, InexactScoresMayExchangeEqualBlocks) {
  // All scores equal: any history block is as good as another when ids need not be exact, but the own block must stay.
  Program program = scoresMeaning();
  RandomSettings settings;
  settings.kvLen = 16 * 9, settings.qLen = 1, settings.batch = 1;
  RandomInputs inputs;
  ASSERT_EQ(inputs.make(program, settings), "");
  Tensor scores = inputs.tensors()[0];
  for (int64_t i = 0; i < scores.numElements(); ++i) scores.set(i, 1);
  Interpreter interpreter(program, inputs.tensors());
  ASSERT_EQ(interpreter.run(), "");
  auto compare = [&](std::vector<double> row, bool exact) {
    Tensor out = inputs.tensors()[3];
    for (int64_t head = 0; head < 3; ++head)
      for (int64_t slot = 0; slot < 4; ++slot) out.set(out.offset({head, 0, slot}), row[slot]);
    return compareOutput(program, interpreter, 3, out, nullptr, exact).ok;
  };
  EXPECT_TRUE(compare({0, 1, 2, 8}, true));
  EXPECT_FALSE(compare({0, 3, 5, 8}, true));
  EXPECT_TRUE(compare({0, 3, 5, 8}, false));
  EXPECT_FALSE(compare({0, 3, 5, 6}, false));
  EXPECT_FALSE(compare({3, 0, 5, 8}, false));
  EXPECT_FALSE(compare({0, 3, 3, 8}, false));
}

TEST(Compare, AnyOrderIsASet) {
  Program program = scoresMeaning();
  program.meaning[0].strings["selection"] = "hqk/any";
  Case c(program);
  Tensor out = c.output(3);
  int64_t token = out.shape[1] - 1;
  double first = out.at({0, token, 0}), second = out.at({0, token, 1});
  ASSERT_GE(second, 0);
  out.set(out.offset({0, token, 0}), second);
  out.set(out.offset({0, token, 1}), first);
  EXPECT_TRUE(c.compare(3).ok) << c.compare(3).why;
}
