//===- Device.h - one GPU, its context and its memory -----------*- C++ -*-===//
#ifndef MSA_RUNTIME_DEVICE_H
#define MSA_RUNTIME_DEVICE_H
#include "msa/Runtime/CudaDriver.h"

namespace msa {

/// One GPU. Uses the primary context, so its memory and streams are shared with whatever else runs in the process.
class Device {
public:
  /// GPUs in the system; 0 and a reason where there is no driver.
  static int count(std::string &error);
  static std::shared_ptr<const Device> open(int ordinal, std::string &error);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  const CudaDriver &driver;
  int ordinal = 0;
  std::string name;  ///< "NVIDIA H200"
  int smVersion = 0; ///< 90 for compute capability 9.0
  int numSms = 0;
  int64_t l2Bytes = 0;
  int64_t smemBytesPerBlock = 0; ///< opt-in dynamic shared memory of one thread block
  bool sharesHostMemory = false; ///< kernels may read any host memory

  /// Makes the context current on this thread for as long as it lives.
  class Scope {
  public:
    explicit Scope(const Device &device);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    const Device &device;
    bool pushed = false;
  };

private:
  explicit Device(const CudaDriver &driver) : driver(driver) {}
  CUdevice handle = 0;
  CUcontext context = nullptr;
};

/// Device memory that frees itself.
class DeviceBuffer {
public:
  DeviceBuffer() = default;
  /// "" or the driver's error. Zero bytes are one byte, so that the address is always a real one.
  std::string allocate(std::shared_ptr<const Device> device, int64_t bytes);
  ~DeviceBuffer() { reset(); }
  DeviceBuffer(DeviceBuffer &&other) noexcept { *this = std::move(other); }
  DeviceBuffer &operator=(DeviceBuffer &&other) noexcept;

  CUdeviceptr address() const { return pointer; }
  int64_t bytes() const { return size; }
  std::string fill(uint8_t value) const;
  std::string copyFromHost(const void *from, int64_t count, int64_t offset = 0) const;
  std::string copyToHost(void *to, int64_t count, int64_t offset = 0) const;
  std::string copyFrom(const DeviceBuffer &other) const; ///< of the same size

private:
  void reset();
  std::shared_ptr<const Device> device;
  CUdeviceptr pointer = 0;
  int64_t size = 0;
};

} // namespace msa
#endif
