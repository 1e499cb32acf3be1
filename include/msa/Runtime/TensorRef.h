//===- TensorRef.h - a tensor of the caller's -------------------*- C++ -*-===//
#ifndef MSA_RUNTIME_TENSORREF_H
#define MSA_RUNTIME_TENSORREF_H
#include "msa/Runtime/Device.h"
#include "msa/Support/Dtype.h"
#include <optional>
#include <string>
#include <vector>

namespace msa {

/// The C ABI's msartTensor, field for field. Host memory for CPU programs, device memory for GPU programs.
struct TensorRef {
  void *data = nullptr;
  Dtype dtype = Dtype::F32;
  int32_t rank = 0;
  const int64_t *shape = nullptr;
  const int64_t *strides = nullptr; ///< elements; null means row-major
};

/// Row-major strides, in elements.
std::vector<int64_t> rowMajorStrides(const std::vector<int64_t> &shape);
std::vector<int64_t> shapeOf(const TensorRef &tensor);
std::vector<int64_t> stridesOf(const TensorRef &tensor);

/// Elements between the lowest and the highest address that a strided tensor touches.
struct Span {
  int64_t lowest = 0; ///< elements from the tensor's address, not positive
  int64_t count = 0;  ///< 0 where the tensor is empty
};
Span spanOf(const std::vector<int64_t> &shape, const std::vector<int64_t> &strides);

/// Appends the tensor's elements, row-major, to `bytes`. `device` null: it lies in host memory. Else it is copied after what `stream` still
/// has to do, and waited for. "" or the driver's error.
std::string copyElements(const Device *device, void *stream, const TensorRef &tensor, std::string &bytes);
/// Whether `stream` records a graph, so that nothing may wait for it.
bool isCapturing(const Device &device, void *stream);

} // namespace msa
#endif
