//===- RuntimeCAPI.cpp - the C door: handles in, status and text out -------===//
#include "msa-c/Runtime.h"
#include "msa/Runtime/DebugCheck.h"
#include "msa/Runtime/Log.h"
#include "msa/Runtime/Measure.h"
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace msa;

struct msartArtifact {
  Manifest manifest;
  std::string description;
};
struct msartProgram {
  std::shared_ptr<const Executable> executable;
};
struct msartPlan {
  std::unique_ptr<const Plan> plan;
};

static_assert(sizeof(msartTensor) == sizeof(TensorRef) && offsetof(msartTensor, dtype) == offsetof(TensorRef, dtype) &&
                  offsetof(msartTensor, rank) == offsetof(TensorRef, rank) &&
                  offsetof(msartTensor, shape) == offsetof(TensorRef, shape) &&
                  offsetof(msartTensor, strides) == offsetof(TensorRef, strides),
              "TensorRef is msartTensor");
static_assert(int(Dtype::F32) == MSART_F32 && int(Dtype::F16) == MSART_F16 && int(Dtype::BF16) == MSART_BF16 &&
                  int(Dtype::I32) == MSART_I32,
              "element types are part of the ABI");

static std::string &lastError() {
  static thread_local std::string error;
  return error;
}

static int fail(const std::string &error) {
  lastError() = error;
  log(LogLevel::Info, error);
  return 1;
}

/// Runs the body of an ABI function: it returns "" or an error, and no exception leaves.
template <class Body> static int guarded(Body body) {
  try {
    std::string error = body();
    return error.empty() ? 0 : fail(error);
  } catch (const std::bad_alloc &) {
    return fail("[out-of-memory] needs more host memory, but there is none left");
  } catch (const std::exception &problem) {
    return fail(std::string("[internal] ") + problem.what());
  }
}

static std::string nullArgument(const char *what) {
  return std::string("[argument] '") + what + "': expects an address, but it is null";
}

static const TensorRef *refs(const msartTensor *tensors) { return reinterpret_cast<const TensorRef *>(tensors); }

