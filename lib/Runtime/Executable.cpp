#include "msa/Runtime/Executable.h"
#include "msa/Runtime/Log.h"
#include "msa/Runtime/PtxOverride.h"
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace msa {

namespace {
/// "sm_90a" taken apart.
struct Chip {
  int version = 0; ///< 90; 0 if the text is no chip
  char suffix = 0; ///< 'a', 'f' or none
};

Chip parseChip(const std::string &text) {
  Chip chip;
  if (text.compare(0, 3, "sm_") != 0) return chip;
  size_t i = 3;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && chip.version < 10000; ++i)
    chip.version = chip.version * 10 + (text[i] - '0');
  if (i < text.size()) chip.suffix = text[i];
  return chip;
}

std::string capability(int version) { return std::to_string(version / 10) + "." + std::to_string(version % 10); }

bool hasPtx(const Program &program) {
  return std::any_of(program.modules.begin(), program.modules.end(),
                     [](const ModuleSpec &module) { return module.kind == "ptx"; });
}
} // namespace

std::string checkTarget(const Program &program, int smVersion, const std::string &deviceName) {
  Chip chip = parseChip(program.target);
  std::string need, have = deviceName + " has " + capability(smVersion);
  if (!chip.version)
    return "[target-mismatch] needs a GPU target such as sm_90a, but the program's is '" + program.target + "'";
  if (chip.suffix == 'a' && chip.version != smVersion)
    need = "compute capability " + capability(chip.version) + " exactly";
  else if (chip.suffix == 'f' && (chip.version / 10 != smVersion / 10 || chip.version > smVersion))
    need = "compute capability " + capability(chip.version) + " or a later one of its family";
  else if (chip.version > smVersion) need = "compute capability " + capability(chip.version) + " or later";
  else if (!hasPtx(program) && !program.modules.empty() && chip.version / 10 != smVersion / 10)
    need = "compute capability " + std::to_string(chip.version / 10) + ".x (its code is a cubin)";
  return need.empty() ? "" : "[target-mismatch] " + program.target + " needs " + need + ", but " + have;
}

/// Names or targets of the programs, for error messages.
static std::string listOf(const std::set<std::string> &items) {
  std::string text;
  for (const std::string &item : items) text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "none" : text;
}

const Program *chooseProgram(const Manifest &manifest, const std::string &name, const std::string &target,
                             const Device *device, const std::string &noDevice, std::string &error) {
  std::set<std::string> names, targets;
  for (const Program &program : manifest.programs) names.insert(program.name);
  if (names.empty() || (name.empty() ? names.size() != 1 : !names.count(name))) {
    error = "[no-program] needs " + (name.empty() ? std::string("the name of a program") : "a program '" + name + "'") +
            ", but the artifact has " + listOf(names);
    return nullptr;
  }
  std::string wanted = name.empty() ? *names.begin() : name, chosenTarget = target;
  const char *preferred = std::getenv("MSA_TARGET");
  if (target == "auto" && preferred && *preferred) chosenTarget = preferred;
  const Program *best = nullptr;
  std::pair<bool, int> bestRank;
  std::string reasons;
  for (const Program &program : manifest.programs) {
    if (program.name != wanted) continue;
    targets.insert(program.target);
    if (chosenTarget != "auto" && program.target != chosenTarget) continue;
    std::string reason;
    std::pair<bool, int> rank = {false, 0}; // the CPU comes last
    if (!isCpuProgram(program)) {
      reason = device ? checkTarget(program, device->smVersion, device->name) : noDevice;
      Chip chip = parseChip(program.target);
      rank = {chip.suffix == 'a', chip.version};
    }
    if (!reason.empty()) reasons += (reasons.empty() ? "" : "; ") + program.target + ": " + reason;
    else if (!best || rank > bestRank) best = &program, bestRank = rank;
  }
  if (best) return best;
  if (!reasons.empty() && chosenTarget != "auto") error = reasons.substr(reasons.find(": ") + 2);
  else if (!reasons.empty())
    error = "[no-target] needs a target that runs here, but none of " + listOf(targets) + " does (" + reasons + ")";
  else
    error =
        "[no-target] needs '" + wanted + "' for " + chosenTarget + ", but the artifact has it for " + listOf(targets);
  return nullptr;
}

