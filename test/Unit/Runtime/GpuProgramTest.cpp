//===- GpuProgramTest.cpp - launching, measuring and failing on a GPU ------===//
//
// Skipped where there is no driver or no GPU; run with the fake driver too. The kernels are written by hand: no compiler is needed.
//
//===----------------------------------------------------------------------===//
#include "GpuPrograms.h"
#include "msa/Runtime/DeviceTensors.h"
#include "msa/Runtime/Measure.h"
#include <cstdlib>
#include <gtest/gtest.h>
using namespace msa;

namespace {
using GpuProgram = GpuTest;
} // namespace

TEST_F(GpuProgram, RunsOnStridedTensorsAndMeasures) {
  auto executable = Executable::open(scaleTwice(), device, error);
  ASSERT_TRUE(executable) << error;
  const int64_t rows = 300, columns = 65, pitch = 80;
  std::vector<float> x(rows * pitch), out(rows * pitch, -1);
  for (size_t i = 0; i < x.size(); ++i) x[i] = float(i % 1000);
  int64_t xShape[] = {rows, columns}, outShape[] = {rows, columns - 1}, strides[] = {pitch, 1};
  TensorRef tensors[] = {{x.data(), Dtype::F32, 2, xShape, strides}, {out.data(), Dtype::F32, 2, outShape, strides}};
  ASSERT_EQ(runOnHostTensors(executable, tensors, 2), "");
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = 0; i < pitch; ++i)
      ASSERT_EQ(out[row * pitch + i], i < columns - 1 ? x[row * pitch + i + 1] * 1.5f : -1.0f) << row << ", " << i;
  std::optional<Timing> timing = measureOnHostTensors(executable, tensors, 2, {}, error);
  ASSERT_TRUE(timing) << error;
  EXPECT_TRUE(timing->graph);
  EXPECT_EQ(timing->runs, 20);
  EXPECT_GT(timing->copies, 2);
  EXPECT_GT(timing->medianUs, 0.5);
  if (!fakeCuda()) EXPECT_LT(timing->medianUs, 1000);
}

TEST_F(GpuProgram, MeasuringKeepsTheProtocol) {
  // The whole program under a graph, 5 replays to warm up and 20 timed, through more than twice the L2.
  auto executable = Executable::open(halfSums(), device, error);
  ASSERT_TRUE(executable) << error;
  HalfSumsCall call(7);
  std::vector<TensorRef> refs = call.refs();
  FakeCuda *fake = fakeCuda();
  int before = fake ? fake->launches.load() : 0;
  MeasureOptions options;
  options.bytesTouched = device->l2Bytes / 4;
  std::optional<Timing> timing = measureOnHostTensors(executable, refs.data(), refs.size(), options, error);
  ASSERT_TRUE(timing) << error;
  EXPECT_TRUE(timing->graph);
  EXPECT_EQ(timing->runs, 20);
  EXPECT_GT(timing->copies * options.bytesTouched, 2 * device->l2Bytes);
  if (!fake) return;
  int runs = (fake->launches.load() - before) / 2 - 3; // one for the results, two to see how long it takes
  EXPECT_GE(runs / 25, timing->copies);                // calls of a replay
  EXPECT_EQ(runs % 25, 0);
}

