#include "TestPrograms.h"
#include "msa/Runtime/Measure.h"
#include <cstdlib>
#include <gtest/gtest.h>
using namespace msa;

TEST(CpuProgram, RunsOnStridedTensors) {
  std::string error;
  auto executable = Executable::open(scaleProgram(), nullptr, error);
  ASSERT_TRUE(executable) << error;
  std::vector<float> x(40), out(30, -1);
  for (int i = 0; i < 40; ++i) x[i] = float(i);
  int32_t n = 3;
  int64_t shape[] = {5, 4}, xStrides[] = {8, 1}, outStrides[] = {6, 1}, one[] = {1};
  TensorRef tensors[] = {{x.data(), Dtype::F32, 2, shape, xStrides},
                         {&n, Dtype::I32, 1, one, nullptr},
                         {out.data(), Dtype::F32, 2, shape, outStrides}};
  ASSERT_EQ(runOnHostTensors(executable, tensors, 3), "");
  for (int row = 0; row < 5; ++row) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(out[row * 6 + i], 3.0f * float(row * 8 + i));
    EXPECT_EQ(out[row * 6 + 4], -1);
  }
  std::optional<Timing> timing = measureOnHostTensors(executable, tensors, 3, {}, error);
  ASSERT_TRUE(timing) << error;
  EXPECT_EQ(timing->runs, 20);
  EXPECT_GT(timing->medianUs, 0);
}

TEST(CpuProgram, PlanChecksShapeAndAddressAgain) {
  std::string error;
  auto executable = Executable::open(scaleProgram(), nullptr, error);
  float x[8] = {}, out[8];
  int32_t n = 1;
  int64_t shape[] = {2, 4}, other[] = {4, 2}, one[] = {1};
  TensorRef tensors[] = {
      {x, Dtype::F32, 2, shape, nullptr}, {&n, Dtype::I32, 1, one, nullptr}, {out, Dtype::F32, 2, shape, nullptr}};
  auto plan = Plan::create(executable, tensors, 3, error);
  ASSERT_TRUE(plan) << error;
  EXPECT_EQ(plan->run(tensors, 3, nullptr, nullptr), "");
  tensors[0].shape = other;
  EXPECT_EQ(
      plan->run(tensors, 3, nullptr, nullptr),
      "[argument] 'x': expects the type, shape and strides it was planned with, but they differ (make a new plan)");
  tensors[0].shape = shape, tensors[0].data = nullptr;
  EXPECT_EQ(plan->run(tensors, 3, nullptr, nullptr), "[argument] 'x': expects an address, but it is null");
}

TEST(CpuProgram, SeveralModulesDoNotMeet) {
  std::string error;
  Program program = scaleProgram();
  auto first = CpuModule::load(program.modules[0], error), second = CpuModule::load(program.modules[0], error);
  ASSERT_TRUE(first && second) << error;
  EXPECT_NE(first->entry("msa_scale", error), second->entry("msa_scale", error));
}

TEST(CpuProgram, CodeForAnotherCpuIsRefused) {
  std::string error;
  Program program = scaleProgram();
  program.modules[0].features = {"avx512fp16", "sse4.2", "no-such-feature"};
  auto executable = Executable::open(program, nullptr, error);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512fp16")) GTEST_SKIP() << "this CPU has all that can be asked for";
  EXPECT_FALSE(executable);
  EXPECT_EQ(error,
            "[cpu-features] needs a CPU with what the artifact's was made for (x86-64), but this one lacks avx512fp16");
#endif
}

TEST(CpuProgram, LoadErrors) {
  std::string error;
  Program program = scaleProgram();
  program.cpuEntry = "msa_other";
  EXPECT_FALSE(Executable::open(program, nullptr, error));
  EXPECT_EQ(error, "[cpu-module] needs a function 'msa_other', but the shared object has none");
  program = scaleProgram();
  program.modules[0].bytes.resize(100);
  EXPECT_FALSE(Executable::open(program, nullptr, error));
  EXPECT_EQ(error.find("[cpu-module] needs a shared object that this machine can load, but "), 0u) << error;
  program.modules[0].kind = "ptx";
  EXPECT_FALSE(Executable::open(program, nullptr, error));
  EXPECT_EQ(error, "[module-kind] needs elf on the CPU, but the module is ptx");
}

TEST(CpuProgram, DebugChecksNameArgumentPlaceAndBothValues) {
  std::string error;
  Program program = scaleProgram();
  MeaningOp meaning; // x are scores of one head, n the keys of the one request
  meaning.op = "select_blocks";
  meaning.operands = {{"scores", 0}, {"seqused_k", 1}};
  meaning.results = {3};
  meaning.integers = {{"block_size", 4}, {"topk", 1}};
  program.arguments[0].shape = {kDynamic, kDynamic, kDynamic};
  program.arguments[2].shape = {kDynamic, kDynamic, kDynamic};
  program.arguments[2].outputShape = {Expr::dim(0, 0), Expr::dim(0, 1), Expr::dim(0, 2)};
  program.meaning = {meaning};
  setenv("MSA_DEBUG", "1", 1);
  auto executable = Executable::withoutCode(program);
  int64_t shape[] = {1, 2, 4}, one[] = {1};
  float x[8] = {}, out[8] = {};
  int32_t n = -3;
  TensorRef tensors[] = {
      {x, Dtype::F32, 3, shape, nullptr}, {&n, Dtype::I32, 1, one, nullptr}, {out, Dtype::F32, 3, shape, nullptr}};
  auto plan = Plan::create(executable, tensors, 3, error);
  unsetenv("MSA_DEBUG");
  ASSERT_TRUE(plan) << error;
  EXPECT_EQ(plan->check(tensors, 3, nullptr).find("[debug-check] 'n': expects 0 to "), 0u)
      << plan->check(tensors, 3, nullptr);
  EXPECT_NE(plan->check(tensors, 3, nullptr).find(", but [0] is -3"), std::string::npos);
  n = 7;
  EXPECT_EQ(plan->check(tensors, 3, nullptr), "");
  EXPECT_EQ(plan->check(tensors, 2, nullptr), "[argument] expects 3 tensors, as planned, but 2 are given");
}