const GpuModule *Executable::addModule(int number, std::string &error) {
  // The assembled form of a PTX module follows it, and no launch names it.
  size_t next = size_t(number) + 1;
  bool assembled = next < program.modules.size() && program.modules[number].kind == "ptx" &&
                   program.modules[next].kind == "cubin" &&
                   parseChip(program.modules[next].chip).version == device->smVersion;
  std::unique_ptr<GpuModule> module = assembled ? GpuModule::load(device, program.modules[next], error) : nullptr;
  if (!module) {
    if (assembled) log(LogLevel::Info, error + "; its PTX is used instead");
    module = GpuModule::load(device, program.modules[number], error);
  }
  return module ? gpuModules.emplace_back(std::move(module)).get() : nullptr;
}

const GpuModule *Executable::addOverride(const std::string &path, const LaunchSpec &launch, std::string &error) {
  // Said at any level: results and times are not the compiler's any more.
  log(LogLevel::Error, "MSA_OVERRIDE_DIR: '" + path + "' replaces kernel '" + launch.kernel + "' of '" + program.name +
                           "' for " + program.target);
  std::optional<ModuleSpec> spec = loadOverride(path, launch, program.target, error);
  std::unique_ptr<GpuModule> module = spec ? GpuModule::load(device, *spec, error) : nullptr;
  if (spec && !module) error += " ('" + path + "')";
  return module ? gpuModules.emplace_back(std::move(module)).get() : nullptr;
}

std::shared_ptr<const Executable> Executable::open(const Program &program, std::shared_ptr<const Device> device,
                                                   std::string &error) {
  error.clear();
  std::shared_ptr<Executable> executable(new Executable);
  executable->program = program;
  if (isCpuProgram(program)) {
    if (program.modules.size() != 1) {
      error = "[artifact-format] expects one module for the CPU, but program '" + program.name + "' has " +
              std::to_string(program.modules.size());
      return nullptr;
    }
    executable->cpuModule = CpuModule::load(program.modules[0], error);
    if (executable->cpuModule) executable->cpuEntry = executable->cpuModule->entry(program.cpuEntry, error);
  } else {
    if (error = checkTarget(program, device->smVersion, device->name); !error.empty()) return nullptr;
    executable->device = device;
    std::vector<const GpuModule *> loaded(program.modules.size());
    std::map<std::string, const GpuModule *> overrides;
    for (const LaunchSpec &launch : program.launches) {
      const GpuModule *module = nullptr;
      if (std::string path = overrideOf(launch); !path.empty()) {
        const GpuModule *&replaced = overrides[launch.kernel];
        if (!replaced) replaced = executable->addOverride(path, launch, error);
        module = replaced;
      } else {
        if (!loaded[launch.module]) loaded[launch.module] = executable->addModule(launch.module, error);
        module = loaded[launch.module];
      }
      if (!module) return nullptr;
      executable->kernels.push_back(module->kernel(launch.kernel, launch.threads, launch.smemBytes, error));
      if (!error.empty()) return nullptr;
    }
  }
  if (!error.empty()) return nullptr;
  // Program keeps its plan and meaning; its code is loaded now and can be large.
  for (ModuleSpec &module : executable->program.modules) std::string().swap(module.bytes);
  return executable;
}

std::shared_ptr<const Executable> Executable::withoutCode(const Program &program) {
  std::shared_ptr<Executable> executable(new Executable);
  executable->program = program;
  return executable;
}

std::shared_ptr<const Executable> openProgram(const Manifest &manifest, const std::string &name,
                                              const std::string &target, int ordinal, std::string &error) {
  std::string noDevice;
  std::shared_ptr<const Device> device;
  bool anyGpu = std::any_of(manifest.programs.begin(), manifest.programs.end(),
                            [](const Program &program) { return !isCpuProgram(program); });
  if (target != "cpu" && anyGpu) device = Device::open(ordinal, noDevice);
  const Program *program = chooseProgram(manifest, name, target, device.get(), noDevice, error);
  if (!program) return nullptr;
  log(LogLevel::Info, "'" + program->name + "' runs as " + program->target + " on " +
                          (isCpuProgram(*program) ? "the CPU" : device->name) +
                          (noDevice.empty() ? "" : " (" + noDevice + ")"));
  return Executable::open(*program, isCpuProgram(*program) ? nullptr : device, error);
}

} // namespace msa
