//===- Npy.h - one tensor a .npy file ---------------------------*- C++ -*-===//
//
// NumPy's format, versions 1 to 3, C order, little endian. numpy has no bf16: such tensors are stored as their bits, uint16 ("<u2"; with
// ml_dtypes, `numpy.load(f).view(ml_dtypes.bfloat16)`), and read from "<u2", "<V2" and "|V2".
//
//===----------------------------------------------------------------------===//
#ifndef MSA_SUPPORT_NPY_H
#define MSA_SUPPORT_NPY_H
#include "msa/Support/Dtype.h"
#include <optional>
#include <string>
#include <vector>

namespace msa {

/// A row-major tensor in memory of its own.
struct NpyArray {
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// The text of a .npy file.
std::string writeNpy(const NpyArray &array);
/// Reads the text of a .npy file as `wanted`: the stored type must be that one, bf16's stand-ins, or int64 for i32 where every value fits.
/// On failure nothing, and what was expected and found in `error`.
std::optional<NpyArray> readNpy(const std::string &text, Dtype wanted, std::string &error);

/// The same with files. "" or what is wrong.
std::string saveNpy(const std::string &path, const NpyArray &array);
std::optional<NpyArray> loadNpy(const std::string &path, Dtype wanted, std::string &error);

} // namespace msa
#endif
