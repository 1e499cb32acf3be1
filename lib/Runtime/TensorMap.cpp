#include "msa/Runtime/TensorMap.h"
#include <cstring>

namespace msa {

std::string TensorMap::plan(const TensorMapSpec &spec, Dtype elements, const std::vector<int64_t> &rootStrides,
                            const std::vector<std::vector<int64_t>> &shapes) {
  constexpr int64_t kMaxStrideBytes = int64_t(1) << 40, kMaxSize = int64_t(1) << 32;
  dtype = elements;
  rank = int(spec.dims.size());
  swizzleBytes = spec.swizzleBytes;
  const int64_t bytes = byteSize(dtype);
  for (int d = 0; d < rank; ++d) {
    const TensorMapSpec::Dim &dim = spec.dims[d];
    std::string which = " in dimension " + std::to_string(dim.dimension);
    int64_t size = evaluate(dim.size, shapes), stride = rootStrides[dim.dimension];
    if (size < 0 || size > kMaxSize)
      return "expects sizes of 0 to " + std::to_string(kMaxSize) + " for TMA, but one is " + std::to_string(size) +
             which;
    bool used = size > 1; // else no step is ever taken
    if (d == 0 && used && (stride != 1 || dim.step != 1))
      return "expects an innermost stride of 1 for TMA, but it is " + std::to_string(stride * dim.step) + which;
    if (d > 0) {
      int64_t strideBytes = 0;
      bool overflow = __builtin_mul_overflow(stride, dim.step * bytes, &strideBytes);
      if (used && (overflow || strideBytes < 0 || strideBytes >= kMaxStrideBytes || strideBytes % 16))
        return "expects strides that are multiples of 16 bytes, from 0 to below 2^40, for TMA, but one is " +
               std::to_string(stride) + (dim.step > 1 ? " * " + std::to_string(dim.step) : "") + " elements of " +
               std::to_string(bytes) + " bytes" + which;
      strides[d - 1] = used ? uint64_t(strideBytes) : 16;
    }
    sizes[d] = uint64_t(size);
    box[d] = uint32_t(dim.box);
    empty |= size == 0;
  }
  return "";
}

std::string TensorMap::encode(const CudaDriver &driver, CUdeviceptr address, CUtensorMap &map) const {
  // Values of CUtensorMapDataType and of the enumerations of the other parameters.
  constexpr int kInt32 = 3, kFloat16 = 6, kFloat32 = 7, kBfloat16 = 9;
  constexpr int kNoInterleave = 0, kPromoteTo256Bytes = 3, kFillWithZeros = 0;
  if (empty) {
    std::memset(&map, 0, sizeof map);
    return "";
  }
  if (!driver.cuTensorMapEncodeTiled)
    return "[driver-version] needs a driver of CUDA 12.0 or later for TMA, but this one is of CUDA " +
           std::to_string(driver.version / 1000) + "." + std::to_string(driver.version % 1000 / 10);
  int type = dtype == Dtype::BF16  ? kBfloat16
             : dtype == Dtype::F16 ? kFloat16
             : dtype == Dtype::F32 ? kFloat32
                                   : kInt32;
  int swizzle = swizzleBytes == 0 ? 0 : swizzleBytes == 32 ? 1 : swizzleBytes == 64 ? 2 : 3;
  static constexpr uint32_t kElementStrides[5] = {1, 1, 1, 1, 1};
  CUresult result =
      driver.cuTensorMapEncodeTiled(&map, type, uint32_t(rank), reinterpret_cast<void *>(address), sizes, strides, box,
                                    kElementStrides, kNoInterleave, swizzle, kPromoteTo256Bytes, kFillWithZeros);
  return result ? driver.check(result, "cuTensorMapEncodeTiled") + " for " + describe() : "";
}

template <class T> static std::string listOf(const T *values, int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "}";
}

std::string TensorMap::describe() const {
  return std::string(name(dtype)) + " " + listOf(sizes, rank) + " strides " + listOf(strides, rank - 1) + " box " +
         listOf(box, rank) + (swizzleBytes ? " swizzle " + std::to_string(swizzleBytes) : "");
}

} // namespace msa
