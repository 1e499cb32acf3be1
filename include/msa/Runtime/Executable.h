//===- Executable.h - a program ready to run somewhere ----------*- C++ -*-===//
#ifndef MSA_RUNTIME_EXECUTABLE_H
#define MSA_RUNTIME_EXECUTABLE_H
#include "msa/Runtime/Module.h"

namespace msa {

inline bool isCpuProgram(const Program &program) { return program.target == "cpu"; }

/// Whether code for `chip` runs on a device of `smVersion`: "sm_90a" only on 9.0 itself, "sm_100f" on its family, "sm_80" as PTX on
/// everything from 8.0 up, as a cubin on 8.x. "" or the reason, "[target-mismatch] needs ..., but ...".
std::string checkTarget(const Program &program, int smVersion, const std::string &deviceName);

/// Picks a program of the manifest. `name` "" where there is only one. `target` "auto" (MSA_TARGET, else the best one for the device:
/// code for exactly this chip first, then the highest sm below it; else the CPU's) or one of the manifest's targets. `device` is GPU 0 or
/// null; `noDevice` says why it is null. On failure null, and the choices in `error`.
const Program *chooseProgram(const Manifest &manifest, const std::string &name, const std::string &target,
                             const Device *device, const std::string &noDevice, std::string &error);

/// A program with its code loaded. Immutable, so that any number of threads may plan and run it.
class Executable {
public:
  /// `device` is null for CPU programs. A kernel of which MSA_OVERRIDE_DIR has a file runs from there (PtxOverride.h), and it is said.
  static std::shared_ptr<const Executable> open(const Program &program, std::shared_ptr<const Device> device,
                                                std::string &error);
  /// Its plans can be made and looked at, but not run: for tools and tests that have no device.
  static std::shared_ptr<const Executable> withoutCode(const Program &program);

  Program program;
  std::shared_ptr<const Device> device;
  std::vector<CUfunction> kernels; ///< one a launch
  CpuModule::Entry cpuEntry = nullptr;

private:
  Executable() = default;
  const GpuModule *addModule(int number, std::string &error);
  const GpuModule *addOverride(const std::string &path, const LaunchSpec &launch, std::string &error);
  std::vector<std::unique_ptr<GpuModule>> gpuModules;
  std::unique_ptr<CpuModule> cpuModule;
};

/// Opens GPU `ordinal` if there is one, chooses and loads. For a CPU program the device is not kept.
std::shared_ptr<const Executable> openProgram(const Manifest &manifest, const std::string &name,
                                              const std::string &target, int ordinal, std::string &error);

} // namespace msa
#endif
