#include "msa/Reference/Tensor.h"
#include <cstdlib>
#include <new>

namespace msa::reference {

int64_t byteSize(Element element) { return element == Element::F64 ? 8 : byteSize(Dtype(int32_t(element))); }

static std::vector<int64_t> rowMajor(const std::vector<int64_t> &shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

Tensor::Tensor(void *data, Element element, std::vector<int64_t> shape)
    : data(data), element(element), shape(std::move(shape)), strides(rowMajor(this->shape)) {}

Tensor::Tensor(void *data, Element element, std::vector<int64_t> shape, std::vector<int64_t> strides)
    : data(data), element(element), shape(std::move(shape)), strides(std::move(strides)) {}

int64_t Tensor::numElements() const {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

int64_t Tensor::offset(std::initializer_list<int64_t> index) const {
  int64_t result = 0;
  size_t i = 0;
  for (int64_t position : index) result += position * strides[i++];
  return result;
}

int64_t Tensor::offsetOf(int64_t position) const {
  int64_t result = 0;
  for (size_t i = shape.size(); i-- > 0;) {
    result += position % shape[i] * strides[i];
    position /= shape[i];
  }
  return result;
}

double Tensor::get(int64_t offset) const {
  switch (element) {
  case Element::F32: return static_cast<const float *>(data)[offset];
  case Element::F16: return fromF16(static_cast<const uint16_t *>(data)[offset]);
  case Element::BF16: return fromBf16(static_cast<const uint16_t *>(data)[offset]);
  case Element::I32: return static_cast<const int32_t *>(data)[offset];
  case Element::F64: return static_cast<const double *>(data)[offset];
  }
  return 0;
}

void Tensor::set(int64_t offset, double value) const {
  switch (element) {
  case Element::F32: static_cast<float *>(data)[offset] = float(value); return;
  case Element::F16: static_cast<uint16_t *>(data)[offset] = toF16(float(value)); return;
  case Element::BF16: static_cast<uint16_t *>(data)[offset] = toBf16(float(value)); return;
  case Element::I32: static_cast<int32_t *>(data)[offset] = int32_t(value); return;
  case Element::F64: static_cast<double *>(data)[offset] = value; return;
  }
}

void Tensor::getRow(int64_t offset, int64_t count, double *values) const {
  int64_t stride = strides.back();
  if (element == Element::BF16 && stride == 1) { // the common case, kept free of the switch
    const uint16_t *bits = static_cast<const uint16_t *>(data) + offset;
    for (int64_t i = 0; i < count; ++i) values[i] = fromBf16(bits[i]);
    return;
  }
  for (int64_t i = 0; i < count; ++i) values[i] = get(offset + i * stride);
}

void Tensor::setRow(int64_t offset, int64_t count, const double *values) const {
  for (int64_t i = 0; i < count; ++i) set(offset + i * strides.back(), values[i]);
}

Tensor Tensor::slice(const std::vector<int64_t> &offsets, const std::vector<int64_t> &sizes) const {
  Tensor part = *this;
  int64_t first = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    first += (i < offsets.size() ? offsets[i] : 0) * strides[i];
    if (i < sizes.size() && sizes[i] >= 0) part.shape[i] = sizes[i];
  }
  part.data = static_cast<char *>(data) + first * byteSize(element);
  return part;
}

std::string describe(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

OwnedTensor::OwnedTensor(Element element, std::vector<int64_t> shape) {
  tensor = Tensor(nullptr, element, std::move(shape));
  size_t bytes = size_t(tensor.numElements() * byteSize(element));
  memory.reset(std::calloc(bytes ? bytes : 1, 1));
  if (!memory) throw std::bad_alloc();
  tensor.data = memory.get();
}

void OwnedTensor::Free::operator()(void *memory) const { std::free(memory); }

} // namespace msa::reference
