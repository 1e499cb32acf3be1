#include "msa/Runtime/Executable.h"
#include "TestPrograms.h"
#include <cstdlib>
#include <gtest/gtest.h>
using namespace msa;

namespace {
Manifest manifestOf(const std::vector<const char *> &targets) {
  Manifest manifest;
  for (const char *target : targets) {
    manifest.programs.push_back(gpuProgram(target));
    if (std::string(target) == "cpu") manifest.programs.back().modules.clear();
  }
  return manifest;
}
} // namespace

TEST(Target, PtxRunsOnLaterChips) {
  EXPECT_EQ(checkTarget(gpuProgram("sm_80"), 80, "A100"), "");
  EXPECT_EQ(checkTarget(gpuProgram("sm_80"), 90, "H200"), "");
  EXPECT_EQ(checkTarget(gpuProgram("sm_89"), 80, "A100"),
            "[target-mismatch] sm_89 needs compute capability 8.9 or later, but A100 has 8.0");
  Program cubin = gpuProgram("sm_80");
  cubin.modules[0].kind = "cubin";
  EXPECT_EQ(checkTarget(cubin, 86, "A10"), "");
  EXPECT_EQ(checkTarget(cubin, 90, "H200"),
            "[target-mismatch] sm_80 needs compute capability 8.x (its code is a cubin), but H200 has 9.0");
}

TEST(Target, ArchitectureSpecificCodeRunsOnItsChipOnly) {
  EXPECT_EQ(checkTarget(gpuProgram("sm_90a"), 90, "H200"), "");
  EXPECT_EQ(checkTarget(gpuProgram("sm_90a"), 100, "B200"),
            "[target-mismatch] sm_90a needs compute capability 9.0 exactly, but B200 has 10.0");
  EXPECT_EQ(checkTarget(gpuProgram("sm_100f"), 103, "B300"), "");
  EXPECT_EQ(checkTarget(gpuProgram("sm_100f"), 120, "RTX"),
            "[target-mismatch] sm_100f needs compute capability 10.0 or a later one of its family, but RTX has 12.0");
}

TEST(ChooseProgram, WithoutADeviceTheCpuOne) {
  unsetenv("MSA_TARGET");
  std::string error;
  Manifest both = manifestOf({"sm_80", "cpu", "sm_90a"});
  EXPECT_EQ(chooseProgram(both, "", "auto", nullptr, "[driver-missing] x", error)->target, "cpu");
  EXPECT_EQ(chooseProgram(both, "attend", "sm_80", nullptr, "[driver-missing] x", error), nullptr);
  EXPECT_EQ(error, "[driver-missing] x");
  EXPECT_EQ(chooseProgram(manifestOf({"sm_80"}), "", "auto", nullptr, "[driver-missing] x", error), nullptr);
  EXPECT_EQ(error, "[no-target] needs a target that runs here, but none of sm_80 does (sm_80: [driver-missing] x)");
}

TEST(ChooseProgram, NamesTheChoices) {
  std::string error;
  Manifest manifest = manifestOf({"cpu"});
  EXPECT_EQ(chooseProgram(manifest, "decode", "cpu", nullptr, "", error), nullptr);
  EXPECT_EQ(error, "[no-program] needs a program 'decode', but the artifact has attend");
  EXPECT_EQ(chooseProgram(manifest, "", "sm_75", nullptr, "", error), nullptr);
  EXPECT_EQ(error, "[no-target] needs 'attend' for sm_75, but the artifact has it for cpu");
  manifest.programs.push_back(scaleProgram());
  EXPECT_EQ(chooseProgram(manifest, "", "cpu", nullptr, "", error), nullptr);
  EXPECT_EQ(error, "[no-program] needs the name of a program, but the artifact has attend, scale");
  EXPECT_EQ(chooseProgram({}, "", "cpu", nullptr, "", error), nullptr);
  EXPECT_EQ(error, "[no-program] needs the name of a program, but the artifact has none");
}

TEST(ChooseProgram, EnvironmentDecidesAuto) {
  std::string error;
  setenv("MSA_TARGET", "sm_90a", 1);
  EXPECT_EQ(chooseProgram(manifestOf({"cpu"}), "", "auto", nullptr, "", error), nullptr);
  EXPECT_EQ(error, "[no-target] needs 'attend' for sm_90a, but the artifact has it for cpu");
  unsetenv("MSA_TARGET");
}
