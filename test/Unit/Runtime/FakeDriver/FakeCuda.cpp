//===- FakeCuda.cpp - libcuda's functions over host memory -----------------===//
#include "FakeCuda.h"
#include "FakeKernels.h"
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#define FAKE extern "C" __attribute__((visibility("default")))

namespace {
using Address = unsigned long long;
constexpr int kInvalidValue = 1, kOutOfMemory = 2, kNotFound = 500, kInvalidPtx = 218, kInvalidImage = 200,
              kCaptureUnsupported = 900;

FakeCuda state;
std::mutex mutex; // of the maps below
std::map<Address, size_t> memory;
thread_local void *currentContext = nullptr;
char theContext;

struct Stream {
  std::vector<std::function<void()>> *recording = nullptr;
};
Stream defaultStream;
struct Graph {
  std::vector<std::function<void()>> nodes;
};
struct Module {
  std::string image;
};
struct Function {
  const FakeKernel *kernel;
};
struct Event {
  std::chrono::steady_clock::time_point time;
};
struct Link {
  std::string cubin;
};

template <class T> T *make() {
  ++state.objects;
  return new T;
}
template <class T> int destroy(void *object) {
  delete static_cast<T *>(object);
  --state.objects;
  return 0;
}
/// What the default stream still has to do. As with the real driver, copies within the device, fills and copies of up to 64 KB from the host
/// come back before they are done, and streams of one's own (which are non-blocking) do not wait for them.
std::vector<std::function<void()>> late;
int later(std::function<void()> work) {
  std::lock_guard<std::mutex> lock(mutex);
  return late.push_back(std::move(work)), 0;
}
void finishDefaultStream() {
  static std::mutex running; // who comes while another thread is at it waits until that is done
  std::lock_guard<std::mutex> turn(running);
  std::vector<std::function<void()>> work;
  {
    std::lock_guard<std::mutex> lock(mutex);
    work.swap(late);
  }
  for (auto &one : work) one();
}
Stream &streamOf(void *stream) { return stream ? *static_cast<Stream *>(stream) : defaultStream; }
/// Now, or when the graph that the stream records is launched.
int enqueue(void *stream, std::function<void()> work) {
  if (!stream) finishDefaultStream();
  Stream &target = streamOf(stream);
  if (target.recording) target.recording->push_back(std::move(work));
  else work();
  return 0;
}
/// What a stream that records may not do ends its capture, as the real driver does.
int waitFor(void *stream) {
  if (streamOf(stream).recording) return kCaptureUnsupported;
  if (!stream) finishDefaultStream();
  ++state.waits;
  return 0;
}
} // namespace

FAKE FakeCuda *fakeCudaState() { return &state; }

FAKE int cuInit(unsigned) { return 0; }
FAKE int cuDriverGetVersion(int *version) { return *version = state.version, 0; }
FAKE int cuGetErrorName(int result, const char **text) {
  static const std::map<int, const char *> names = {{1, "CUDA_ERROR_INVALID_VALUE"},
                                                    {2, "CUDA_ERROR_OUT_OF_MEMORY"},
                                                    {200, "CUDA_ERROR_INVALID_IMAGE"},
                                                    {218, "CUDA_ERROR_INVALID_PTX"},
                                                    {500, "CUDA_ERROR_NOT_FOUND"},
                                                    {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
                                                    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}};
  auto found = names.find(result);
  return found == names.end() ? kInvalidValue : (*text = found->second, 0);
}
FAKE int cuGetErrorString(int, const char **text) { return *text = "fake", 0; }

FAKE int cuDeviceGetCount(int *count) { return *count = 1, 0; }
FAKE int cuDeviceGet(int *device, int ordinal) { return *device = ordinal, 0; }
FAKE int cuDeviceGetName(char *name, int length, int) { return std::strncpy(name, "Fake GPU", size_t(length)), 0; }
FAKE int cuDeviceGetAttribute(int *value, int attribute, int) {
  static const std::map<int, int> values = {{16, 2}, {38, 1 << 20}, {75, 9}, {76, 0}, {88, 0}, {97, 232448}};
  return *value = values.at(attribute), 0;
}
FAKE int cuDevicePrimaryCtxRetain(void **context, int) { return *context = &theContext, 0; }
FAKE int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
FAKE int cuCtxGetCurrent(void **context) { return *context = currentContext, 0; }
FAKE int cuCtxPushCurrent_v2(void *context) { return currentContext = context, 0; }
FAKE int cuCtxPopCurrent_v2(void **context) { return *context = currentContext, currentContext = nullptr, 0; }

