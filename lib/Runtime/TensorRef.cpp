#include "msa/Runtime/TensorRef.h"
#include <algorithm>
#include <cstring>

namespace msa {

std::vector<int64_t> rowMajorStrides(const std::vector<int64_t> &shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

std::vector<int64_t> shapeOf(const TensorRef &tensor) { return {tensor.shape, tensor.shape + tensor.rank}; }

std::vector<int64_t> stridesOf(const TensorRef &tensor) {
  if (!tensor.strides) return rowMajorStrides(shapeOf(tensor));
  return {tensor.strides, tensor.strides + tensor.rank};
}

Span spanOf(const std::vector<int64_t> &shape, const std::vector<int64_t> &strides) {
  int64_t lowest = 0, highest = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0) return {};
    int64_t reach = (shape[d] - 1) * strides[d];
    (reach < 0 ? lowest : highest) += reach;
  }
  return {lowest, highest - lowest + 1};
}

namespace {
/// Copies a part of a tensor: what lies close together in one piece, the rest one index of the outermost dimension at a time.
class ElementCopier {
public:
  ElementCopier(const Device *device, void *stream, const TensorRef &tensor)
      : device(device),
        stream(static_cast<CUstream>(stream)),
        base(uint64_t(uintptr_t(tensor.data))),
        element(byteSize(tensor.dtype)),
        shape(shapeOf(tensor)),
        strides(stridesOf(tensor)) {}

  std::string copy(size_t dim, int64_t offset, char *&out) {
    std::vector<int64_t> part(shape.begin() + int64_t(dim), shape.end()),
        steps(strides.begin() + int64_t(dim), strides.end());
    Span span = spanOf(part, steps);
    if (span.count == 0) return "";
    int64_t count = 1;
    for (int64_t size : part) count *= size;
    constexpr int64_t kSmallBytes = 1 << 20; // a copy of its own costs more than bytes between elements
    if (span.count > 2 * count && span.count * element > kSmallBytes) {
      for (int64_t i = 0; i < shape[dim]; ++i)
        if (std::string error = copy(dim + 1, offset + i * strides[dim], out); !error.empty()) return error;
      return "";
    }
    if (steps == rowMajorStrides(part)) {
      std::string error = fetch(offset, count, out);
      out += count * element;
      return error;
    }
    staged.resize(size_t(span.count * element));
    if (std::string error = fetch(offset + span.lowest, span.count, staged.data()); !error.empty()) return error;
    for (int64_t i = 0; i < count; ++i, out += element) {
      int64_t at = -span.lowest, rest = i;
      for (size_t d = part.size(); d-- > 0; rest /= part[d]) at += rest % part[d] * steps[d];
      std::memcpy(out, staged.data() + at * element, size_t(element));
    }
    return "";
  }

private:
  std::string fetch(int64_t offset, int64_t count, char *to) const {
    uint64_t from = base + uint64_t(offset * element);
    if (!device) {
      std::memcpy(to, reinterpret_cast<const void *>(uintptr_t(from)), size_t(count * element));
      return "";
    }
    const CudaDriver &driver = device->driver;
    std::string error =
        driver.check(driver.cuMemcpyDtoHAsync(to, from, size_t(count * element), stream), "cuMemcpyDtoHAsync");
    return error.empty() ? driver.check(driver.cuStreamSynchronize(stream), "cuStreamSynchronize") : error;
  }

  const Device *device;
  CUstream stream;
  uint64_t base;
  int64_t element;
  std::vector<int64_t> shape, strides;
  std::vector<char> staged;
};
} // namespace

std::string copyElements(const Device *device, void *stream, const TensorRef &tensor, std::string &bytes) {
  int64_t count = 1;
  for (int64_t size : shapeOf(tensor)) count *= size;
  size_t begin = bytes.size();
  bytes.resize(begin + size_t(count * byteSize(tensor.dtype)));
  char *out = bytes.data() + begin;
  std::optional<Device::Scope> scope;
  if (device) scope.emplace(*device);
  return ElementCopier(device, stream, tensor).copy(0, 0, out);
}

bool isCapturing(const Device &device, void *stream) {
  Device::Scope scope(device);
  int status = 0;
  // Asked of the default stream, the driver fails where another stream's capture forbids to use it.
  return device.driver.cuStreamIsCapturing(static_cast<CUstream>(stream), &status) != 0 || status != 0;
}

} // namespace msa
