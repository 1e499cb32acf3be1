#include "msa/Runtime/Module.h"
#include "msa/Runtime/CubinCache.h"
#include "msa/Runtime/Log.h"
#include "msa/Runtime/ThreadPool.h"
#include "msa/Support/CpuFeatures.h"
#include <chrono>
#include <cstdlib>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace msa {

//===----------------------------------------------------------------------===//
// GPU
//===----------------------------------------------------------------------===//

// Values of CUjit_option and CUfunction_attribute.
constexpr int kJitErrorLogBuffer = 5, kJitErrorLogBufferSize = 6;
constexpr int kMaxThreadsPerBlock = 0, kStaticSmemBytes = 1, kLocalBytes = 3, kNumRegisters = 4,
              kMaxDynamicSmemBytes = 8;

/// `image` (PTX or a cubin) as the driver takes it, or null and its log.
static CUmodule loadImage(const Device &device, const std::string &image, const std::string &what, std::string &error) {
  static constexpr size_t kLogBytes = 16384;
  std::string jitLog(kLogBytes, '\0');
  int options[] = {kJitErrorLogBuffer, kJitErrorLogBufferSize};
  void *values[] = {jitLog.data(), reinterpret_cast<void *>(kLogBytes)};
  CUmodule module = nullptr;
  // std::string ends in a NUL, which the driver needs to find the end of PTX.
  error = device.driver.check(device.driver.cuModuleLoadDataEx(&module, image.c_str(), 2, options, values),
                              "cuModuleLoadDataEx");
  if (error.empty()) return module;
  jitLog.resize(std::char_traits<char>::length(jitLog.c_str()));
  error += " for " + what + " on " + device.name + (jitLog.empty() ? "" : ":\n" + jitLog);
  return nullptr;
}

/// PTX by way of a cubin, from the cache or for it. Null, with no more than a line in the log, where that cannot be: the driver then takes
/// the PTX itself and says what is wrong with it.
static CUmodule loadAssembled(const Device &device, const ModuleSpec &ptx, std::string &how) {
  CubinCache cache = CubinCache::ofEnvironment();
  PtxAssembler assembler(device);
  if (!cache.enabled() && !assembler.isPtxas()) return nullptr;
  std::string key = assembler.keyOf(ptx), what = "the cubin of " + ptx.chip, error;
  if (std::optional<std::string> cubin = cache.find(key)) {
    if (CUmodule module = loadImage(device, *cubin, what, error)) {
      how = ", assembled before ('" + cache.pathOf(key) + "'),";
      return module;
    }
    log(LogLevel::Info, error + "; it is removed from the cache and made again");
    cache.discard(key);
  }
  std::optional<std::string> cubin = assembler.assemble(ptx, error);
  if (!cubin) {
    log(assembler.isPtxas() ? LogLevel::Error : LogLevel::Info, error + "; the driver takes the PTX instead");
    return nullptr;
  }
  CUmodule module = loadImage(device, *cubin, what, error);
  if (!module) {
    log(LogLevel::Info, error + "; the driver takes the PTX instead");
    return nullptr;
  }
  how = assembler.isPtxas() ? ", assembled by ptxas," : ", assembled by the driver,";
  cache.store(key, *cubin);
  return module;
}

std::unique_ptr<GpuModule> GpuModule::load(std::shared_ptr<const Device> device, const ModuleSpec &spec,
                                           std::string &error) {
  if (spec.kind != "ptx" && spec.kind != "cubin") {
    error = "[module-kind] needs ptx or cubin on a GPU, but the module is " + spec.kind;
    return nullptr;
  }
  auto start = std::chrono::steady_clock::now();
  Device::Scope scope(*device);
  std::string how;
  CUmodule module = spec.kind == "ptx" ? loadAssembled(*device, spec, how) : nullptr;
  error.clear();
  if (!module) module = loadImage(*device, spec.bytes, spec.kind + " of " + spec.chip, error);
  if (!module) return nullptr;
  double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  log(LogLevel::Info,
      "loaded " + spec.kind + " of " + spec.chip + how + " in " + std::to_string(int(milliseconds)) + " ms");
  return std::unique_ptr<GpuModule>(new GpuModule(std::move(device), module));
}

GpuModule::~GpuModule() {
  Device::Scope scope(*device);
  device->driver.cuModuleUnload(module);
}

