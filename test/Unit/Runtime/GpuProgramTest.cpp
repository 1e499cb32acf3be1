//===- GpuProgramTest.cpp - launching, measuring and failing on a GPU ------===//
//
// Skipped where there is no driver or no GPU. The kernels are written by hand so that no compiler is needed.
//
//===----------------------------------------------------------------------===//
#include "msa/Runtime/DeviceTensors.h"
#include "msa/Runtime/Measure.h"
#include <cstdlib>
#include <gtest/gtest.h>
using namespace msa;

namespace {

// scale: out[row * outStride + i] = x[row * xStride + i] * factor, one block a row, i < size, through 4 KB of dynamic shared memory.
constexpr const char *kPtx = R"(
.version 7.0
.target sm_80
.address_size 64
.extern .shared .align 16 .b8 smem[];
.visible .entry scale(.param .u64 x, .param .u64 xStride, .param .u64 out, .param .u64 outStride, .param .u64 size, .param .f32 factor)
{
  .reg .pred %p;
  .reg .b32 %r<6>;
  .reg .f32 %f<3>;
  .reg .b64 %d<16>;
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, %ctaid.x;
  ld.param.u64 %d0, [size];
  cvt.u64.u32 %d1, %r0;
  setp.ge.u64 %p, %d1, %d0;
  @%p ret;
  cvt.u64.u32 %d2, %r1;
  ld.param.u64 %d3, [x];
  ld.param.u64 %d4, [xStride];
  mad.lo.u64 %d5, %d2, %d4, %d1;
  shl.b64 %d5, %d5, 2;
  add.u64 %d5, %d3, %d5;
  ld.global.f32 %f0, [%d5];
  ld.param.f32 %f1, [factor];
  mul.f32 %f2, %f0, %f1;
  shl.b32 %r2, %r0, 2;
  mov.u32 %r3, smem;
  add.u32 %r3, %r3, %r2;
  st.shared.f32 [%r3], %f2;
  ld.shared.f32 %f2, [%r3];
  ld.param.u64 %d6, [out];
  ld.param.u64 %d7, [outStride];
  mad.lo.u64 %d8, %d2, %d7, %d1;
  shl.b64 %d8, %d8, 2;
  add.u64 %d8, %d6, %d8;
  st.global.f32 [%d8], %f2;
  ret;
}
)";

ParamSpec pointer(ViewSpec view) {
  ParamSpec param;
  param.view = std::move(view);
  return param;
}
ParamSpec stride(ViewSpec view) {
  ParamSpec param;
  param.kind = ParamSpec::Kind::Stride, param.view = std::move(view), param.dimension = 0;
  return param;
}

/// x -> temporary (times 2) -> out (times 0.5, from x's second column on).
Program scaleTwice() {
  Program program;
  program.name = "scale", program.target = "sm_80";
  program.arguments = {{"x", Dtype::F32, {kDynamic, kDynamic}, false, {}},
                       {"out0", Dtype::F32, {kDynamic, kDynamic}, true, {Expr::dim(0, 0), Expr::binary(Expr::Kind::Sub, Expr::dim(0, 1), Expr::constant(1))}}};
  Expr columns = Expr::binary(Expr::Kind::Sub, Expr::dim(0, 1), Expr::constant(1));
  program.temporaries = {{Dtype::F32, {Expr::dim(0, 0), columns}}};
  ViewSpec x = {false, 0, {0, 1}}, temporary = {true, 0, {}}, out = {false, 1, {}};
  ParamSpec size, factor;
  size.kind = ParamSpec::Kind::Size, size.expr = columns;
  factor.kind = ParamSpec::Kind::F32;
  for (int i = 0; i < 2; ++i) {
    LaunchSpec launch;
    launch.kernel = "scale";
    launch.grid[0] = Expr::dim(0, 0), launch.grid[1] = launch.grid[2] = Expr::constant(1);
    launch.threads = 1024, launch.smemBytes = 100 * 1024; // more than 48 KB must be asked for
    factor.number = i ? 0.5 : 3;
    launch.params = i ? std::vector<ParamSpec>{pointer(temporary), stride(temporary), pointer(out), stride(out), size, factor}
                      : std::vector<ParamSpec>{pointer(x), stride(x), pointer(temporary), stride(temporary), size, factor};
    launch.alignBytes = {4, 4};
    program.launches.push_back(launch);
  }
  program.modules = {{"ptx", "sm_80", kPtx}};
  return program;
}

class GpuProgram : public ::testing::Test {
protected:
  void SetUp() override {
    std::string error;
    device = Device::open(0, error);
    if (!device) GTEST_SKIP() << error;
    if (device->smVersion < 80) GTEST_SKIP() << device->name << " is older than sm_80";
  }
  std::shared_ptr<const Device> device;
  std::string error;
};

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
    for (int64_t i = 0; i < pitch; ++i) ASSERT_EQ(out[row * pitch + i], i < columns - 1 ? x[row * pitch + i + 1] * 1.5f : -1.0f) << row << ", " << i;
  std::optional<Timing> timing = measureOnHostTensors(executable, tensors, 2, {}, error);
  ASSERT_TRUE(timing) << error;
  EXPECT_TRUE(timing->graph);
  EXPECT_EQ(timing->runs, 20);
  EXPECT_GT(timing->copies, 2);
  EXPECT_GT(timing->medianUs, 0.5);
  EXPECT_LT(timing->medianUs, 1000);
}

TEST_F(GpuProgram, UnfitAddressesAreRefused) {
  auto executable = Executable::open(scaleTwice(), device, error);
  ASSERT_TRUE(executable) << error;
  int64_t xShape[] = {2, 5}, outShape[] = {2, 4};
  std::vector<float> host(16);
  TensorRef tensors[] = {{host.data(), Dtype::F32, 2, xShape, nullptr}, {host.data(), Dtype::F32, 2, outShape, nullptr}};
  auto plan = Plan::create(executable, tensors, 2, error);
  ASSERT_TRUE(plan) << error;
  EXPECT_EQ(plan->workspaceBytes, 256);
  EXPECT_EQ(plan->run(tensors, 2, nullptr, nullptr), "[workspace] needs 256 bytes at a multiple of 256, but the address is 0");
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
  program.modules[0].bytes = std::string(kPtx).replace(std::string(kPtx).find("mul.f32"), 7, "mul.f33");
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
  EXPECT_EQ(error.find("[smem] needs 1048576 bytes of shared memory a block, but " + device->name + " has "), 0u) << error;
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
