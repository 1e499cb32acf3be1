//===- DeviceTensors.h - a call's tensors, copied to a GPU ------*- C++ -*-===//
#ifndef MSA_RUNTIME_DEVICETENSORS_H
#define MSA_RUNTIME_DEVICETENSORS_H
#include "msa/Runtime/TensorRef.h"

namespace msa {

/// Copies of host tensors with the same shapes and strides, each in memory of its own.
class DeviceTensors {
public:
  /// Copies everything, outputs too, so that what lies between strided elements survives the way back.
  std::string upload(std::shared_ptr<const Device> device, const TensorRef *host, size_t count);
  /// Another copy, made on the device.
  std::string cloneFrom(std::shared_ptr<const Device> device, const DeviceTensors &other);
  /// Copies one tensor's elements back; bytes between them on the host are not touched.
  std::string download(size_t index, const TensorRef &host) const;

  const std::vector<TensorRef> &refs() const { return tensors; }
  int64_t bytes() const;

private:
  std::vector<DeviceBuffer> buffers;
  std::vector<TensorRef> tensors;
  std::vector<Span> spans;
  std::vector<std::vector<int64_t>> shapes, strides; ///< what `tensors` point into
};

} // namespace msa
#endif
