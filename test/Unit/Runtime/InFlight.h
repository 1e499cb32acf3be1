//===- InFlight.h - a call on a stream of its own ---------------*- C++ -*-===//
#ifndef MSA_TEST_UNIT_RUNTIME_INFLIGHT_H
#define MSA_TEST_UNIT_RUNTIME_INFLIGHT_H
#include "GpuPrograms.h"
#include "msa/Runtime/DeviceTensors.h"

namespace msa {

/// A stream and what one call in flight needs.
class InFlight {
public:
  InFlight(std::shared_ptr<const Device> on, const Plan &plan, HalfSumsCall &call)
      : device(std::move(on)), host(call.refs()) {
    Device::Scope scope(*device);
    EXPECT_EQ(device->driver.cuStreamCreate(&stream, /*CU_STREAM_NON_BLOCKING*/ 1), 0);
    EXPECT_EQ(workspace.allocate(device, plan.workspaceBytes), "");
    EXPECT_EQ(tensors.upload(device, host.data(), host.size()), "");
  }
  ~InFlight() {
    Device::Scope scope(*device);
    device->driver.cuStreamDestroy(stream);
  }
  std::string run(const Plan &plan) const {
    return plan.run(tensors.refs().data(), tensors.refs().size(),
                    reinterpret_cast<void *>(uintptr_t(workspace.address())), stream);
  }
  void wait() const {
    Device::Scope scope(*device);
    EXPECT_EQ(device->driver.cuStreamSynchronize(stream), 0);
  }
  void download() { EXPECT_EQ(tensors.download(4, host[4]), ""); }
  /// New contents of one tensor, at the address that it has.
  void change(size_t index, const void *from, size_t bytes) const {
    Device::Scope scope(*device);
    EXPECT_EQ(device->driver.cuMemcpyHtoD(uint64_t(uintptr_t(tensors.refs()[index].data)), from, bytes), 0);
    EXPECT_EQ(device->driver.cuStreamSynchronize(nullptr), 0); // the copy may come back before it has arrived
  }

  std::shared_ptr<const Device> device;
  std::vector<TensorRef> host;
  DeviceTensors tensors;
  DeviceBuffer workspace;
  CUstream stream = nullptr;
};

} // namespace msa
#endif
