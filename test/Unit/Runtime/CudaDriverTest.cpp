#include "msa/Runtime/CudaDriver.h"
#include <gtest/gtest.h>
using namespace msa;

TEST(CudaDriver, MissingLibraryIsReported) {
  std::string error;
  EXPECT_EQ(CudaDriver::load("/nonexistent", error), nullptr);
  EXPECT_EQ(error.substr(0, 44), "[driver-missing] needs /nonexistent, but /no") << error;
}

TEST(CudaDriver, AnotherLibraryIsReported) {
  std::string error;
  EXPECT_EQ(CudaDriver::load("libm.so.6", error), nullptr);
  EXPECT_EQ(error, "[driver-missing] needs libm.so.6 of CUDA 11.4 or later, but it has no cuInit");
}
