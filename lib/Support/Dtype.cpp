#include "msa/Support/Dtype.h"
#include <cstring>

namespace msa {

int64_t byteSize(Dtype dtype) { return dtype == Dtype::F32 || dtype == Dtype::I32 ? 4 : 2; }

std::string_view name(Dtype dtype) {
  switch (dtype) {
  case Dtype::F32: return "f32";
  case Dtype::F16: return "f16";
  case Dtype::BF16: return "bf16";
  case Dtype::I32: return "i32";
  }
  return "?";
}

std::optional<Dtype> parseDtype(std::string_view text) {
  for (Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I32})
    if (name(dtype) == text) return dtype;
  return std::nullopt;
}

static uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

static float floatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

uint16_t toBf16(float value) {
  uint32_t bits = bitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return uint16_t(bits >> 16) | 0x40; // NaN stays NaN
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

float fromBf16(uint16_t bits) { return floatOf(uint32_t(bits) << 16); }

uint16_t toF16(float value) {
  uint32_t bits = bitsOf(value), sign = (bits >> 16) & 0x8000, mag = bits & 0x7fffffff;
  if (mag > 0x7f800000) return uint16_t(sign | 0x7e00);
  if (mag >= 0x477ff000) return uint16_t(sign | 0x7c00); // rounds to 65536 or beyond
  if (mag < 0x38800000) {                                // subnormal in f16: scale so that the fp32 adder rounds
    float scaled = floatOf(mag) + 0.5f;                  // 0.5 has ulp 2^-24, the f16 subnormal step
    return uint16_t(sign | (bitsOf(scaled) - bitsOf(0.5f)));
  }
  uint32_t rounded = mag + 0xfff + ((mag >> 13) & 1);
  return uint16_t(sign | ((rounded - 0x38000000) >> 13));
}

float fromF16(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16, exponent = (bits >> 10) & 31, mantissa = bits & 0x3ff;
  if (exponent == 31) return floatOf(sign | 0x7f800000 | (mantissa << 13));
  if (exponent) return floatOf(sign | ((exponent + 112) << 23) | (mantissa << 13));
  float magnitude = float(mantissa) * 5.9604644775390625e-8f; // 2^-24
  return sign ? -magnitude : magnitude;
}

} // namespace msa
