//===- Sha256.h - names by content ------------------------------*- C++ -*-===//
#ifndef MSA_SUPPORT_SHA256_H
#define MSA_SUPPORT_SHA256_H
#include <string>
#include <string_view>

namespace msa {

/// FIPS 180-4's SHA-256 of `bytes`, as 64 lower-case hex digits.
std::string sha256(std::string_view bytes);

} // namespace msa
#endif
