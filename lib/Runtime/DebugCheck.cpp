#include "msa/Runtime/DebugCheck.h"
#include "msa/Reference/Interpreter.h"
#include <cstdlib>

namespace msa {

bool debugWanted() {
  const char *text = std::getenv("MSA_DEBUG");
  return text && *text && std::string(text) != "0";
}

std::string checkHostInputs(const Program &program, const TensorRef *tensors, size_t count) {
  std::vector<reference::Tensor> views;
  for (size_t i = 0; i < count; ++i) {
    bool read = tensors[i].dtype == Dtype::I32 && !program.arguments[i].isOutput;
    views.emplace_back(read ? tensors[i].data : nullptr, reference::elementOf(tensors[i].dtype), shapeOf(tensors[i]),
                       stridesOf(tensors[i]));
  }
  std::string problem = reference::Interpreter(program, std::move(views)).check();
  if (problem.empty()) return "";
  size_t colon = problem.find(": "); // behind the op, which users of a whole program need not know
  return "[debug-check] " + (problem.compare(0, 4, "msa.") == 0 ? problem.substr(colon + 2) : problem);
}

/// "" or why `tensor` is no memory of `device`.
static std::string checkAddress(const Device &device, const TensorRef &tensor, const std::string &name) {
  // Values of CUpointer_attribute and CUmemorytype.
  constexpr int kMemoryType = 2, kIsManaged = 8, kDeviceOrdinal = 9;
  constexpr unsigned kHostMemory = 1;
  const CudaDriver &driver = device.driver;
  std::string need = "[debug-check] '" + name + "': expects memory of GPU " + std::to_string(device.ordinal) + ", but ";
  CUdeviceptr address = uint64_t(uintptr_t(tensor.data));
  unsigned type = 0, managed = 0;
  int ordinal = 0;
  if (driver.cuPointerGetAttribute(&type, kMemoryType, address) != 0)
    return need + "its address is none that the driver knows (host memory?)";
  if (driver.cuPointerGetAttribute(&managed, kIsManaged, address) == 0 && managed) return "";
  if (type == kHostMemory) return need + "its address is pinned host memory";
  if (driver.cuPointerGetAttribute(&ordinal, kDeviceOrdinal, address) == 0 && ordinal != device.ordinal)
    return need + "its address is memory of GPU " + std::to_string(ordinal);
  return "";
}

std::string checkInputs(const Executable &executable, const TensorRef *tensors, size_t count, void *stream) {
  const Program &program = executable.program;
  if (!executable.device) return checkHostInputs(program, tensors, count);
  const Device &device = *executable.device;
  Device::Scope scope(device);
  if (isCapturing(device, stream))
    return "[debug-check] needs to wait for the stream and to copy metadata to the host, but the stream is being "
           "captured (capture without MSA_DEBUG)";
  std::vector<TensorRef> host(tensors, tensors + count);
  std::vector<std::string> copies(count);
  std::vector<std::vector<int64_t>> strides(count);
  for (size_t i = 0; i < count; ++i) {
    Span span = spanOf(shapeOf(tensors[i]), stridesOf(tensors[i]));
    if (span.count && !device.sharesHostMemory)
      if (std::string problem = checkAddress(device, tensors[i], program.arguments[i].name); !problem.empty())
        return problem;
    if (tensors[i].dtype != Dtype::I32 || program.arguments[i].isOutput) continue;
    if (std::string problem = copyElements(&device, stream, tensors[i], copies[i]); !problem.empty())
      return "[debug-check] '" + program.arguments[i].name + "': cannot be copied to the host: " + problem;
    strides[i] = rowMajorStrides(shapeOf(tensors[i]));
    host[i].data = copies[i].data(), host[i].strides = strides[i].data();
  }
  return checkHostInputs(program, host.data(), count);
}

} // namespace msa
