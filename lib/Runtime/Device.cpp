#include "msa/Runtime/Device.h"
#include <algorithm>
#include <utility>

namespace msa {

// Values of CUdevice_attribute.
constexpr int kMultiprocessorCount = 16, kL2CacheSize = 38, kCapabilityMajor = 75, kCapabilityMinor = 76,
              kPageableMemoryAccess = 88, kSharedMemoryPerBlockOptin = 97;

int Device::count(std::string &error) {
  const CudaDriver *driver = CudaDriver::get(error);
  int count = 0;
  if (driver) error = driver->check(driver->cuDeviceGetCount(&count), "cuDeviceGetCount");
  return error.empty() ? count : 0;
}

std::shared_ptr<const Device> Device::open(int ordinal, std::string &error) {
  int numDevices = count(error);
  if (!error.empty()) return nullptr;
  if (ordinal < 0 || ordinal >= numDevices) {
    error = "[device-missing] needs GPU " + std::to_string(ordinal) + ", but the driver shows " +
            std::to_string(numDevices) + " GPUs";
    return nullptr;
  }
  const CudaDriver &driver = *CudaDriver::get(error);
  std::shared_ptr<Device> device(new Device(driver));
  device->ordinal = ordinal;
  char name[256] = "";
  int major = 0, minor = 0, l2 = 0, smem = 0, pageable = 0;
  CUdevice handle = 0;
  auto attempt = [&](CUresult result, const char *function) {
    if (error.empty()) error = driver.check(result, function);
    return error.empty();
  };
  if (!attempt(driver.cuDeviceGet(&handle, ordinal), "cuDeviceGet")) return nullptr;
  device->handle = handle;
  attempt(driver.cuDeviceGetName(name, sizeof name - 1, handle), "cuDeviceGetName");
  for (auto [value, attribute] :
       {std::pair(&major, kCapabilityMajor), std::pair(&minor, kCapabilityMinor),
        std::pair(&device->numSms, kMultiprocessorCount), std::pair(&l2, kL2CacheSize),
        std::pair(&smem, kSharedMemoryPerBlockOptin), std::pair(&pageable, kPageableMemoryAccess)})
    attempt(driver.cuDeviceGetAttribute(value, attribute, handle), "cuDeviceGetAttribute");
  attempt(driver.cuDevicePrimaryCtxRetain(&device->context, handle), "cuDevicePrimaryCtxRetain");
  if (!error.empty()) return nullptr;
  device->name = name;
  device->smVersion = major * 10 + minor;
  device->l2Bytes = l2;
  device->smemBytesPerBlock = smem;
  device->sharesHostMemory = pageable != 0;
  return device;
}

Device::~Device() {
  if (context) driver.cuDevicePrimaryCtxRelease(handle);
}

Device::Scope::Scope(const Device &device) : device(device) {
  CUcontext current = nullptr;
  device.driver.cuCtxGetCurrent(&current);
  if (current != device.context) pushed = device.driver.cuCtxPushCurrent(device.context) == 0;
}

Device::Scope::~Scope() {
  CUcontext popped = nullptr;
  if (pushed) device.driver.cuCtxPopCurrent(&popped);
}

std::string DeviceBuffer::allocate(std::shared_ptr<const Device> owner, int64_t bytes) {
  reset();
  Device::Scope scope(*owner);
  std::string error =
      owner->driver.check(owner->driver.cuMemAlloc(&pointer, size_t(std::max<int64_t>(bytes, 1))), "cuMemAlloc");
  if (!error.empty()) {
    pointer = 0;
    return error + " for " + std::to_string(bytes) + " bytes";
  }
  device = std::move(owner);
  size = bytes;
  return "";
}

DeviceBuffer &DeviceBuffer::operator=(DeviceBuffer &&other) noexcept {
  std::swap(device, other.device);
  std::swap(pointer, other.pointer);
  std::swap(size, other.size);
  return *this;
}

void DeviceBuffer::reset() {
  if (!device) return;
  Device::Scope scope(*device);
  device->driver.cuMemFree(pointer);
  device = nullptr;
  pointer = 0;
  size = 0;
}

// Copies and fills run on the default stream, which no other stream of ours waits for, and a copy comes back before a small pageable source
// (up to 64 KB) has reached the device. Without the wait a kernel reads what was there before, or a late copy overwrites what it wrote.
static std::string arrived(const CudaDriver &driver, CUresult result, const char *function) {
  std::string error = driver.check(result, function);
  return error.empty() ? driver.check(driver.cuStreamSynchronize(nullptr), "cuStreamSynchronize") : error;
}

std::string DeviceBuffer::fill(uint8_t value) const {
  if (!size) return "";
  Device::Scope scope(*device);
  const CudaDriver &driver = device->driver;
  return arrived(driver, driver.cuMemsetD8(pointer, value, size_t(size)), "cuMemsetD8");
}

std::string DeviceBuffer::copyFromHost(const void *from, int64_t count, int64_t offset) const {
  if (!count) return "";
  Device::Scope scope(*device);
  const CudaDriver &driver = device->driver;
  return arrived(driver, driver.cuMemcpyHtoD(pointer + uint64_t(offset), from, size_t(count)), "cuMemcpyHtoD");
}

std::string DeviceBuffer::copyToHost(void *to, int64_t count, int64_t offset) const {
  Device::Scope scope(*device);
  return count ? device->driver.check(device->driver.cuMemcpyDtoH(to, pointer + uint64_t(offset), size_t(count)),
                                      "cuMemcpyDtoH")
               : "";
}

std::string DeviceBuffer::copyFrom(const DeviceBuffer &other) const {
  if (!size) return "";
  Device::Scope scope(*device);
  const CudaDriver &driver = device->driver;
  return arrived(driver, driver.cuMemcpyDtoD(pointer, other.pointer, size_t(size)), "cuMemcpyDtoD");
}

} // namespace msa
