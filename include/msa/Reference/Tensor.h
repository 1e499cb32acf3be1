//===- Tensor.h - strided views that read and write doubles -----*- C++ -*-===//
#ifndef MSA_REFERENCE_TENSOR_H
#define MSA_REFERENCE_TENSOR_H
#include "msa/Support/Dtype.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace msa::reference {

/// Element types of the reference: those of the doors, with the same values, and f64 for results that are compared against.
enum class Element : int32_t { F32 = 0, F16 = 1, BF16 = 2, I32 = 3, F64 = 4 };
inline Element elementOf(Dtype dtype) { return Element(int32_t(dtype)); }
int64_t byteSize(Element element);

/// A view of memory that someone else owns. Copies share the memory.
struct Tensor {
  void *data = nullptr;
  Element element = Element::F32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides; ///< in elements, one per dimension; may be 0

  Tensor() = default;
  /// Row-major.
  Tensor(void *data, Element element, std::vector<int64_t> shape);
  Tensor(void *data, Element element, std::vector<int64_t> shape, std::vector<int64_t> strides);

  int64_t rank() const { return int64_t(shape.size()); }
  int64_t numElements() const;
  explicit operator bool() const { return !shape.empty(); } ///< false: absent operand

  /// Element offset of an index; the caller keeps it in range.
  int64_t offset(std::initializer_list<int64_t> index) const;
  double get(int64_t offset) const;
  void set(int64_t offset, double value) const; ///< rounds to nearest even; i32 truncates
  double at(std::initializer_list<int64_t> index) const { return get(offset(index)); }
  /// Reads `count` elements along the last dimension.
  void getRow(int64_t offset, int64_t count, double *values) const;
  void setRow(int64_t offset, int64_t count, const double *values) const;

  /// Element offset of logical (row-major) position `position`.
  int64_t offsetOf(int64_t position) const;
  /// A part of this view; a size of -1 keeps the whole dimension (its offset must be 0).
  Tensor slice(const std::vector<int64_t> &offsets, const std::vector<int64_t> &sizes) const;
};

/// "[8, 64, 128]".
std::string describe(const std::vector<int64_t> &shape);

/// A row-major tensor that owns zeroed memory. Pages that are never touched cost nothing, so a large result of which only some rows
/// are computed is cheap.
class OwnedTensor {
public:
  OwnedTensor() = default;
  OwnedTensor(Element element, std::vector<int64_t> shape);
  const Tensor &view() const { return tensor; }

private:
  struct Free {
    void operator()(void *memory) const;
  };
  std::unique_ptr<void, Free> memory;
  Tensor tensor;
};

} // namespace msa::reference
#endif
