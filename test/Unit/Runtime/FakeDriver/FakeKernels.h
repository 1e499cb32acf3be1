//===- FakeKernels.h - kernels that the fake driver knows -------*- C++ -*-===//
#ifndef MSA_TEST_UNIT_RUNTIME_FAKEKERNELS_H
#define MSA_TEST_UNIT_RUNTIME_FAKEKERNELS_H
#include <string>
#include <vector>

struct FakeParam {
  alignas(128) char bytes[128];
  template <class T> T as() const { return *reinterpret_cast<const T *>(bytes); }
};
struct FakeKernel {
  const char *name;
  std::vector<size_t> paramBytes;
  void (*block)(unsigned blockIdx, unsigned threads, const FakeParam *params);
};
/// What the fake driver puts into a tensor map.
struct FakeTensorMap {
  unsigned long long address;
  unsigned rank;
  int swizzle;
  unsigned sizes[5];
  unsigned strides[5]; ///< bytes, of dimension 1 on
  unsigned box[5];
};

/// Null where there is none.
const FakeKernel *findFakeKernel(const std::string &name);

#endif
