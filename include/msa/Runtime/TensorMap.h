//===- TensorMap.h - TMA descriptors of a plan ------------------*- C++ -*-===//
#ifndef MSA_RUNTIME_TENSORMAP_H
#define MSA_RUNTIME_TENSORMAP_H
#include "msa/Artifact/Manifest.h"
#include "msa/Runtime/CudaDriver.h"

namespace msa {

/// TensorMapSpec for given shapes and strides: all but the address. Immutable.
class TensorMap {
public:
  /// `strides`: of the argument or temporary, in elements. `shapes`: of the arguments, for the sizes. "" or what TMA cannot do, as
  /// "expects X, but Y".
  std::string plan(const TensorMapSpec &spec, Dtype dtype, const std::vector<int64_t> &strides,
                   const std::vector<std::vector<int64_t>> &shapes);

  /// Writes the descriptor: on the host, about a microsecond, without allocation; a context must be current. "" or the driver's error.
  std::string encode(const CudaDriver &driver, CUdeviceptr address, CUtensorMap &map) const;

  /// The bytes that an address must be a multiple of.
  static constexpr int64_t kAlignBytes = 16;

  /// "bf16 {64, 100, 2} strides {256, 128} box {64, 64, 2} swizzle 128".
  std::string describe() const;

private:
  Dtype dtype = Dtype::BF16;
  int rank = 0;
  uint64_t sizes[5] = {};   ///< elements, innermost first
  uint64_t strides[4] = {}; ///< bytes, of all but the innermost
  uint32_t box[5] = {};
  int swizzleBytes = 0;
  bool empty = false; ///< some size is 0: the descriptor is all zeros
};

} // namespace msa
#endif
