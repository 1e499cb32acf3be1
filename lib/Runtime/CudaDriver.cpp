#include "msa/Runtime/CudaDriver.h"
#include <cstdlib>
#include <dlfcn.h>

namespace msa {

std::unique_ptr<CudaDriver> CudaDriver::load(const std::string &path, std::string &error) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); // never closed: the driver does not survive it
  if (!library) {
    const char *why = dlerror();
    error = "[driver-missing] needs " + path + ", but " + (why ? why : "it cannot be opened");
    return nullptr;
  }
  std::unique_ptr<CudaDriver> driver(new CudaDriver);
#define MSA_CUDA_RESOLVE(name, symbol, parameters)                                                                     \
  driver->name = reinterpret_cast<CUresult(*) parameters>(dlsym(library, symbol));                                     \
  if (!driver->name) {                                                                                                 \
    error = "[driver-missing] needs " + path + " of CUDA 11.4 or later, but it has no " symbol;                        \
    return nullptr;                                                                                                    \
  }
  MSA_CUDA_FUNCTIONS(MSA_CUDA_RESOLVE)
#undef MSA_CUDA_RESOLVE
#define MSA_CUDA_RESOLVE(name, symbol, parameters)                                                                     \
  driver->name = reinterpret_cast<CUresult(*) parameters>(dlsym(library, symbol));
  MSA_CUDA_NEWER_FUNCTIONS(MSA_CUDA_RESOLVE)
#undef MSA_CUDA_RESOLVE
  error = driver->check(driver->cuInit(0), "cuInit");
  if (error.empty()) error = driver->check(driver->cuDriverGetVersion(&driver->version), "cuDriverGetVersion");
  return error.empty() ? std::move(driver) : nullptr;
}

const CudaDriver *CudaDriver::get(std::string &error) {
  struct Result {
    std::unique_ptr<CudaDriver> driver;
    std::string error;
  };
  static const Result *result = [] {
    auto *fresh = new Result;
    const char *path = std::getenv("MSA_LIBCUDA_PATH");
    fresh->driver = load(path && *path ? path : "libcuda.so.1", fresh->error);
    return fresh;
  }();
  error = result->error;
  return result->driver.get();
}

std::string CudaDriver::check(CUresult result, const char *function) const {
  if (result == 0) return "";
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != 0 || !name) name = "an unknown error";
  if (cuGetErrorString(result, &text) != 0 || !text) text = "no description";
  return std::string("[driver-error] ") + function + ": " + name + " (" + text + ")";
}

} // namespace msa
