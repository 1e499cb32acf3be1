#include "msa/Runtime/DeviceTensors.h"
#include <algorithm>
#include <cstring>
#include <tuple>

namespace msa {

std::string DeviceTensors::upload(std::shared_ptr<const Device> device, const TensorRef *host, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    shapes.push_back(shapeOf(host[i]));
    strides.push_back(stridesOf(host[i]));
    spans.push_back(spanOf(shapes[i], strides[i]));
  }
  // Tensors by where they begin; one that begins before the last has ended shares its buffer.
  struct Range {
    const char *begin, *end;
    size_t tensor;
  };
  std::vector<Range> ranges;
  for (size_t i = 0; i < count; ++i) {
    int64_t element = byteSize(host[i].dtype);
    const char *begin = static_cast<const char *>(host[i].data) + spans[i].lowest * element;
    ranges.push_back({begin, begin + spans[i].count * element, i});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range &a, const Range &b) { return std::tie(a.begin, a.tensor) < std::tie(b.begin, b.tensor); });
  places.resize(count);
  tensors.assign(host, host + count);
  for (size_t i = 0; i < count;) {
    const char *begin = ranges[i].begin, *end = begin;
    do {
      places[ranges[i].tensor] = {buffers.size(), ranges[i].begin - begin};
      end = std::max(end, ranges[i].end);
    } while (++i < count && ranges[i].begin < end);
    buffers.emplace_back();
    std::string error = buffers.back().allocate(device, end - begin);
    if (error.empty() && end != begin) error = buffers.back().copyFromHost(begin, end - begin);
    if (!error.empty()) return error;
  }
  pointTensors();
  return "";
}

void DeviceTensors::pointTensors() {
  for (size_t i = 0; i < tensors.size(); ++i) {
    CUdeviceptr lowest = buffers[places[i].buffer].address() + uint64_t(places[i].byteOffset);
    CUdeviceptr address = lowest - uint64_t(spans[i].lowest * byteSize(tensors[i].dtype));
    tensors[i].data = reinterpret_cast<void *>(uintptr_t(address));
    tensors[i].shape = shapes[i].data(), tensors[i].strides = strides[i].data();
  }
}

std::string DeviceTensors::cloneFrom(std::shared_ptr<const Device> device, const DeviceTensors &other) {
  shapes = other.shapes, strides = other.strides, spans = other.spans, tensors = other.tensors, places = other.places;
  buffers.resize(other.buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    std::string error = buffers[i].allocate(device, other.buffers[i].bytes());
    if (error.empty()) error = buffers[i].copyFrom(other.buffers[i]);
    if (!error.empty()) return error;
  }
  pointTensors();
  return "";
}

std::string DeviceTensors::download(size_t index, const TensorRef &host) const {
  const std::vector<int64_t> &shape = shapes[index], &stride = strides[index];
  int64_t element = byteSize(host.dtype), count = 1;
  for (int64_t size : shape) count *= size;
  const Span &span = spans[index];
  if (count == 0) return "";
  char *home = static_cast<char *>(host.data);
  const DeviceBuffer &buffer = buffers[places[index].buffer];
  int64_t begin = places[index].byteOffset;
  if (count == span.count) return buffer.copyToHost(home + span.lowest * element, count * element, begin);
  std::vector<char> staged(size_t(span.count * element));
  if (std::string error = buffer.copyToHost(staged.data(), span.count * element, begin); !error.empty()) return error;
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
