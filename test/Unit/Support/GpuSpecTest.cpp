#include "msa/Support/GpuSpec.h"

#include <gtest/gtest.h>

#include <set>

using namespace msa;

TEST(GpuSpec, FindsAChipByItsExactName) {
  const GpuSpec *hopper = lookupGpu("sm_90a");
  ASSERT_NE(hopper, nullptr);
  EXPECT_EQ(hopper->smVersion, 90);
  EXPECT_EQ(lookupGpu("sm_9"), nullptr);
  EXPECT_EQ(lookupGpu("cpu"), nullptr);
}

TEST(GpuSpec, NamesEachChipOnceOldestFirst) {
  std::set<std::string_view> chips;
  int last = 0;
  for (const GpuSpec &gpu : knownGpus()) {
    EXPECT_TRUE(chips.insert(gpu.chip).second) << gpu.chip;
    EXPECT_GE(gpu.smVersion, last) << gpu.chip;
    last = gpu.smVersion;
  }
}

TEST(GpuSpec, ABlockLeavesTheSmItsReservedKilobyte) {
  for (const GpuSpec &gpu : knownGpus()) EXPECT_EQ(gpu.smemBytesPerBlock + 1024, gpu.smemBytesPerSm) << gpu.chip;
}

TEST(GpuSpec, ListsEveryTargetForMessages) {
  std::string all = knownTargets();
  EXPECT_EQ(all.rfind("cpu, ", 0), 0u);
  for (const GpuSpec &gpu : knownGpus()) EXPECT_NE(all.find(gpu.chip), std::string::npos) << gpu.chip;
}
