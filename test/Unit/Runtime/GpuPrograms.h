//===- GpuPrograms.h - GPU programs written by hand -------------*- C++ -*-===//
//
// For tests that run on a GPU, and with the fake driver (FakeDriver/FakeKernels.cpp says the same in C++).
//
//===----------------------------------------------------------------------===//
#ifndef MSA_TEST_UNIT_RUNTIME_GPUPROGRAMS_H
#define MSA_TEST_UNIT_RUNTIME_GPUPROGRAMS_H
#include "FakeDriver/FakeCuda.h"
#include "msa/Runtime/Plan.h"
#include <cstdlib>
#include <gtest/gtest.h>

namespace msa {

// scale: out[row * outStride + i] = x[row * xStride + i] * factor, one block a row, i < size, through 4 KB of dynamic shared memory.
inline constexpr const char *kGpuPtx = R"(
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
.visible .entry page_sum(.param .u64 cache, .param .u64 table, .param .u64 lens, .param .u64 maxPages, .param .u64 pageSize, .param .u64 out)
{
  .reg .pred %p;
  .reg .b32 %r<4>;
  .reg .f32 %f<2>;
  .reg .b64 %d<12>;
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  cvt.u64.u32 %d0, %r0;
  cvt.u64.u32 %d1, %r1;
  cvt.u64.u32 %d2, %r2;
  ld.param.u64 %d3, [lens];
  shl.b64 %d4, %d1, 2;
  add.u64 %d3, %d3, %d4;
  ld.global.u32 %r3, [%d3];
  cvt.u64.u32 %d4, %r3;
  mov.f32 %f0, 0f00000000;
  mov.u64 %d5, 0;
  ld.param.u64 %d6, [pageSize];
next:
  setp.ge.u64 %p, %d5, %d4;
  @%p bra done;
  div.u64 %d7, %d5, %d6;
  rem.u64 %d8, %d5, %d6;
  ld.param.u64 %d9, [maxPages];
  mad.lo.u64 %d9, %d1, %d9, %d7;
  shl.b64 %d9, %d9, 2;
  ld.param.u64 %d10, [table];
  add.u64 %d9, %d10, %d9;
  ld.global.u32 %r3, [%d9];
  cvt.u64.u32 %d10, %r3;
  mad.lo.u64 %d10, %d10, %d6, %d8;
  mad.lo.u64 %d10, %d10, %d2, %d0;
  shl.b64 %d10, %d10, 2;
  ld.param.u64 %d9, [cache];
  add.u64 %d9, %d9, %d10;
  ld.global.f32 %f1, [%d9];
  add.f32 %f0, %f0, %f1;
  add.u64 %d5, %d5, 1;
  bra next;
done:
  mad.lo.u64 %d10, %d1, %d2, %d0;
  shl.b64 %d10, %d10, 2;
  ld.param.u64 %d9, [out];
  add.u64 %d9, %d9, %d10;
  st.global.f32 [%d9], %f0;
  ret;
}
)";

inline ParamSpec pointer(ViewSpec view) {
  ParamSpec param;
  param.view = std::move(view);
  return param;
}
inline ParamSpec stride(ViewSpec view) {
  ParamSpec param;
  param.kind = ParamSpec::Kind::Stride, param.view = std::move(view), param.dimension = 0;
  return param;
}

inline ParamSpec size(Expr expr) {
  ParamSpec param;
  param.kind = ParamSpec::Kind::Size, param.expr = std::move(expr);
  return param;
}
inline ParamSpec number(double value) {
  ParamSpec param;
  param.kind = ParamSpec::Kind::F32, param.number = value;
  return param;
}

/// x -> temporary (times 2) -> out (times 0.5, from x's second column on).
inline Program scaleTwice() {
  Program program;
  program.name = "scale", program.target = "sm_80";
  program.arguments = {{"x", Dtype::F32, {kDynamic, kDynamic}, false, {}},
                       {"out0",
                        Dtype::F32,
                        {kDynamic, kDynamic},
                        true,
                        {Expr::dim(0, 0), Expr::binary(Expr::Kind::Sub, Expr::dim(0, 1), Expr::constant(1))}}};
  Expr columns = Expr::binary(Expr::Kind::Sub, Expr::dim(0, 1), Expr::constant(1));
  program.temporaries = {{Dtype::F32, {Expr::dim(0, 0), columns}}};
  ViewSpec x = {false, 0, {0, 1}}, temporary = {true, 0, {}}, out = {false, 1, {}};
  for (int i = 0; i < 2; ++i) {
    LaunchSpec launch;
    launch.kernel = "scale";
    launch.grid[0] = Expr::dim(0, 0), launch.grid[1] = launch.grid[2] = Expr::constant(1);
    launch.threads = 1024, launch.smemBytes = 100 * 1024; // more than 48 KB must be asked for
    launch.params = i ? std::vector<ParamSpec>{pointer(temporary), stride(temporary), pointer(out),
                                               stride(out),        size(columns),     number(0.5)}
                      : std::vector<ParamSpec>{pointer(x),        stride(x),     pointer(temporary),
                                               stride(temporary), size(columns), number(3)};
    launch.alignBytes = {4, 4};
    program.launches.push_back(launch);
  }
  program.modules = {{"ptx", "sm_80", kGpuPtx}};
  return program;
}