static std::string loadArtifact(const std::string &text, msartArtifact **artifact) {
  std::string error;
  std::optional<Manifest> manifest = parseManifest(text, error);
  if (!manifest) return error;
  // Without its code: the text that was just read, its modules' bytes dropped.
  nlohmann::ordered_json body = std::move(nlohmann::ordered_json::parse(text)["body"]);
  for (auto &program : body["programs"])
    if (program.contains("modules"))
      for (auto &module : program["modules"]) module.erase("bytes");
  *artifact = new msartArtifact{std::move(*manifest),
                                body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  return "";
}

extern "C" {

int msartVersion(void) { return MSART_ABI_VERSION; }
const char *msartLastError(void) { return lastError().c_str(); }

int msartDeviceCount(int *count) {
  return guarded([&] {
    if (!count) return nullArgument("count");
    std::string error;
    *count = Device::count(error);
    return error;
  });
}

int msartDeviceInfo(int device, char *name, size_t name_bytes, int *sm_version) {
  return guarded([&] {
    std::string error;
    std::shared_ptr<const Device> opened = Device::open(device, error);
    if (!opened) return error;
    if (name && name_bytes) {
      std::strncpy(name, opened->name.c_str(), name_bytes - 1);
      name[name_bytes - 1] = 0;
    }
    if (sm_version) *sm_version = opened->smVersion;
    return error;
  });
}

int msartLoadArtifactFile(const char *path, msartArtifact **artifact) {
  return guarded([&]() -> std::string {
    if (!path || !artifact) return nullArgument(path ? "artifact" : "path");
    std::ifstream file(path, std::ios::binary);
    if (!file)
      return std::string("[artifact-missing] needs '") + path + "', but it cannot be opened: " + std::strerror(errno);
    std::ostringstream text;
    text << file.rdbuf();
    return loadArtifact(text.str(), artifact);
  });
}

int msartLoadArtifactBytes(const char *bytes, size_t length, msartArtifact **artifact) {
  return guarded([&] {
    return bytes && artifact ? loadArtifact(std::string(bytes, length), artifact)
                             : nullArgument(bytes ? "artifact" : "bytes");
  });
}

void msartDestroyArtifact(msartArtifact *artifact) { delete artifact; }
const char *msartArtifactDescribe(msartArtifact *artifact) { return artifact ? artifact->description.c_str() : ""; }

int msartProgramOpen(msartArtifact *artifact, const char *name, const char *target, int device,
                     msartProgram **program) {
  return guarded([&] {
    if (!artifact || !program) return nullArgument(artifact ? "program" : "artifact");
    std::string error;
    auto executable =
        openProgram(artifact->manifest, name ? name : "", target && *target ? target : "auto", device, error);
    if (executable) *program = new msartProgram{std::move(executable)};
    return error;
  });
}

void msartDestroyProgram(msartProgram *program) { delete program; }
const char *msartProgramTarget(msartProgram *program) {
  return program ? program->executable->program.target.c_str() : "";
}

int msartOutputShape(msartProgram *program, const msartTensor *inputs, size_t num_inputs, size_t argument,
                     int64_t *shape) {
  return guarded([&]() -> std::string {
    if (!program || !shape || (!inputs && num_inputs))
      return nullArgument(program ? shape ? "inputs" : "shape" : "program");
    const std::vector<ArgumentSpec> &specs = program->executable->program.arguments;
    if (argument >= specs.size() || !specs[argument].isOutput)
      return "[argument] expects the number of an output, but argument " + std::to_string(argument) + " is none";
    std::vector<std::vector<int64_t>> shapes;
    for (size_t i = 0; i < num_inputs && i < specs.size(); ++i) {
      if (inputs[i].rank != int32_t(specs[i].shape.size()))
        return "[argument] '" + specs[i].name + "': expects rank " + std::to_string(specs[i].shape.size()) +
               ", but it is " + std::to_string(inputs[i].rank);
      shapes.emplace_back(inputs[i].shape, inputs[i].shape + inputs[i].rank);
    }
    for (const Expr &size : specs[argument].outputShape) *shape++ = evaluate(size, shapes);
    return "";
  });
}

int msartPlanCreate(msartProgram *program, const msartTensor *tensors, size_t num_tensors, size_t *workspace_bytes,
                    msartPlan **plan) {
  return guarded([&] {
    if (!program || !plan || (!tensors && num_tensors))
      return nullArgument(program ? plan ? "tensors" : "plan" : "program");
    std::string error;
    std::unique_ptr<const Plan> made = Plan::create(program->executable, refs(tensors), num_tensors, error);
    if (!made) return error;
    if (workspace_bytes) *workspace_bytes = size_t(made->workspaceBytes);
    *plan = new msartPlan{std::move(made)};
    return error;
  });
}

void msartDestroyPlan(msartPlan *plan) { delete plan; }

int msartRun(msartPlan *plan, const msartTensor *tensors, size_t num_tensors, void *workspace, void *stream) {
  return guarded([&] {
    return plan && tensors ? plan->plan->run(refs(tensors), num_tensors, workspace, stream)
                           : nullArgument(plan ? "tensors" : "plan");
  });
}

int msartCheck(msartPlan *plan, const msartTensor *tensors, size_t num_tensors, void *stream) {
  return guarded([&] {
    return plan && tensors ? plan->plan->check(refs(tensors), num_tensors, stream)
                           : nullArgument(plan ? "tensors" : "plan");
  });
}

int msartProgramCheckHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors) {
  return guarded([&] {
    if (!program || !tensors) return nullArgument(program ? "tensors" : "program");
    std::string error; // a plan without code checks shapes
    auto plan = Plan::create(Executable::withoutCode(program->executable->program), refs(tensors), num_tensors, error);
    return plan ? checkHostInputs(plan->executable->program, refs(tensors), num_tensors) : error;
  });
}

int msartProgramRunHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors) {
  return guarded([&] {
    return program && tensors ? runOnHostTensors(program->executable, refs(tensors), num_tensors)
                              : nullArgument(program ? "tensors" : "program");
  });
}

int msartProgramMeasureHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors, double *median_us,
                            double *variation) {
  return guarded([&] {
    if (!program || !tensors) return nullArgument(program ? "tensors" : "program");
    std::string error;
    std::optional<Timing> timing = measureOnHostTensors(program->executable, refs(tensors), num_tensors, {}, error);
    if (timing && median_us) *median_us = timing->medianUs;
    if (timing && variation) *variation = timing->variation;
    return error;
  });
}

int msartProgramMeasureLaunchesHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors,
                                    double *median_us, double *launch_us, size_t num_launches) {
  return guarded([&]() -> std::string {
    if (!program || !tensors || (num_launches && !launch_us))
      return nullArgument(program ? tensors ? "launch_us" : "tensors" : "program");
    size_t has = program->executable->program.launches.size();
    if (num_launches != has)
      return "[argument] 'num_launches': expects " + std::to_string(has) + ", as many as the program has, but it is " +
             std::to_string(num_launches);
    std::string error;
    MeasureOptions options;
    options.perLaunch = true;
    auto timing = measureOnHostTensors(program->executable, refs(tensors), num_tensors, options, error);
    if (!timing) return error;
    if (median_us) *median_us = timing->medianUs;
    for (size_t i = 0; i < timing->launches.size(); ++i) launch_us[i] = timing->launches[i].medianUs;
    return "";
  });
}

} // extern "C"
