#include "msa/Support/GpuSpec.h"

namespace msa {

// Shared memory per block: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
const std::vector<GpuSpec> &knownGpus() {
  static const std::vector<GpuSpec> gpus = {
      // chip      sm  ptx smem/block smem/SM registers SMs [wgmma]
      {"sm_80", 80, 70, 166912, 167936, 65536, 108},        {"sm_86", 86, 71, 101376, 102400, 65536, 84},
      {"sm_89", 89, 78, 101376, 102400, 65536, 128},        {"sm_90", 90, 78, 232448, 233472, 65536, 132},
      {"sm_90a", 90, 80, 232448, 233472, 65536, 132, true}, {"sm_100", 100, 86, 232448, 233472, 65536, 148},
      {"sm_103", 103, 88, 232448, 233472, 65536, 148},      {"sm_120", 120, 87, 101376, 102400, 65536, 170},
      {"sm_121", 121, 88, 101376, 102400, 65536, 48},
  };
  return gpus;
}

const GpuSpec *lookupGpu(std::string_view chip) {
  for (const GpuSpec &gpu : knownGpus())
    if (gpu.chip == chip) return &gpu;
  return nullptr;
}

std::string knownTargets() {
  std::string all = "cpu";
  for (const GpuSpec &gpu : knownGpus()) all += ", " + std::string(gpu.chip);
  return all;
}

} // namespace msa
