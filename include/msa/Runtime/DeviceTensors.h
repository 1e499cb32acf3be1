//===- DeviceTensors.h - a call's tensors, copied to a GPU ------*- C++ -*-===//
#ifndef MSA_RUNTIME_DEVICETENSORS_H
#define MSA_RUNTIME_DEVICETENSORS_H
#include "msa/Runtime/TensorRef.h"

namespace msa {

/// Copies of host tensors with the same shapes and strides. Tensors that overlap on the host (K and V of one interleaved cache) share their
/// memory here too; every other one has memory of its own.
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
  /// Where a tensor's lowest element lies.
  struct Place {
    size_t buffer = 0;
    int64_t byteOffset = 0;
  };
  void pointTensors(); ///< at shapes, strides and buffers

  std::vector<DeviceBuffer> buffers;
  std::vector<Place> places;
  std::vector<TensorRef> tensors;
  std::vector<Span> spans;
  std::vector<std::vector<int64_t>> shapes, strides; ///< what `tensors` point into
};

} // namespace msa
#endif
