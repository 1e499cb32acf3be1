//===- Dtype.h - element types and their bit patterns -----------*- C++ -*-===//
#ifndef MSA_SUPPORT_DTYPE_H
#define MSA_SUPPORT_DTYPE_H
#include <cstdint>
#include <optional>
#include <string_view>

namespace msa {

/// Element types a tensor can have at any door of the project. The numeric values are part of the C ABI.
enum class Dtype : int32_t { F32 = 0, F16 = 1, BF16 = 2, I32 = 3 };

/// Bytes of one element.
int64_t byteSize(Dtype dtype);
/// "f32", "f16", "bf16", "i32": the MLIR spelling, used in IR, manifests and logs alike.
std::string_view name(Dtype dtype);
std::optional<Dtype> parseDtype(std::string_view text);

/// Round to nearest even, infinities and NaN kept.
uint16_t toBf16(float value);
float fromBf16(uint16_t bits);
uint16_t toF16(float value);
float fromF16(uint16_t bits);

} // namespace msa
#endif
