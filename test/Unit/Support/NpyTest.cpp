#include "msa/Support/Npy.h"
#include <cstring>
#include <gtest/gtest.h>
using namespace msa;

namespace {
/// A file as numpy.save writes it.
std::string file(const std::string &descr, const std::string &shape, const std::string &data, bool fortran = false) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + char(header.size()) + '\0' + header + data;
}

std::string errorOf(const std::string &text, Dtype wanted) {
  std::string error;
  EXPECT_FALSE(readNpy(text, wanted, error));
  return error;
}
} // namespace

TEST(Npy, RoundTrip) {
  for (Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I32})
    for (const std::vector<int64_t> &shape : {std::vector<int64_t>{}, {3}, {2, 0}, {2, 3, 5}}) {
      NpyArray array{dtype, shape, {}};
      int64_t count = 1;
      for (int64_t size : shape) count *= size;
      for (int64_t i = 0; i < count * byteSize(dtype); ++i) array.bytes += char(i * 37);
      std::string error, text = writeNpy(array);
      EXPECT_EQ((text.size() - array.bytes.size()) % 64, 0u);
      std::optional<NpyArray> back = readNpy(text, dtype, error);
      ASSERT_TRUE(back) << error;
      EXPECT_EQ(back->shape, shape);
      EXPECT_EQ(back->bytes, array.bytes);
    }
}

TEST(Npy, ReadsWhatNumpyWrites) {
  std::string error;
  EXPECT_EQ(readNpy(file("<i4", "(2,)", std::string(8, 'x')), Dtype::I32, error)->shape, (std::vector<int64_t>{2}));
  EXPECT_EQ(readNpy(file("|V2", "(1, 2)", "abcd"), Dtype::BF16, error)->bytes, "abcd");
  EXPECT_TRUE(readNpy(file("<u2", "()", "ab"), Dtype::BF16, error));
  int64_t values[] = {5, -1};
  std::optional<NpyArray> narrow =
      readNpy(file("<i8", "(2,)", std::string(reinterpret_cast<char *>(values), 16)), Dtype::I32, error);
  ASSERT_TRUE(narrow) << error;
  int32_t second;
  std::memcpy(&second, narrow->bytes.data() + 4, 4);
  EXPECT_EQ(second, -1);
}

TEST(Npy, ErrorsNameBothValues) {
  EXPECT_EQ(errorOf("hello", Dtype::F32), "[npy] expects a .npy file, but this is none");
  EXPECT_EQ(errorOf(file("<f8", "(1,)", "12345678"), Dtype::F32), "[npy] expects <f4 (f32), but the array is <f8");
  EXPECT_EQ(errorOf(file("<f4", "(3,)", "12345678"), Dtype::F32), "[npy] expects 12 bytes of data, but there are 8");
  EXPECT_EQ(errorOf(file("<f4", "(2, 1)", "12345678", true), Dtype::F32),
            "[npy] expects C order, but the array is in Fortran order");
  int64_t big = int64_t(1) << 40;
  EXPECT_EQ(errorOf(file("<i8", "(1,)", std::string(reinterpret_cast<char *>(&big), 8)), Dtype::I32),
            "[npy] expects values that fit in i32, but element 0 is 1099511627776");
  std::string whole = file("<f4", "(2,)", "12345678");
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(errorOf(whole.substr(0, size), Dtype::F32), "");
}
