//===- TensorMapTest.cpp - TMA descriptors as kernel parameters ------------===//
//
// What the plan refuses is tested without a device; that a kernel reads what the map says, on a GPU of 9.0 or later.
//
//===----------------------------------------------------------------------===//
#include "GpuPrograms.h"
#include "msa/Runtime/DeviceTensors.h"
#include <chrono>
#include <gtest/gtest.h>
using namespace msa;

namespace {

constexpr int64_t kBoxRows = 8;

// One box of {64, 8, 2} from row `firstRow` on into shared memory, and from there as it lies to `out`.
constexpr const char *kPtx = R"(
.version 8.0
.target sm_90
.address_size 64
.visible .entry copy_tile(.param .align 64 .b8 map[128], .param .u64 out, .param .u64 firstRow)
{
  .reg .pred %p;
  .reg .b32 %r<12>;
  .reg .b64 %d<8>;
  .shared .align 1024 .b8 tile[2048];
  .shared .align 8 .b64 bar;
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, tile;
  mov.u32 %r2, bar;
  setp.ne.u32 %p, %r0, 0;
  @%p bra ready;
  mbarrier.init.shared.b64 [%r2], 1;
  fence.proxy.async.shared::cta;
  mbarrier.arrive.expect_tx.shared.b64 %d0, [%r2], 2048;
  mov.u64 %d1, map;
  cvta.param.u64 %d1, %d1;
  ld.param.u32 %r3, [firstRow];
  mov.u32 %r4, 0;
  cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r1], [%d1, {%r4, %r3, %r4}], [%r2];
ready:
  bar.sync 0;
wait:
  mbarrier.try_wait.parity.shared.b64 %p, [%r2], 0;
  @!%p bra wait;
  shl.b32 %r5, %r0, 4;
  add.u32 %r6, %r1, %r5;
  ld.shared.v4.b32 {%r7, %r8, %r9, %r10}, [%r6];
  ld.param.u64 %d2, [out];
  cvt.u64.u32 %d3, %r5;
  add.u64 %d3, %d2, %d3;
  st.global.v4.b32 [%d3], {%r7, %r8, %r9, %r10};
  ret;
}
)";

/// The last box of rows of V, the second half of kv [rows, 256], in halves of 64 columns with swizzled rows.
Program copyTile() {
  Program program;
  program.name = "copy_tile", program.target = "sm_90";
  program.arguments = {{"kv", Dtype::BF16, {kDynamic, 256}, false, {}},
                       {"out0",
                        Dtype::BF16,
                        {2, kBoxRows, 64},
                        true,
                        {Expr::constant(2), Expr::constant(kBoxRows), Expr::constant(64)}}};
  LaunchSpec launch;
  launch.kernel = "copy_tile";
  for (Expr &size : launch.grid) size = Expr::constant(1);
  launch.threads = 128;
  ParamSpec map, out, firstRow;
  map.kind = ParamSpec::Kind::TensorMap;
  map.view = {false, 0, {0, 128}};
  map.map.dims = {{1, 1, Expr::constant(64), 64}, {0, 1, Expr::dim(0, 0), kBoxRows}, {1, 64, Expr::constant(2), 2}};
  map.map.swizzleBytes = 128;
  out.view = {false, 1, {}};
  firstRow.kind = ParamSpec::Kind::Size;
  firstRow.expr = Expr::binary(Expr::Kind::Sub, Expr::dim(0, 0), Expr::constant(kBoxRows - 2)); // two rows lie outside
  launch.params = {map, out, firstRow};
  launch.alignBytes = {16};
  program.launches = {launch};
  program.modules = {{"ptx", "sm_90", kPtx}};
  return program;
}

/// A call whose map and strides tests change.
struct Call {
  Program program = copyTile();
  std::vector<int64_t> shape = {100, 256}, strides = {256, 1}, outShape = {2, kBoxRows, 64};
  TensorMapSpec &map() { return program.launches[0].params[0].map; }
  std::string plan(std::unique_ptr<const Plan> *result = nullptr) {
    TensorRef tensors[] = {{nullptr, Dtype::BF16, 2, shape.data(), strides.data()},
                           {nullptr, Dtype::BF16, 3, outShape.data(), nullptr}};
    std::string error;
    std::unique_ptr<const Plan> made = Plan::create(Executable::withoutCode(program), tensors, 2, error);
    EXPECT_EQ(bool(made), error.empty());
    if (result) *result = std::move(made);
    return error;
  }
};

} // namespace

TEST(TensorMap, IsPlannedFromShapesAndStrides) {
  Call call;
  call.strides = {512, 1};
  std::unique_ptr<const Plan> plan;
  ASSERT_EQ(call.plan(&plan), "");
  EXPECT_EQ(plan->describe(),
            "copy_tile<<<[1, 1, 1], 128, 0>>>(map(&kv+256, bf16 {64, 100, 2} strides {1024, 128} box {64, 8, 2} "
            "swizzle 128), &out0, 94)\n");
  call.shape[0] = 1, call.strides = {3, 1}; // a stride that is never used
  ASSERT_EQ(call.plan(&plan), "");
  EXPECT_NE(plan->describe().find("bf16 {64, 1, 2} strides {16, 128} box"), std::string::npos) << plan->describe();
}

