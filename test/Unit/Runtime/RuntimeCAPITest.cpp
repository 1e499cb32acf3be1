#include "TestPrograms.h"
#include "msa-c/Runtime.h"
#include <cstdlib>
#include <gtest/gtest.h>
using namespace msa;

namespace {
msartArtifact *load(const Manifest &manifest) {
  std::string text = serialize(manifest);
  msartArtifact *artifact = nullptr;
  EXPECT_EQ(msartLoadArtifactBytes(text.data(), text.size(), &artifact), 0) << msartLastError();
  return artifact;
}
} // namespace

TEST(RuntimeCAPI, LoadOpenRun) {
  EXPECT_EQ(msartVersion(), MSART_ABI_VERSION);
  msartArtifact *artifact = load({"test", {scaleProgram()}});
  std::string description = msartArtifactDescribe(artifact);
  EXPECT_NE(description.find("{\"name\":\"x\",\"dtype\":\"f32\",\"shape\":[-1,-1]"), std::string::npos) << description;
  EXPECT_LT(description.size(), 2000u);
  msartProgram *program = nullptr;
  ASSERT_EQ(msartProgramOpen(artifact, nullptr, "auto", 0, &program), 0) << msartLastError();
  msartDestroyArtifact(artifact);
  EXPECT_STREQ(msartProgramTarget(program), "cpu");

  float x[6] = {1, 2, 3, 4, 5, 6}, out[6] = {};
  int32_t n = 2;
  int64_t shape[] = {3, 2}, one[] = {1}, outShape[2];
  msartTensor tensors[] = {
      {x, MSART_F32, 2, shape, nullptr}, {&n, MSART_I32, 1, one, nullptr}, {out, MSART_F32, 2, outShape, nullptr}};
  ASSERT_EQ(msartOutputShape(program, tensors, 2, 2, outShape), 0) << msartLastError();
  EXPECT_EQ(outShape[0], 3);
  ASSERT_EQ(msartProgramRunHost(program, tensors, 3), 0) << msartLastError();
  EXPECT_EQ(out[5], 12);
  EXPECT_EQ(msartProgramCheckHost(program, tensors, 3), 0) << msartLastError();
  EXPECT_EQ(msartProgramCheckHost(program, tensors, 2), 1);
  EXPECT_STREQ(msartLastError(), "[argument] expects 3 tensors (x, n, out0), but 2 are given");

  msartPlan *plan = nullptr;
  size_t workspace = 1;
  ASSERT_EQ(msartPlanCreate(program, tensors, 3, &workspace, &plan), 0) << msartLastError();
  msartDestroyProgram(program);
  EXPECT_EQ(workspace, 0u);
  n = 5;
  EXPECT_EQ(msartCheck(plan, tensors, 3, nullptr), 0) << msartLastError();
  EXPECT_EQ(msartCheck(plan, nullptr, 3, nullptr), 1);
  ASSERT_EQ(msartRun(plan, tensors, 3, nullptr, nullptr), 0) << msartLastError();
  EXPECT_EQ(out[5], 30);
  tensors[2].dtype = MSART_F16;
  EXPECT_EQ(msartRun(plan, tensors, 3, nullptr, nullptr), 1);
  msartDestroyPlan(plan);
}

TEST(RuntimeCAPI, ErrorsBecomeText) {
  msartArtifact *artifact = nullptr;
  EXPECT_EQ(msartLoadArtifactFile("/nonexistent.msab", &artifact), 1);
  EXPECT_STREQ(msartLastError(),
               "[artifact-missing] needs '/nonexistent.msab', but it cannot be opened: No such file or directory");
  EXPECT_EQ(msartLoadArtifactBytes("{", 1, &artifact), 1);
  EXPECT_EQ(std::string(msartLastError()).find("[artifact-truncated]"), 0u);
  EXPECT_EQ(msartLoadArtifactBytes(nullptr, 0, &artifact), 1);
  EXPECT_EQ(msartProgramOpen(nullptr, nullptr, nullptr, 0, nullptr), 1);
  EXPECT_EQ(msartRun(nullptr, nullptr, 0, nullptr, nullptr), 1);
  EXPECT_STREQ(msartLastError(), "[argument] 'plan': expects an address, but it is null");
  msartDestroyPlan(nullptr);
  msartDestroyProgram(nullptr);
  msartDestroyArtifact(nullptr);
}

/// Exits with 0 and the errors on stderr if both calls fail. In a process of its own: the driver is loaded once.
static void openWithoutDriver() {
  setenv("MSA_LIBCUDA_PATH", "/nonexistent", 1);
  int count = 0;
  bool failed = msartDeviceCount(&count) == 1;
  std::fprintf(stderr, "%s\n", msartLastError());
  msartArtifact *artifact = load({"test", {gpuProgram()}});
  msartProgram *program = nullptr;
  failed &= msartProgramOpen(artifact, "attend", "sm_80", 0, &program) == 1;
  std::fprintf(stderr, "%s\n", msartLastError());
  std::exit(failed ? 0 : 1);
}

TEST(RuntimeCAPIDeathTest, MissingDriver) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe"; // runs the program anew, without what other tests have loaded
  EXPECT_EXIT(openWithoutDriver(), ::testing::ExitedWithCode(0),
              "\\[driver-missing\\] needs /nonexistent, but .*\n\\[driver-missing\\] needs /nonexistent, but ");
}