TEST_F(GpuProgram, UnfitAddressesAreRefused) {
  auto executable = Executable::open(scaleTwice(), device, error);
  ASSERT_TRUE(executable) << error;
  int64_t xShape[] = {2, 5}, outShape[] = {2, 4};
  std::vector<float> host(16);
  TensorRef tensors[] = {{host.data(), Dtype::F32, 2, xShape, nullptr},
                         {host.data(), Dtype::F32, 2, outShape, nullptr}};
  auto plan = Plan::create(executable, tensors, 2, error);
  ASSERT_TRUE(plan) << error;
  EXPECT_EQ(plan->workspaceBytes, 256);
  EXPECT_EQ(plan->run(tensors, 2, nullptr, nullptr),
            "[workspace] needs 256 bytes at a multiple of 256, but the address is 0");
  DeviceTensors copies;
  ASSERT_EQ(copies.upload(device, tensors, 2), "");
  DeviceBuffer workspace;
  ASSERT_EQ(workspace.allocate(device, plan->workspaceBytes), "");
  std::vector<TensorRef> refs = copies.refs();
  refs[0].data = static_cast<char *>(refs[0].data) + 2;
  EXPECT_EQ(plan->run(refs.data(), 2, reinterpret_cast<void *>(uintptr_t(workspace.address())), nullptr),
            "[argument] 'x': expects an address that is a multiple of 4 bytes, but it is off by 2");
}

TEST_F(GpuProgram, BadCodeIsExplained) {
  Program program = scaleTwice();
  program.modules[0].bytes = std::string(kGpuPtx).replace(std::string(kGpuPtx).find("mul.f32"), 7, "mul.f33");
  EXPECT_FALSE(Executable::open(program, device, error));
  EXPECT_EQ(error.find("[driver-error] cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX ("), 0u) << error;
  EXPECT_NE(error.find("ptxas"), std::string::npos) << error; // the log
  program = scaleTwice();
  program.launches[0].kernel = "scael";
  EXPECT_FALSE(Executable::open(program, device, error));
  EXPECT_EQ(error.find("[driver-error] cuModuleGetFunction: CUDA_ERROR_NOT_FOUND ("), 0u) << error;
  program = scaleTwice();
  program.launches[0].smemBytes = 1 << 20;
  EXPECT_FALSE(Executable::open(program, device, error));
  EXPECT_EQ(error.find("[smem] needs 1048576 bytes of shared memory a block, but " + device->name + " has "), 0u)
      << error;
}

TEST_F(GpuProgram, TheBestTargetIsChosen) {
  unsetenv("MSA_TARGET");
  Manifest manifest;
  for (const char *target : {"sm_80", "cpu", "sm_90a", "sm_86"}) {
    manifest.programs.push_back(scaleTwice());
    manifest.programs.back().target = target;
  }
  EXPECT_TRUE(openProgram(manifest, "", "auto", 0, error)) << error;
  const Program *program = chooseProgram(manifest, "", "auto", device.get(), "", error);
  ASSERT_TRUE(program) << error;
  EXPECT_EQ(program->target, device->smVersion == 90 ? "sm_90a" : device->smVersion >= 86 ? "sm_86" : "sm_80");
}

TEST_F(GpuProgram, EachLaunchIsTimedInItsPlace) {
  auto executable = Executable::open(halfSums(), device, error);
  ASSERT_TRUE(executable) << error;
  HalfSumsCall call(3);
  MeasureOptions options;
  options.perLaunch = true;
  std::vector<TensorRef> refs = call.refs();
  std::optional<Timing> timing = measureOnHostTensors(executable, refs.data(), refs.size(), options, error);
  ASSERT_TRUE(timing) << error;
  EXPECT_EQ(call.out, call.expected()); // of one run, before the timing
  ASSERT_EQ(timing->launches.size(), 2u);
  EXPECT_EQ(timing->launches[0].kernel, "page_sum");
  EXPECT_EQ(timing->launches[1].kernel, "scale");
  double sum = timing->launches[0].medianUs + timing->launches[1].medianUs;
  EXPECT_GT(timing->launches[0].medianUs, timing->launches[1].medianUs); // 20 dependent steps against 1
  std::printf("whole %.2f us, launches %.2f + %.2f us, empty %.2f us\n", timing->medianUs, timing->launches[0].medianUs,
              timing->launches[1].medianUs, timing->emptyUs);
  if (fakeCuda()) return; // which has no clock to compare
  EXPECT_GT(sum, timing->medianUs * 0.5);
  EXPECT_LT(sum, timing->medianUs * 2);
}
