#include "msa/Runtime/DeviceTensors.h"
#include <algorithm>
#include <cstring>

namespace msa {

std::string DeviceTensors::upload(std::shared_ptr<const Device> device, const TensorRef *host, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    shapes.push_back(shapeOf(host[i]));
    strides.push_back(stridesOf(host[i]));
    spans.push_back(spanOf(shapes[i], strides[i]));
  }
  buffers.resize(count);
  for (size_t i = 0; i < count; ++i) {
    int64_t element = byteSize(host[i].dtype), bytes = spans[i].count * element;
    std::string error = buffers[i].allocate(device, bytes);
    if (error.empty() && bytes)
      error = buffers[i].copyFromHost(static_cast<const char *>(host[i].data) + spans[i].lowest * element, bytes);
    if (!error.empty()) return error;
    auto address = buffers[i].address() - uint64_t(spans[i].lowest * element);
    tensors.push_back({reinterpret_cast<void *>(uintptr_t(address)), host[i].dtype, host[i].rank, shapes[i].data(),
                       strides[i].data()});
  }
  return "";
}

std::string DeviceTensors::cloneFrom(std::shared_ptr<const Device> device, const DeviceTensors &other) {
  shapes = other.shapes, strides = other.strides, spans = other.spans, tensors = other.tensors;
  buffers.resize(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::string error = buffers[i].allocate(device, other.buffers[i].bytes());
    if (error.empty()) error = buffers[i].copyFrom(other.buffers[i]);
    if (!error.empty()) return error;
    auto address = buffers[i].address() - uint64_t(spans[i].lowest * byteSize(tensors[i].dtype));
    tensors[i] = {reinterpret_cast<void *>(uintptr_t(address)), tensors[i].dtype, tensors[i].rank, shapes[i].data(),
                  strides[i].data()};
  }
  return "";
}

std::string DeviceTensors::download(size_t index, const TensorRef &host) const {
  const std::vector<int64_t> &shape = shapes[index], &stride = strides[index];
  int64_t element = byteSize(host.dtype), count = 1;
  for (int64_t size : shape) count *= size;
  const Span &span = spans[index];
  if (count == 0) return "";
  char *home = static_cast<char *>(host.data);
  if (count == span.count) return buffers[index].copyToHost(home + span.lowest * element, count * element);
  std::vector<char> staged(size_t(span.count * element));
  if (std::string error = buffers[index].copyToHost(staged.data(), span.count * element); !error.empty()) return error;
  for (int64_t i = 0; i < count; ++i) {
    int64_t offset = 0, rest = i;
    for (size_t d = shape.size(); d-- > 0; rest /= shape[d]) offset += rest % shape[d] * stride[d];
    std::memcpy(home + offset * element, staged.data() + (offset - span.lowest) * element, size_t(element));
  }
  return "";
}

int64_t DeviceTensors::bytes() const {
  int64_t total = 0;
  for (const DeviceBuffer &buffer : buffers) total += buffer.bytes();
  return total;
}

} // namespace msa
