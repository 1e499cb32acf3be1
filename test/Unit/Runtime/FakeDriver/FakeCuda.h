//===- FakeCuda.h - what tests see of the fake driver -----------*- C++ -*-===//
//
// A libcuda over host memory: kernels are C++ functions, known by name, that run where they are launched or when their graph is. What
// can be tested with it: everything that the runtime does on the host. Tests that hold on a GPU too run on both.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_TEST_UNIT_RUNTIME_FAKECUDA_H
#define MSA_TEST_UNIT_RUNTIME_FAKECUDA_H
#include <atomic>
#include <string>

struct FakeCuda {
  // Counters.
  std::atomic<int> allocations{0}; ///< alive
  std::atomic<int> allocated{0};   ///< ever
  std::atomic<int> waits{0};       ///< calls that wait for the device
  std::atomic<int> launches{0};    ///< executed
  std::atomic<int> objects{0};     ///< streams, events, graphs and modules alive
  std::atomic<int> linked{0};      ///< PTX compiled by cuLink
  std::atomic<int> jitted{0};      ///< PTX compiled by cuModuleLoadDataEx
  // Knobs.
  std::atomic<int> failLaunch{0};        ///< CUresult of the next launch
  std::atomic<bool> refuseCubins{false}; ///< as a driver older than the ptxas that made them
  std::atomic<int> version{12040};
};

/// The fake driver's state; null where the tests run with the real one.
FakeCuda *fakeCuda();

#endif
