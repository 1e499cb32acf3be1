#include "msa/Support/Encoding.h"

namespace msa {

static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encodeBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t word = 0;
    for (size_t j = 0; j < 3; ++j) word = word << 8 | (j < count ? uint8_t(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) text += j <= count ? kAlphabet[word >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

static int digitOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::optional<std::string> decodeBase64(std::string_view text) {
  if (text.size() % 4) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    bool last = i + 4 == text.size();
    int count = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 1 : 2) : 3;
    uint32_t word = 0;
    for (int j = 0; j < 4; ++j) {
      int digit = j <= count ? digitOf(text[i + j]) : 0;
      if (digit < 0) return std::nullopt;
      word = word << 6 | uint32_t(digit);
    }
    if (word & ((1u << (24 - 8 * count)) - 1)) return std::nullopt; // bits that no byte owns
    for (int j = 0; j < count; ++j) bytes += char(word >> (16 - 8 * j) & 255);
  }
  return bytes;
}

uint64_t checksum64(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : bytes) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return hash;
}

} // namespace msa
