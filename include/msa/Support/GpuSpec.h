//===- GpuSpec.h - the only chip table --------------------------*- C++ -*-===//
#ifndef MSA_SUPPORT_GPUSPEC_H
#define MSA_SUPPORT_GPUSPEC_H
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace msa {

/// What one chip offers a kernel. The only place that knows chips by name.
struct GpuSpec {
  std::string_view chip;     ///< "sm_90a"
  int smVersion;             ///< 80, 86, 90, ...
  int ptxVersion;            ///< lowest PTX ISA (times 10) that knows the chip and what we emit: 80 = PTX 8.0
  int64_t smemBytesPerBlock; ///< opt-in dynamic shared memory of one thread block
  int64_t smemBytesPerSm;
  int64_t registersPerSm;
  int numSms;         ///< of the common part
  bool wgmma = false; ///< multiplies with wgmma, moves registers between warpgroups
};

/// All chips, oldest first.
const std::vector<GpuSpec> &knownGpus();
/// The chip, or nullptr.
const GpuSpec *lookupGpu(std::string_view chip);
/// "cpu, sm_80, sm_86, ..." for error messages.
std::string knownTargets();

} // namespace msa
#endif