CUfunction GpuModule::kernel(const std::string &name, int64_t threads, int64_t smemBytes, std::string &error) const {
  const CudaDriver &driver = device->driver;
  Device::Scope scope(*device);
  CUfunction function = nullptr;
  error = driver.check(driver.cuModuleGetFunction(&function, module, name.c_str()), "cuModuleGetFunction");
  if (!error.empty()) {
    error += " for kernel '" + name + "'";
    return nullptr;
  }
  int maxThreads = 0, registers = 0, localBytes = 0, staticSmem = 0;
  for (auto [value, attribute] : {std::pair(&maxThreads, kMaxThreadsPerBlock), std::pair(&registers, kNumRegisters),
                                  std::pair(&localBytes, kLocalBytes), std::pair(&staticSmem, kStaticSmemBytes)})
    if (error = driver.check(driver.cuFuncGetAttribute(value, attribute, function), "cuFuncGetAttribute");
        !error.empty())
      return nullptr;
  log(LogLevel::Debug, "kernel " + name + ": " + std::to_string(registers) + " registers, " +
                           std::to_string(localBytes) + " bytes of local memory, " + std::to_string(staticSmem) +
                           " + " + std::to_string(smemBytes) + " bytes of shared memory");
  if (threads > maxThreads) {
    error = "[registers] needs " + std::to_string(threads) + " threads a block with " + std::to_string(registers) +
            " registers each, but " + device->name + " runs at most " + std::to_string(maxThreads) + " (kernel '" +
            name + "')";
    return nullptr;
  }
  if (smemBytes + staticSmem > device->smemBytesPerBlock) {
    error = "[smem] needs " + std::to_string(smemBytes + staticSmem) + " bytes of shared memory a block, but " +
            device->name + " has " + std::to_string(device->smemBytesPerBlock) + " (kernel '" + name + "')";
    return nullptr;
  }
  if (smemBytes)
    error =
        driver.check(driver.cuFuncSetAttribute(function, kMaxDynamicSmemBytes, int(smemBytes)), "cuFuncSetAttribute");
  return error.empty() ? function : nullptr;
}

//===----------------------------------------------------------------------===//
// CPU
//===----------------------------------------------------------------------===//

static void parallelForOfPool(int64_t n, ThreadPool::Body body, void *context) {
  ThreadPool::shared().parallelFor(n, body, context);
}

static bool writeAll(int fd, const std::string &bytes) {
  for (size_t done = 0; done < bytes.size();) {
    ssize_t count = write(fd, bytes.data() + done, bytes.size() - done);
    if (count <= 0) return false;
    done += size_t(count);
  }
  return true;
}

/// Writes the object to a file of its own, opens it and removes the file again.
static void *openThroughFile(const std::string &bytes, std::string &error) {
  const char *folder = std::getenv("MSA_CACHE_DIR");
  if (!folder || !*folder) folder = std::getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/tmp") + "/msa-program-XXXXXX";
  int fd = mkstemp(path.data());
  void *library = nullptr;
  if (fd >= 0 && writeAll(fd, bytes)) library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const char *why = library ? nullptr : dlerror();
  if (!library)
    error = "[cpu-module] needs a shared object that this machine can load, but " +
            std::string(why ? why : path + " cannot be written");
  if (fd >= 0) {
    close(fd);
    unlink(path.c_str());
  }
  return library;
}

/// Those of `features` that this machine lacks, as a list; "" for none. Names that we do not know are not judged.
static std::string missingOf(const std::vector<std::string> &features) {
  std::string missing;
  for (const std::string &feature : features) {
    bool there = true;
#if defined(__x86_64__)
#define MSA_CHECK(NAME)                                                                                                \
  if (feature == NAME) there = __builtin_cpu_supports(NAME) != 0;
    MSA_CPU_FEATURES(MSA_CHECK)
#undef MSA_CHECK
#endif
    if (!there) missing += (missing.empty() ? "" : ", ") + feature;
  }
  return missing;
}

std::unique_ptr<CpuModule> CpuModule::load(const ModuleSpec &spec, std::string &error) {
  error.clear();
  if (std::string missing = missingOf(spec.features); !missing.empty()) {
    error = "[cpu-features] needs a CPU with what the artifact's was made for (" + spec.chip +
            "), but this one lacks " + missing;
    return nullptr;
  }
  if (spec.kind != "elf") {
    error = "[module-kind] needs elf on the CPU, but the module is " + spec.kind;
    return nullptr;
  }
  int fd = memfd_create("msa-program", MFD_CLOEXEC);
  void *library = nullptr;
  if (fd >= 0 && writeAll(fd, spec.bytes))
    library = dlopen(("/proc/self/fd/" + std::to_string(fd)).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) library = openThroughFile(spec.bytes, error);
  if (!library) {
    if (fd >= 0) close(fd);
    return nullptr;
  }
  std::unique_ptr<CpuModule> module(new CpuModule(library, fd));
  using ParallelFor = void (*)(int64_t, ThreadPool::Body, void *);
  if (auto *slot = static_cast<ParallelFor *>(dlsym(library, "msa_parallel_for"))) *slot = parallelForOfPool;
  return module;
}

CpuModule::~CpuModule() {
  dlclose(library);
  if (fd >= 0) close(fd);
}

CpuModule::Entry CpuModule::entry(const std::string &name, std::string &error) const {
  auto function = reinterpret_cast<Entry>(dlsym(library, name.c_str()));
  if (!function) error = "[cpu-module] needs a function '" + name + "', but the shared object has none";
  return function;
}

} // namespace msa
