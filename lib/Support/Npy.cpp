#include "msa/Support/Npy.h"
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

namespace msa {

static const char *descrOf(Dtype dtype) {
  switch (dtype) {
  case Dtype::F32: return "<f4";
  case Dtype::F16: return "<f2";
  case Dtype::BF16: return "<u2";
  case Dtype::I32: return "<i4";
  }
  return "";
}

std::string writeNpy(const NpyArray &array) {
  std::string shape;
  for (int64_t size : array.shape) shape += std::to_string(size) + ", ";
  std::string header =
      std::string("{'descr': '") + descrOf(array.dtype) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' '); // data begins at a multiple of 64 bytes
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += char(header.size() & 255);
  text += char(header.size() >> 8);
  return text + header + array.bytes;
}

namespace {
/// What follows "'key':" in the header's Python dict, without spaces before it.
std::optional<std::string> valueOf(const std::string &header, const std::string &key) {
  size_t at = header.find("'" + key + "'");
  if (at == std::string::npos) return std::nullopt;
  at = header.find(':', at);
  if (at == std::string::npos) return std::nullopt;
  at = header.find_first_not_of(' ', at + 1);
  return at == std::string::npos ? std::nullopt : std::optional(header.substr(at));
}

std::optional<std::vector<int64_t>> parseShape(const std::string &text) {
  size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string::npos) return std::nullopt;
  std::vector<int64_t> shape;
  for (size_t i = 1; i < end;) {
    if (text[i] == ' ' || text[i] == ',') {
      ++i;
      continue;
    }
    int64_t size = 0;
    size_t begin = i;
    for (; text[i] >= '0' && text[i] <= '9' && size < (int64_t(1) << 40); ++i) size = size * 10 + (text[i] - '0');
    if (i == begin) return std::nullopt;
    shape.push_back(size);
  }
  return shape;
}

std::nullopt_t fail(std::string &error, const std::string &expected, const std::string &found) {
  error = "[npy] expects " + expected + ", but " + found;
  return std::nullopt;
}
} // namespace

std::optional<NpyArray> readNpy(const std::string &text, Dtype wanted, std::string &error) {
  auto byte = [&](size_t i) { return size_t(uint8_t(text[i])); };
  if (text.size() < 12 || text.compare(0, 6, "\x93NUMPY") != 0) return fail(error, "a .npy file", "this is none");
  bool wide = text[6] >= 2; // version 2 widened the header's length
  size_t length = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0), begin = wide ? 12 : 10;
  if (text[6] < 1 || text[6] > 3 || begin + length > text.size())
    return fail(error, "a whole .npy header of version 1 to 3", "it is cut or of version " + std::to_string(text[6]));
  std::string header = text.substr(begin, length);
  std::optional<std::string> descr = valueOf(header, "descr"), order = valueOf(header, "fortran_order"),
                             shapeText = valueOf(header, "shape");
  std::optional<std::vector<int64_t>> shape = shapeText ? parseShape(*shapeText) : std::nullopt;
  if (!descr || descr->size() < 5 || !order || !shape)
    return fail(error, "'descr', 'fortran_order' and 'shape' in the header", "it is " + header);
  if (order->compare(0, 5, "False") != 0 && shape->size() > 1)
    return fail(error, "C order", "the array is in Fortran order");
  std::string stored = descr->substr(1, descr->find_first_of("'\"", 1) - 1);
  bool widened = wanted == Dtype::I32 && stored == "<i8";
  bool same = stored == descrOf(wanted) || (wanted == Dtype::BF16 && (stored == "<V2" || stored == "|V2"));
  if (!same && !widened)
    return fail(error, std::string(descrOf(wanted)) + " (" + std::string(name(wanted)) + ")", "the array is " + stored);

  NpyArray array{wanted, *shape, {}};
  int64_t count = 1;
  for (int64_t size : *shape)
    if (__builtin_mul_overflow(count, size, &count) || count > (int64_t(1) << 48))
      return fail(error, "a size that fits in memory", "the shape is " + *shapeText);
  size_t bytes = size_t(count) * (widened ? 8 : size_t(byteSize(wanted)));
  if (text.size() - begin - length != bytes)
    return fail(error, std::to_string(bytes) + " bytes of data",
                "there are " + std::to_string(text.size() - begin - length));
  array.bytes = text.substr(begin + length);
  if (!widened) return array;
  std::string narrow(size_t(count) * 4, '\0');
  for (int64_t i = 0; i < count; ++i) {
    int64_t value;
    std::memcpy(&value, array.bytes.data() + i * 8, 8);
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
      return fail(error, "values that fit in i32", "element " + std::to_string(i) + " is " + std::to_string(value));
    int32_t small = int32_t(value);
    std::memcpy(narrow.data() + i * 4, &small, 4);
  }
  array.bytes = std::move(narrow);
  return array;
}

std::string saveNpy(const std::string &path, const NpyArray &array) {
  std::ofstream file(path, std::ios::binary);
  file << writeNpy(array);
  file.close();
  return file ? "" : "[npy] needs to write '" + path + "', but it cannot be written";
}

std::optional<NpyArray> loadNpy(const std::string &path, Dtype wanted, std::string &error) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    error = "[npy] needs '" + path + "', but it cannot be opened";
    return std::nullopt;
  }
  std::ostringstream text;
  text << file.rdbuf();
  std::optional<NpyArray> array = readNpy(text.str(), wanted, error);
  if (!array) error += " ('" + path + "')";
  return array;
}

} // namespace msa