TEST(TensorMap, ErrorsNameArgumentExpectationAndValue) {
  Call call;
  call.strides = {260, 1};
  EXPECT_EQ(
      call.plan(),
      "[argument] 'kv': expects strides that are multiples of 16 bytes, from 0 to below 2^40, for TMA, but one is 260 "
      "elements of 2 bytes in dimension 0");
  call = {};
  call.map().dims[2].step = 4;
  EXPECT_EQ(call.plan(), "[argument] 'kv': expects strides that are multiples of 16 bytes, from 0 to below 2^40, for "
                         "TMA, but one is 1 * 4 "
                         "elements of 2 bytes in dimension 1");
  call = {};
  call.strides = {int64_t(1) << 39, 1};
  EXPECT_NE(call.plan().find("for TMA, but one is 549755813888 elements of 2 bytes in dimension 0"), std::string::npos);
  call = {};
  call.map().dims[0] = {0, 1, Expr::constant(64), 64};
  EXPECT_EQ(call.plan(), "[argument] 'kv': expects an innermost stride of 1 for TMA, but it is 256 in dimension 0");
  call = {};
  call.map().dims[1].size = Expr::constant(-1);
  EXPECT_EQ(call.plan(), "[argument] 'kv': expects sizes of 0 to 4294967296 for TMA, but one is -1 in dimension 0");
  call = {};
  for (int i = 0; i < 16; ++i) call.program.launches[0].params.push_back(call.program.launches[0].params[0]);
  EXPECT_EQ(call.plan(), "[artifact-format] expects at most 16 tensor maps, but 'copy_tile' has more");
}

TEST(TensorMap, OlderDriversAreNamed) {
  TensorMap map;
  ASSERT_EQ(map.plan(copyTile().launches[0].params[0].map, Dtype::BF16, {256, 1}, {{100, 256}}), "");
  CudaDriver driver;
  driver.version = 11080;
  CUtensorMap encoded;
  EXPECT_EQ(map.encode(driver, 1 << 20, encoded),
            "[driver-version] needs a driver of CUDA 12.0 or later for TMA, but this one is of CUDA 11.8");
}

TEST_F(GpuTest, AKernelReadsWhatTheMapSays) {
  if (device->smVersion < 90) GTEST_SKIP() << device->name << " has no TMA";
  auto executable = Executable::open(copyTile(), device, error);
  ASSERT_TRUE(executable) << error;
  const int64_t rows = 37, pitch = 320;
  std::vector<uint16_t> kv(rows * pitch), out(2 * kBoxRows * 64, 0xffff);
  for (size_t i = 0; i < kv.size(); ++i) kv[i] = uint16_t(i * 7);
  int64_t shape[] = {rows, 256}, strides[] = {pitch, 1}, outShape[] = {2, kBoxRows, 64};
  TensorRef host[] = {{kv.data(), Dtype::BF16, 2, shape, strides}, {out.data(), Dtype::BF16, 3, outShape, nullptr}};
  auto plan = Plan::create(executable, host, 2, error);
  ASSERT_TRUE(plan) << error;
  DeviceTensors first, second; // two addresses, one plan
  ASSERT_EQ(first.upload(device, host, 2), "");
  for (uint16_t &value : kv) value ^= 0x5a5a;
  ASSERT_EQ(second.upload(device, host, 2), "");
  for (const DeviceTensors *copy : {&first, &second}) {
    ASSERT_EQ(plan->run(copy->refs().data(), 2, nullptr, nullptr), "");
    ASSERT_EQ(copy->download(1, host[1]), ""); // waits for the default stream
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t row = 0; row < kBoxRows; ++row)
        for (int64_t i = 0; i < 64; ++i) {
          int64_t source = rows - (kBoxRows - 2) + row,
                  chunk = (i / 8) ^ (row % 8); // 16-byte chunks of a row are permuted by its number
          uint16_t wanted =
              source < rows ? uint16_t((source * pitch + 128 + half * 64 + i) * 7) ^ (copy == &second ? 0x5a5a : 0) : 0;
          ASSERT_EQ(out[(half * kBoxRows + row) * 64 + chunk * 8 + i % 8], wanted) << half << ", " << row << ", " << i;
        }
  }
  TensorRef off = first.refs()[0];
  off.data = static_cast<char *>(off.data) + 2;
  TensorRef refs[] = {off, first.refs()[1]};
  EXPECT_EQ(plan->run(refs, 2, nullptr, nullptr),
            "[argument] 'kv': expects an address that is a multiple of 16 bytes, but it is off by 2");

  TensorMap map;
  ASSERT_EQ(map.plan(copyTile().launches[0].params[0].map, Dtype::BF16, {256, 1}, {{100, 256}}), "");
  CUtensorMap encoded;
  Device::Scope scope(*device);
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(map.encode(device->driver, CUdeviceptr(i) * 16 + 4096, encoded), "");
  double us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / 10000;
  std::printf("encoding a tensor map takes %.2f us\n", us);
  EXPECT_LT(us, 20);
}