FAKE int cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options, void **values) {
  std::string text(static_cast<const char *>(image));
  bool cubin = text.compare(0, 10, "FAKE-CUBIN") == 0;
  if (cubin && state.refuseCubins) return kInvalidImage;
  if (!cubin && text.find(".version") == std::string::npos) return kInvalidImage;
  if (text.find("mul.f33") != std::string::npos) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == 5) std::strcpy(static_cast<char *>(values[i]), "ptxas error: there is no mul.f33");
    return kInvalidPtx;
  }
  state.jitted += !cubin;
  auto *made = make<Module>();
  made->image = text;
  return *module = made, 0;
}
FAKE int cuModuleUnload(void *module) { return destroy<Module>(module); }
FAKE int cuModuleGetFunction(void **function, void *module, const char *name) {
  if (static_cast<Module *>(module)->image.find(std::string("entry ") + name + "(") == std::string::npos)
    return kNotFound;
  const FakeKernel *kernel = findFakeKernel(name);
  return kernel ? (*function = const_cast<FakeKernel *>(kernel), 0) : kNotFound;
}
FAKE int cuFuncSetAttribute(void *, int, int) { return 0; }
FAKE int cuFuncGetAttribute(int *value, int attribute, void *) { return *value = attribute == 0 ? 1024 : 0, 0; }
FAKE int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned,
                        unsigned, unsigned, void *stream, void **params, void **) {
  if (currentContext != &theContext) return 201; // CUDA_ERROR_INVALID_CONTEXT
  if (int result = state.failLaunch.exchange(0)) return result;
  auto *kernel = static_cast<const FakeKernel *>(function);
  auto values = std::make_shared<std::vector<FakeParam>>(kernel->paramBytes.size()); // copied now, as the driver does
  for (size_t i = 0; i < values->size(); ++i) std::memcpy((*values)[i].bytes, params[i], kernel->paramBytes[i]);
  return enqueue(stream, [=] {
    ++state.launches;
    for (unsigned z = 0; z < gridZ; ++z)
      for (unsigned y = 0; y < gridY; ++y)
        for (unsigned x = 0; x < gridX; ++x) kernel->block(x, blockX, values->data());
  });
}

FAKE int cuMemGetInfo_v2(size_t *free, size_t *total) { return *free = *total = 1 << 28, 0; }
FAKE int cuMemAlloc_v2(Address *address, size_t bytes) {
  void *made = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!made) return kOutOfMemory;
  std::lock_guard<std::mutex> lock(mutex);
  memory[ *address = Address(made)] = bytes;
  ++state.allocations, ++state.allocated;
  return 0;
}
FAKE int cuMemFree_v2(Address address) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!memory.erase(address)) return kInvalidValue;
  --state.allocations;
  std::free(reinterpret_cast<void *>(address));
  return 0;
}
FAKE int cuMemcpyHtoD_v2(Address to, const void *from, size_t bytes) {
  auto *begin = static_cast<const char *>(from);
  std::vector<char> staged(begin, begin + bytes);
  auto copy = [=] { std::memcpy(reinterpret_cast<void *>(to), staged.data(), bytes); };
  if (bytes <= 65536) return later(copy);
  return finishDefaultStream(), copy(), 0;
}
FAKE int cuMemcpyDtoH_v2(void *to, Address from, size_t bytes) {
  finishDefaultStream();
  return std::memcpy(to, reinterpret_cast<void *>(from), bytes), 0;
}
FAKE int cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, void *stream) {
  return enqueue(stream, [=] { std::memcpy(to, reinterpret_cast<void *>(from), bytes); });
}
FAKE int cuMemcpyDtoD_v2(Address to, Address from, size_t bytes) {
  return later([=] { std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes); });
}
FAKE int cuMemsetD8_v2(Address to, unsigned char value, size_t bytes) {
  return later([=] { std::memset(reinterpret_cast<void *>(to), value, bytes); });
}
FAKE int cuPointerGetAttribute(void *value, int attribute, Address address) {
  std::lock_guard<std::mutex> lock(mutex);
  auto next = memory.upper_bound(address);
  if (next == memory.begin() || address >= std::prev(next)->first + std::prev(next)->second) return kInvalidValue;
  *static_cast<int *>(value) = attribute == 2 ? 2 : 0; // device memory, not managed, of GPU 0
  return 0;
}

