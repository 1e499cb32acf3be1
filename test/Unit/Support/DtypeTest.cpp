#include "msa/Support/Dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace msa;

static const float kInf = std::numeric_limits<float>::infinity();

TEST(Dtype, SpellsAndParsesEachType) {
  for (Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I32}) EXPECT_EQ(parseDtype(name(dtype)), dtype);
  EXPECT_EQ(parseDtype("f64"), std::nullopt);
  EXPECT_EQ(byteSize(Dtype::BF16), 2);
  EXPECT_EQ(byteSize(Dtype::I32), 4);
}

TEST(Dtype, EveryBf16SurvivesARoundTrip) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float value = fromBf16(uint16_t(bits));
    if (std::isnan(value)) EXPECT_TRUE(std::isnan(fromBf16(toBf16(value)))) << bits;
    else EXPECT_EQ(toBf16(value), bits);
  }
}

TEST(Dtype, EveryF16SurvivesARoundTrip) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float value = fromF16(uint16_t(bits));
    if (std::isnan(value)) EXPECT_TRUE(std::isnan(fromF16(toF16(value)))) << bits;
    else EXPECT_EQ(toF16(value), bits);
  }
}

TEST(Dtype, RoundsHalfwayToEven) {
  EXPECT_EQ(toBf16(1.0f + 1.0f / 256), toBf16(1.0f));                // a tie below an odd step goes down to even
  EXPECT_EQ(fromBf16(toBf16(1.0f + 3.0f / 256)), 1.0f + 4.0f / 256); // a tie above an odd step goes up to even
  EXPECT_EQ(fromF16(toF16(1.0f + 1.0f / 2048)), 1.0f);
  EXPECT_EQ(fromF16(toF16(1.0f + 3.0f / 2048)), 1.0f + 4.0f / 2048);
}

TEST(Dtype, OverflowsToInfinityAndReachesSubnormals) {
  EXPECT_EQ(fromBf16(toBf16(std::numeric_limits<float>::max())), kInf);
  EXPECT_EQ(fromF16(toF16(65504.0f)), 65504.0f);
  EXPECT_EQ(fromF16(toF16(65520.0f)), kInf);
  EXPECT_EQ(fromF16(toF16(-65536.0f)), -kInf);
  EXPECT_EQ(fromF16(toF16(std::ldexp(1.0f, -24))), std::ldexp(1.0f, -24));
  EXPECT_EQ(fromF16(toF16(std::ldexp(1.0f, -25))), 0.0f); // halfway to the smallest subnormal: the even one is zero
}
