//===- Encoding.h - bytes as text, and a checksum ---------------*- C++ -*-===//
#ifndef MSA_SUPPORT_ENCODING_H
#define MSA_SUPPORT_ENCODING_H
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace msa {

/// RFC 4648 base64 with padding and no line breaks.
std::string encodeBase64(std::string_view bytes);
/// The bytes, or nothing where `text` is not exactly what encodeBase64 could have written.
std::optional<std::string> decodeBase64(std::string_view text);

/// 64-bit FNV-1a: finds accidents (a cut or altered file), not attacks.
uint64_t checksum64(std::string_view bytes);

} // namespace msa
#endif
