//===- Module.h - an artifact's code, loaded --------------------*- C++ -*-===//
#ifndef MSA_RUNTIME_MODULE_H
#define MSA_RUNTIME_MODULE_H
#include "msa/Artifact/Manifest.h"
#include "msa/Runtime/Device.h"

namespace msa {

/// PTX or a cubin on one device.
class GpuModule {
public:
  /// PTX is assembled by the driver, or by the ptxas at MSA_PTXAS_PATH, and what came of it kept for the next time (CubinCache.h). The
  /// driver's log is part of the error.
  static std::unique_ptr<GpuModule> load(std::shared_ptr<const Device> device, const ModuleSpec &spec,
                                         std::string &error);
  ~GpuModule();
  GpuModule(const GpuModule &) = delete;
  GpuModule &operator=(const GpuModule &) = delete;
  /// The kernel `name`, ready for `threads` threads and `smemBytes` of dynamic shared memory, or null and why not.
  CUfunction kernel(const std::string &name, int64_t threads, int64_t smemBytes, std::string &error) const;

private:
  GpuModule(std::shared_ptr<const Device> device, CUmodule module) : device(std::move(device)), module(module) {}
  std::shared_ptr<const Device> device;
  CUmodule module;
};

/// A shared object in this process.
class CpuModule {
public:
  /// Loads `spec.bytes` from memory, or from a file in MSA_CACHE_DIR (else the temporary folder) where that is not possible, and hands
  /// it the shared thread pool as `msa_parallel_for`.
  static std::unique_ptr<CpuModule> load(const ModuleSpec &spec, std::string &error);
  ~CpuModule();
  CpuModule(const CpuModule &) = delete;
  CpuModule &operator=(const CpuModule &) = delete;
  using Entry = void (*)(void **memrefDescriptors);
  Entry entry(const std::string &name, std::string &error) const;

private:
  CpuModule(void *library, int fd) : library(library), fd(fd) {}
  void *library;
  int fd; ///< kept open: the loader knows libraries by path, and /proc/self/fd/N may not come to mean another one
};

} // namespace msa
#endif
