//===- PtxOverrideTest.cpp - a kernel's code from a file -------------------===//
//
// What loads is skipped where there is no driver or no GPU; run with the fake driver too.
//
//===----------------------------------------------------------------------===//
#include "msa/Runtime/PtxOverride.h"
#include "GpuPrograms.h"
#include "TemporaryFolder.h"
#include "msa/Runtime/Measure.h"
using namespace msa;

namespace {

class PtxOverriding : public GpuTest {
protected:
  void SetUp() override {
    GpuTest::SetUp();
    setenv("MSA_OVERRIDE_DIR", folder.path.c_str(), 1);
  }
  void TearDown() override { unsetenv("MSA_OVERRIDE_DIR"); }
  std::shared_ptr<const Executable> open() {
    ::testing::internal::CaptureStderr();
    auto executable = Executable::open(halfSums(), device, error);
    said = ::testing::internal::GetCapturedStderr();
    return executable;
  }
  TemporaryFolder folder;
  std::string said;
};

std::string edited(const std::string &from, const std::string &to) {
  std::string text = kGpuPtx;
  return text.replace(text.find(from), from.size(), to);
}

} // namespace

TEST(PtxEntries, NamesAndParameters) {
  std::vector<PtxEntry> entries = entriesOf(R"(
// .entry not_this(.param .u64 x)
.visible .entry plain(.param .u64 x, .param .f32 f) { ret; }
/* .entry nor_this() */ .entry $a_b
(
	.param .u64 .ptr .global .align 16 p,   // 16 and not 2
	.param .align 64 .b8 map[128], .param .b32 last
)
.maxntid 128 { }
.entry bare { ret; })");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "plain");
  EXPECT_EQ(entries[0].paramBytes, (std::vector<int64_t>{8, 4}));
  EXPECT_EQ(entries[1].name, "$a_b");
  EXPECT_EQ(entries[1].paramBytes, (std::vector<int64_t>{8, 128, 4}));
  EXPECT_EQ(entries[2].name, "bare");
  EXPECT_TRUE(entries[2].paramBytes.empty());
}

TEST_F(PtxOverriding, TheFileRunsInPlaceOfTheKernelAndItIsSaid) {
  std::string path = folder.write("scale.ptx", edited("mul.f32 %f2, %f0, %f1;", "add.f32 %f2, %f0, %f1;"));
  FakeCuda *fake = fakeCuda();
  int jitted = fake ? fake->jitted.load() : 0;
  auto executable = open();
  ASSERT_TRUE(executable) << error;
  EXPECT_EQ(said, "msa: MSA_OVERRIDE_DIR: '" + path + "' replaces kernel 'scale' of 'half_sums' for sm_80\n");
  if (fake) { // whose kernels are known by name: page_sum is the artifact's, scale the file's
    EXPECT_EQ(fake->jitted.load(), jitted + 2);
    return;
  }
  HalfSumsCall call(2);
  std::vector<TensorRef> refs = call.refs();
  ASSERT_EQ(runOnHostTensors(executable, refs.data(), refs.size()), "");
  std::vector<float> expected = call.expected();
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(call.out[i], 2 * expected[i] + 0.5f) << i;
}

TEST_F(PtxOverriding, OtherFilesAreNotRead) {
  folder.write("other.ptx", "nonsense");
  folder.write("scale", "nonsense");
  EXPECT_TRUE(open()) << error;
  EXPECT_EQ(said, "");
}

TEST_F(PtxOverriding, AFileWithoutTheKernelIsRefused) {
  std::string path = folder.write("page_sum.ptx", edited(".entry page_sum(", ".entry pagesum("));
  EXPECT_FALSE(open());
  EXPECT_EQ(error, "[override] needs a kernel 'page_sum' in '" + path + "', but the file has scale, pagesum");
  folder.write("page_sum.ptx", "");
  EXPECT_FALSE(open());
  EXPECT_EQ(error, "[override] needs a kernel 'page_sum' in '" + path + "', but the file has none");
}

TEST_F(PtxOverriding, OtherParametersAreRefused) {
  std::string path = folder.write("scale.ptx", edited(".param .f32 factor", ".param .f64 factor"));
  EXPECT_FALSE(open());
  EXPECT_EQ(error, "[override] needs parameters of 8, 8, 8, 8, 8, 4 bytes for the kernel 'scale' in '" + path +
                       "', but it has 8, 8, 8, 8, 8, 8 bytes");
}

TEST_F(PtxOverriding, CodeThatDoesNotAssembleIsTheDriversErrorWithTheFile) {
  std::string path = folder.write("scale.ptx", edited("mul.f32", "mul.f33"));
  EXPECT_FALSE(open());
  EXPECT_EQ(error.find("[driver-error] cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX ("), 0u) << error;
  EXPECT_NE(error.find("('" + path + "')"), std::string::npos) << error;
}