FAKE int cuStreamCreate(void **stream, unsigned) { return *stream = make<Stream>(), 0; }
FAKE int cuStreamDestroy_v2(void *stream) { return destroy<Stream>(stream); }
FAKE int cuStreamSynchronize(void *stream) { return waitFor(stream); }
FAKE int cuStreamIsCapturing(void *stream, int *status) { return *status = streamOf(stream).recording ? 1 : 0, 0; }
FAKE int cuStreamBeginCapture_v2(void *stream, int) {
  if (!stream) return kCaptureUnsupported;
  return streamOf(stream).recording = new std::vector<std::function<void()>>, 0;
}
FAKE int cuStreamEndCapture(void *stream, void **graph) {
  auto *made = make<Graph>();
  made->nodes = *streamOf(stream).recording;
  delete streamOf(stream).recording;
  streamOf(stream).recording = nullptr;
  return *graph = made, 0;
}
FAKE int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long) {
  auto *made = make<Graph>();
  made->nodes = static_cast<Graph *>(graph)->nodes;
  return *exec = made, 0;
}
FAKE int cuGraphLaunch(void *exec, void *) {
  for (auto &node : static_cast<Graph *>(exec)->nodes) node();
  return 0;
}
FAKE int cuGraphExecDestroy(void *exec) { return destroy<Graph>(exec); }
FAKE int cuGraphDestroy(void *graph) { return destroy<Graph>(graph); }
FAKE int cuEventCreate(void **event, unsigned) { return *event = make<Event>(), 0; }
FAKE int cuEventRecord(void *event, void *stream) {
  return enqueue(stream, [=] { static_cast<Event *>(event)->time = std::chrono::steady_clock::now(); });
}
FAKE int cuEventRecordWithFlags(void *event, void *stream, unsigned) { return cuEventRecord(event, stream); }
FAKE int cuEventSynchronize(void *) { return ++state.waits, 0; }
FAKE int cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  *milliseconds =
      std::chrono::duration<float, std::milli>(static_cast<Event *>(end)->time - static_cast<Event *>(start)->time)
          .count();
  return 0;
}
FAKE int cuEventDestroy_v2(void *event) { return destroy<Event>(event); }

FAKE int cuTensorMapEncodeTiled(void *map, int, unsigned rank, void *address, const unsigned long long *sizes,
                                const unsigned long long *strides, const unsigned *box, const unsigned *, int,
                                int swizzle, int, int) {
  if (currentContext != &theContext) return 201; // CUDA_ERROR_INVALID_CONTEXT
  if (Address(address) % 16) return kInvalidValue;
  FakeTensorMap fake = {Address(address), rank, swizzle, {}, {}, {}};
  for (unsigned d = 0; d < rank; ++d) fake.sizes[d] = sizes[d], fake.box[d] = box[d];
  for (unsigned d = 1; d < rank; ++d) fake.strides[d] = strides[d - 1];
  static_assert(sizeof fake <= 128, "fits the real one's place");
  std::memcpy(map, &fake, sizeof fake);
  return 0;
}

FAKE int cuLinkCreate_v2(unsigned, int *, void **, void **link) { return *link = make<Link>(), 0; }
FAKE int cuLinkAddData_v2(void *link, int, void *data, size_t bytes, const char *, unsigned, int *, void **) {
  std::string ptx(static_cast<char *>(data), bytes);
  if (ptx.find("mul.f33") != std::string::npos) return kInvalidPtx;
  ++state.linked;
  static_cast<Link *>(link)->cubin = "FAKE-CUBIN " + ptx;
  return 0;
}
FAKE int cuLinkComplete(void *link, void **cubin, size_t *bytes) {
  std::string &made = static_cast<Link *>(link)->cubin;
  return *cubin = made.data(), *bytes = made.size(), 0;
}
FAKE int cuLinkDestroy(void *link) { return destroy<Link>(link); }
