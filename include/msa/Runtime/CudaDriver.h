//===- CudaDriver.h - libcuda, found at run time ----------------*- C++ -*-===//
//
// The CUDA driver API by dlopen: no toolkit and no cuda.h. Only what this runtime calls is declared, with the driver's own names.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_RUNTIME_CUDADRIVER_H
#define MSA_RUNTIME_CUDADRIVER_H
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace msa {

using CUresult = int; ///< 0 is success
using CUdevice = int;
using CUdeviceptr = uint64_t;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphExec = struct CUgraphExec_st *;
using CUlinkState = struct CUlinkState_st *;
/// What TMA instructions read; made by the driver.
struct alignas(128) CUtensorMap {
  uint64_t opaque[16];
};

/// X(name, symbol in libcuda, parameters). The symbol is versioned where the API changed meaning.
#define MSA_CUDA_FUNCTIONS(X)                                                                                          \
  X(cuInit, "cuInit", (unsigned flags))                                                                                \
  X(cuDriverGetVersion, "cuDriverGetVersion", (int *version))                                                          \
  X(cuGetErrorName, "cuGetErrorName", (CUresult result, const char **text))                                            \
  X(cuGetErrorString, "cuGetErrorString", (CUresult result, const char **text))                                        \
  X(cuDeviceGetCount, "cuDeviceGetCount", (int *count))                                                                \
  X(cuDeviceGet, "cuDeviceGet", (CUdevice * device, int ordinal))                                                      \
  X(cuDeviceGetName, "cuDeviceGetName", (char *name, int length, CUdevice device))                                     \
  X(cuDeviceGetAttribute, "cuDeviceGetAttribute", (int *value, int attribute, CUdevice device))                        \
  X(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", (CUcontext * context, CUdevice device))                      \
  X(cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", (CUdevice device))                                      \
  X(cuCtxGetCurrent, "cuCtxGetCurrent", (CUcontext * context))                                                         \
  X(cuCtxPushCurrent, "cuCtxPushCurrent_v2", (CUcontext context))                                                      \
  X(cuCtxPopCurrent, "cuCtxPopCurrent_v2", (CUcontext * context))                                                      \
  X(cuModuleLoadDataEx, "cuModuleLoadDataEx",                                                                          \
    (CUmodule * module, const void *image, unsigned count, int *options, void **values))                               \
  X(cuModuleUnload, "cuModuleUnload", (CUmodule module))                                                               \
  X(cuLinkCreate, "cuLinkCreate_v2", (unsigned count, int *options, void **values, CUlinkState *state))                \
  X(cuLinkAddData, "cuLinkAddData_v2",                                                                                 \
    (CUlinkState state, int type, void *data, size_t bytes, const char *name, unsigned count, int *options,            \
     void **values))                                                                                                   \
  X(cuLinkComplete, "cuLinkComplete", (CUlinkState state, void **cubin, size_t *bytes))                                \
  X(cuLinkDestroy, "cuLinkDestroy", (CUlinkState state))                                                               \
  X(cuModuleGetFunction, "cuModuleGetFunction", (CUfunction * function, CUmodule module, const char *name))            \
  X(cuFuncSetAttribute, "cuFuncSetAttribute", (CUfunction function, int attribute, int value))                         \
  X(cuFuncGetAttribute, "cuFuncGetAttribute", (int *value, int attribute, CUfunction function))                        \
  X(cuLaunchKernel, "cuLaunchKernel",                                                                                  \
    (CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,            \
     unsigned blockZ, unsigned smemBytes, CUstream stream, void **params, void **extra))                               \
  X(cuMemGetInfo, "cuMemGetInfo_v2", (size_t *free, size_t *total))                                                    \
  X(cuMemAlloc, "cuMemAlloc_v2", (CUdeviceptr * address, size_t bytes))                                                \
  X(cuMemFree, "cuMemFree_v2", (CUdeviceptr address))                                                                  \
  X(cuMemcpyHtoD, "cuMemcpyHtoD_v2", (CUdeviceptr to, const void *from, size_t bytes))                                 \
  X(cuMemcpyDtoH, "cuMemcpyDtoH_v2", (void *to, CUdeviceptr from, size_t bytes))                                       \
  X(cuMemcpyDtoD, "cuMemcpyDtoD_v2", (CUdeviceptr to, CUdeviceptr from, size_t bytes))                                 \
  X(cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2", (void *to, CUdeviceptr from, size_t bytes, CUstream stream))            \
  X(cuPointerGetAttribute, "cuPointerGetAttribute", (void *value, int attribute, CUdeviceptr address))                 \
  X(cuMemsetD8, "cuMemsetD8_v2", (CUdeviceptr to, unsigned char value, size_t bytes))                                  \
  X(cuStreamCreate, "cuStreamCreate", (CUstream * stream, unsigned flags))                                             \
  X(cuStreamDestroy, "cuStreamDestroy_v2", (CUstream stream))                                                          \
  X(cuStreamSynchronize, "cuStreamSynchronize", (CUstream stream))                                                     \
  X(cuStreamIsCapturing, "cuStreamIsCapturing", (CUstream stream, int *status))                                        \
  X(cuStreamBeginCapture, "cuStreamBeginCapture_v2", (CUstream stream, int mode))                                      \
  X(cuStreamEndCapture, "cuStreamEndCapture", (CUstream stream, CUgraph * graph))                                      \
  X(cuGraphInstantiate, "cuGraphInstantiateWithFlags", (CUgraphExec * exec, CUgraph graph, unsigned long long flags))  \
  X(cuGraphLaunch, "cuGraphLaunch", (CUgraphExec exec, CUstream stream))                                               \
  X(cuGraphExecDestroy, "cuGraphExecDestroy", (CUgraphExec exec))                                                      \
  X(cuGraphDestroy, "cuGraphDestroy", (CUgraph graph))                                                                 \
  X(cuEventCreate, "cuEventCreate", (CUevent * event, unsigned flags))                                                 \
  X(cuEventRecord, "cuEventRecord", (CUevent event, CUstream stream))                                                  \
  X(cuEventRecordWithFlags, "cuEventRecordWithFlags", (CUevent event, CUstream stream, unsigned flags))                \
  X(cuEventSynchronize, "cuEventSynchronize", (CUevent event))                                                         \
  X(cuEventElapsedTime, "cuEventElapsedTime", (float *milliseconds, CUevent start, CUevent end))                       \
  X(cuEventDestroy, "cuEventDestroy_v2", (CUevent event))

/// Functions that older drivers lack: null there.
#define MSA_CUDA_NEWER_FUNCTIONS(X)                                                                                    \
  X(cuTensorMapEncodeTiled, "cuTensorMapEncodeTiled", /* since 12.0 */                                                 \
    (CUtensorMap * map, int dtype, uint32_t rank, void *address, const uint64_t *sizes, const uint64_t *strides,       \
     const uint32_t *box, const uint32_t *elementStrides, int interleave, int swizzle, int l2Promotion, int fill))

/// The driver's functions. They may be called from any thread.
struct CudaDriver {
#define MSA_CUDA_MEMBER(name, symbol, parameters) CUresult(*name) parameters = nullptr;
  MSA_CUDA_FUNCTIONS(MSA_CUDA_MEMBER)
  MSA_CUDA_NEWER_FUNCTIONS(MSA_CUDA_MEMBER)
#undef MSA_CUDA_MEMBER
  int version = 0; ///< 13000 is CUDA 13.0

  /// Opens `path` and initialises the driver. Errors: "[driver-missing] needs <path>, but ...", "[driver-error] cuInit: ...".
  static std::unique_ptr<CudaDriver> load(const std::string &path, std::string &error);
  /// The process's driver: MSA_LIBCUDA_PATH, else libcuda.so.1. Loaded once; a failure is remembered.
  static const CudaDriver *get(std::string &error);

  /// "" for success, else "[driver-error] cuLaunchKernel: CUDA_ERROR_INVALID_VALUE (invalid argument)".
  std::string check(CUresult result, const char *function) const;
};

} // namespace msa
#endif