constexpr int64_t kPageSize = 4, kDim = 32;

/// Per request half of the sum of its keys: a chain of two launches that reads lengths and pages where they lie.
inline Program halfSums() {
  Program program;
  program.name = "half_sums", program.target = "sm_80";
  Expr one = Expr::constant(1), batch = Expr::dim(2, 0), dim = Expr::constant(kDim);
  program.arguments = {{"q", Dtype::F32, {kDynamic, 1, kDim}, false, {}},
                       {"cache", Dtype::F32, {kDynamic, kPageSize, kDim}, false, {}},
                       {"page_table", Dtype::I32, {kDynamic, kDynamic}, false, {}},
                       {"lens", Dtype::I32, {kDynamic}, false, {}},
                       {"out0", Dtype::F32, {kDynamic, kDim}, true, {batch, dim}}};
  program.temporaries = {{Dtype::F32, {batch, dim}}};
  ViewSpec cache = {false, 1, {}}, table = {false, 2, {}}, lens = {false, 3, {}}, out = {false, 4, {}},
           sums = {true, 0, {}};
  LaunchSpec sum, half;
  sum.kernel = "page_sum", half.kernel = "scale";
  sum.threads = kDim, half.threads = 64, half.smemBytes = 256;
  for (LaunchSpec *launch : {&sum, &half}) launch->grid[0] = batch, launch->grid[1] = launch->grid[2] = one;
  sum.params = {pointer(cache), pointer(table), pointer(lens), size(Expr::dim(2, 1)), size(Expr::constant(kPageSize)),
                pointer(sums)};
  sum.alignBytes = {16, 4, 4, 16};
  half.params = {pointer(sums), stride(sums), pointer(out), stride(out), size(dim), number(0.5)};
  half.alignBytes = {4, 4};
  program.launches = {sum, half};
  program.modules = {{"ptx", "sm_80", kGpuPtx}};
  MeaningOp scores; // says what is what
  scores.op = "index_scores";
  scores.operands = {{"index_query", 0}, {"index_key", 1}, {"page_table", 2}, {"seqused_k", 3}};
  scores.results = {5};
  scores.integers = {{"block_size", kPageSize}};
  program.meaning = {scores};
  return program;
}

/// A call of halfSums: numbers on the host, in integers so that sums are exact.
struct HalfSumsCall {
  static constexpr int64_t batch = 6, numPages = 40, maxPages = 5;
  std::vector<float> q = std::vector<float>(batch * kDim), cache = std::vector<float>(numPages * kPageSize * kDim),
                     out = std::vector<float>(batch * kDim, -1);
  std::vector<int32_t> table = std::vector<int32_t>(batch * maxPages), lens = std::vector<int32_t>(batch);
  int64_t qShape[3] = {batch, 1, kDim}, cacheShape[3] = {numPages, kPageSize, kDim}, tableShape[2] = {batch, maxPages},
          lensShape[1] = {batch}, outShape[2] = {batch, kDim};

  explicit HalfSumsCall(int seed) { draw(seed); }
  void draw(int seed) {
    for (size_t i = 0; i < cache.size(); ++i) cache[i] = float((i * 7 + size_t(seed) * 13) % 31) - 15;
    for (size_t i = 0; i < table.size(); ++i) table[i] = int32_t((i * 11 + size_t(seed) * 17) % numPages);
    for (size_t b = 0; b < lens.size(); ++b) lens[b] = int32_t((b * 5 + size_t(seed) * 3) % (maxPages * kPageSize + 1));
  }
  std::vector<float> expected() const {
    std::vector<float> sums(batch * kDim);
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t j = 0; j < lens[b]; ++j)
        for (int64_t i = 0; i < kDim; ++i)
          sums[b * kDim + i] +=
              0.5f * cache[(table[b * maxPages + j / kPageSize] * kPageSize + j % kPageSize) * kDim + i];
    return sums;
  }
  std::vector<TensorRef> refs() {
    return {{q.data(), Dtype::F32, 3, qShape, nullptr},
            {cache.data(), Dtype::F32, 3, cacheShape, nullptr},
            {table.data(), Dtype::I32, 2, tableShape, nullptr},
            {lens.data(), Dtype::I32, 1, lensShape, nullptr},
            {out.data(), Dtype::F32, 2, outShape, nullptr}};
  }
};

/// Skipped where there is no GPU.
class GpuTest : public ::testing::Test {
protected:
  void SetUp() override {
    setenv("MSA_CACHE_DIR", "", 1); // nothing comes from an earlier run, nothing is left
    device = Device::open(0, error);
    if (!device) GTEST_SKIP() << error;
    if (device->smVersion < 80) GTEST_SKIP() << device->name << " is older than sm_80";
  }
  static void *pointerTo(const DeviceBuffer &buffer) { return reinterpret_cast<void *>(uintptr_t(buffer.address())); }
  std::shared_ptr<const Device> device;
  std::string error;
};

} // namespace msa
#endif
