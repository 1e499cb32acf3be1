#include "msa/Runtime/Plan.h"
#include "msa/Runtime/DebugCheck.h"
#include "msa/Runtime/Log.h"
#include <algorithm>
#include <cstring>

namespace msa {

constexpr int64_t kTemporaryAlign = 256;
constexpr size_t kMaxParams = 256, kMaxArguments = 64, kMaxTensorMaps = 16; ///< run keeps its arrays on the stack

static std::string textOf(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] == kDynamic ? "?" : std::to_string(shape[i]));
  return text + "]";
}

static std::string argumentError(const ArgumentSpec &spec, const std::string &expected, const std::string &found) {
  return "[argument] '" + spec.name + "': expects " + expected + ", but " + found;
}

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

std::unique_ptr<const Plan> Plan::create(std::shared_ptr<const Executable> executable, const TensorRef *tensors,
                                         size_t count, std::string &error) {
  std::unique_ptr<Plan> plan(new Plan(std::move(executable)));
  error = plan->checkArguments(tensors, count);
  if (error.empty()) error = plan->planTemporaries();
  if (error.empty()) error = plan->planLaunches();
  plan->debug = debugWanted();
  if (plan->debug && plan->executable->device) {
    // Said at any level, once: nobody should measure like this.
    static const bool said =
        (log(LogLevel::Error, "MSA_DEBUG: every run waits for its stream and checks its inputs on the host"), true);
    (void)said;
  }
  plan->inputLog = InputLog::ofEnvironment();
  if (plan->inputLog) {
    static const bool said = (log(LogLevel::Error, "MSA_LOG_INPUTS: every run writes its inputs to '" +
                                                       plan->inputLog.folder + "' first, and waits for its stream"),
                              true);
    (void)said;
  }
  if (error.empty() && logLevel() == LogLevel::Debug)
    log(LogLevel::Debug, "plan of " + plan->executable->program.name + "\n" + plan->describe());
  return error.empty() ? std::move(plan) : nullptr;
}

std::string Plan::checkArguments(const TensorRef *tensors, size_t count) {
  const std::vector<ArgumentSpec> &specs = executable->program.arguments;
  if (specs.size() > kMaxArguments)
    return "[artifact-format] expects at most " + std::to_string(kMaxArguments) + " arguments, but the program has " +
           std::to_string(specs.size());
  if (count != specs.size()) {
    std::string names;
    for (const ArgumentSpec &spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
    return "[argument] expects " + std::to_string(specs.size()) + " tensors (" + names + "), but " +
           std::to_string(count) + " are given";
  }
  for (size_t i = 0; i < count; ++i) {
    const ArgumentSpec &spec = specs[i];
    const TensorRef &tensor = tensors[i];
    if (tensor.dtype != spec.dtype)
      return argumentError(spec, "elements of " + std::string(name(spec.dtype)),
                           "they are " + std::string(name(tensor.dtype)));
    if (tensor.rank != int32_t(spec.shape.size()))
      return argumentError(spec, "shape " + textOf(spec.shape), "its rank is " + std::to_string(tensor.rank));
    if (tensor.rank && !tensor.shape) return argumentError(spec, "a shape", "it is null");
    std::vector<int64_t> shape = shapeOf(tensor);
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d] < 0 || (spec.shape[d] != kDynamic && shape[d] != spec.shape[d]))
        return argumentError(spec, "shape " + textOf(spec.shape),
                             "it is " + textOf(shape) + " (dimension " + std::to_string(d) + ")");
    std::vector<int64_t> strided = stridesOf(tensor);
    // Rows of data are read as vectors, on every target; metadata may have any stride on the CPU.
    bool isEmpty = std::find(shape.begin(), shape.end(), 0) != shape.end(); // then no stride is ever used
    if (spec.dtype != Dtype::I32 && !shape.empty() && !isEmpty && shape.back() > 1 && strided.back() != 1)
      return argumentError(spec, "a last stride of 1", "it is " + std::to_string(strided.back()));
    for (int64_t d : spec.adjacent) {                     // outermost first
      if (shape[d + 1] == 1) strided[d + 1] = strided[d]; // taken as one axis, whose stride is the inner one's
      int64_t wanted = shape[d + 1] * strided[d + 1];
      if (!isEmpty && shape[d] > 1 && strided[d] != wanted)
        return argumentError(
            spec, "rows that follow one another, stride " + std::to_string(d) + " = " + std::to_string(wanted),
            "it is " + std::to_string(strided[d]));
    }
    shapes.push_back(std::move(shape));
    strides.push_back(std::move(strided));
  }
  for (size_t i = 0; i < count; ++i) {
    if (!specs[i].isOutput) continue;
    std::vector<int64_t> wanted;
    for (const Expr &size : specs[i].outputShape) wanted.push_back(evaluate(size, shapes));
    if (wanted != shapes[i])
      return argumentError(specs[i], "shape " + textOf(wanted) + " for these inputs", "it is " + textOf(shapes[i]));
  }
  return "";
}

std::string Plan::planTemporaries() {
  for (const TemporarySpec &spec : executable->program.temporaries) {
    std::vector<int64_t> shape;
    int64_t bytes = byteSize(spec.dtype);
    for (const Expr &size : spec.shape) shape.push_back(evaluate(size, shapes));
    for (int64_t size : shape) {
      if (size < 0 || __builtin_mul_overflow(bytes, size, &bytes))
        return "[workspace] needs a temporary of a representable size, but its shape is " + textOf(shape);
    }
    temporaryOffsets.push_back(workspaceBytes);
    if (__builtin_add_overflow(workspaceBytes, bytes + kTemporaryAlign, &workspaceBytes))
      return "[workspace] needs less memory than there are addresses, but the shapes ask for more";
    workspaceBytes = workspaceBytes / kTemporaryAlign * kTemporaryAlign;
    temporaryStrides.push_back(rowMajorStrides(shape));
    temporaryShapes.push_back(std::move(shape));
  }
  return "";
}

/// Bytes from the first element of an argument or temporary to that of a view.
static int64_t byteOffsetOf(const ViewSpec &view, const std::vector<int64_t> &strides, Dtype dtype) {
  int64_t offset = 0;
  for (size_t d = 0; d < view.offset.size(); ++d) offset += view.offset[d] * strides[d];
  return offset * byteSize(dtype);
}

std::string Plan::planPointer(const LaunchSpec &spec, const ParamSpec &param, int64_t alignBytes,
                              Launch &launch) const {
  const ViewSpec &view = param.view;
  const Program &program = executable->program;
  if (view.isTemporary) {
    int64_t offset = byteOffsetOf(view, temporaryStrides[view.index], program.temporaries[view.index].dtype);
    launch.pointers.push_back({launch.params.size(), true, view.index, offset, alignBytes});
    return "";
  }
  const ArgumentSpec &argument = program.arguments[view.index];
  const std::vector<int64_t> &shape = shapes[view.index], &stride = strides[view.index];
  int64_t bytes = byteSize(argument.dtype);
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] <= 1) continue; // its stride is never used
    bool last = d + 1 == shape.size();
    if (last && stride[d] != 1)
      return argumentError(argument, "a last stride of 1", "it is " + std::to_string(stride[d]));
    if (!last && stride[d] * bytes % alignBytes)
      return argumentError(argument, "strides that are multiples of " + std::to_string(alignBytes) + " bytes",
                           "stride " + std::to_string(d) + " is " + std::to_string(stride[d]) + " elements of " +
                               std::to_string(bytes) + " bytes");
  }
  launch.pointers.push_back(
      {launch.params.size(), false, view.index, byteOffsetOf(view, stride, argument.dtype), alignBytes});
  return "";
}

std::string Plan::planTensorMap(const LaunchSpec &spec, const ParamSpec &param, Launch &launch) const {
  const ViewSpec &view = param.view;
  const Program &program = executable->program;
  Dtype dtype = view.isTemporary ? program.temporaries[view.index].dtype : program.arguments[view.index].dtype;
  const std::vector<int64_t> &stride = view.isTemporary ? temporaryStrides[view.index] : strides[view.index];
  if (launch.maps.size() >= kMaxTensorMaps)
    return "[artifact-format] expects at most " + std::to_string(kMaxTensorMaps) + " tensor maps, but '" + spec.kernel +
           "' has more";
  TensorMap map;
  if (std::string problem = map.plan(param.map, dtype, stride, shapes); !problem.empty())
    return view.isTemporary ? "[tensor-map] a temporary of '" + spec.kernel + "' " + problem
                            : "[argument] '" + program.arguments[view.index].name + "': " + problem;
  if (executable->device) { // what else the driver may not like shows now and not in the first run
    CUtensorMap encoded;
    Device::Scope scope(*executable->device);
    if (std::string problem = map.encode(executable->device->driver, /*any address=*/1 << 20, encoded);
        !problem.empty())
      return problem;
  }
  launch.pointers.push_back({launch.params.size(), view.isTemporary, view.index, byteOffsetOf(view, stride, dtype),
                             TensorMap::kAlignBytes, int(launch.maps.size())});
  launch.maps.push_back(map);
  return "";
}

std::string Plan::planLaunches() {
  static constexpr int64_t kMaxTurns = 1 << 16;
  const Program &program = executable->program;
  for (size_t begin = 0, end; begin < program.launches.size(); begin = end) {
    int loop = program.launches[begin].loop;
    for (end = begin + 1; loop >= 0 && end < program.launches.size() && program.launches[end].loop == loop;) ++end;
    int64_t turns = loop < 0 ? 1 : evaluate(program.loops[loop], shapes);
    if (turns < 0 || turns > kMaxTurns)
      return "[loop] needs 0 to " + std::to_string(kMaxTurns) + " turns, but kernel '" +
             program.launches[begin].kernel + "' and those after it ask for " + std::to_string(turns);
    for (int64_t turn = 0; turn < turns; ++turn)
      for (size_t spec = begin; spec < end; ++spec)
        if (std::string problem = planLaunch(spec, turn); !problem.empty()) return problem;
  }
  return "";
}

std::string Plan::planLaunch(size_t number, int64_t turn) {
  static constexpr int64_t kMaxGrid[3] = {INT32_MAX, 65535, 65535}; // of every chip so far
  const LaunchSpec &spec = executable->program.launches[number];
  Launch launch;
  launch.spec = number;
  int64_t grid[3];
  bool empty = false;
  for (int d = 0; d < 3; ++d) {
    grid[d] = evaluate(spec.grid[d], shapes, turn);
    if (grid[d] < 0 || grid[d] > kMaxGrid[d])
      return "[grid] needs 0 to " + std::to_string(kMaxGrid[d]) + " thread blocks along " + "xyz"[d] +
             ", but kernel '" + spec.kernel + "' asks for " + std::to_string(grid[d]);
    empty |= grid[d] == 0;
  }
  for (int d = 0; d < 3; ++d) launch.grid[d] = empty ? 0 : unsigned(grid[d]);
  if (spec.params.size() > kMaxParams)
    return "[artifact-format] expects at most " + std::to_string(kMaxParams) + " kernel parameters, but '" +
           spec.kernel + "' has " + std::to_string(spec.params.size());
  size_t numPointers = 0;
  for (const ParamSpec &param : spec.params) {
    uint64_t value = 0;
    switch (param.kind) {
    case ParamSpec::Kind::Pointer:
      if (std::string problem = planPointer(spec, param, spec.alignBytes[numPointers++], launch); !problem.empty())
        return problem;
      break;
    case ParamSpec::Kind::TensorMap:
      if (std::string problem = planTensorMap(spec, param, launch); !problem.empty()) return problem;
      break;
    case ParamSpec::Kind::Stride:
      value = uint64_t((param.view.isTemporary ? temporaryStrides : strides)[param.view.index][param.dimension]);
      break;
    case ParamSpec::Kind::Size: value = uint64_t(evaluate(param.expr, shapes, turn)); break;
    case ParamSpec::Kind::F32: {
      float number = float(param.number);
      std::memcpy(&value, &number, sizeof number); // the parameter is the slot's first four bytes
      break;
    }
    }
    launch.params.push_back(value);
  }
  launches.push_back(std::move(launch));
  return "";
}

std::string Plan::describe() const {
  const Program &program = executable->program;
  std::string text;
  for (size_t i = 0; i < launches.size(); ++i) {
    const Launch &launch = launches[i];
    const LaunchSpec &spec = program.launches[launch.spec];
    text += spec.kernel + "<<<[" + std::to_string(launch.grid[0]) + ", " + std::to_string(launch.grid[1]) + ", " +
            std::to_string(launch.grid[2]) + "], " + std::to_string(spec.threads) + ", " +
            std::to_string(spec.smemBytes) + ">>>(";
    auto pointer = launch.pointers.begin();
    for (size_t p = 0; p < spec.params.size(); ++p) {
      text += p ? ", " : "";
      if (pointer != launch.pointers.end() && pointer->param == p) {
        int64_t offset = (pointer->isTemporary ? temporaryOffsets[pointer->index] : 0) + pointer->byteOffset;
        std::string address =
            "&" + (pointer->isTemporary ? std::string("workspace") : program.arguments[pointer->index].name) +
            (offset ? "+" + std::to_string(offset) : "");
        text += pointer->map < 0 ? address : "map(" + address + ", " + launch.maps[pointer->map].describe() + ")";
        ++pointer;
      } else if (spec.params[p].kind == ParamSpec::Kind::F32) {
        text += std::to_string(float(spec.params[p].number)) + "f";
      } else {
        text += std::to_string(int64_t(launch.params[p]));
      }
    }
    text += ")\n";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

std::string Plan::compareArguments(const TensorRef *tensors, size_t count) const {
  const Program &program = executable->program;
  if (count != shapes.size())
    return "[argument] expects " + std::to_string(shapes.size()) + " tensors, as planned, but " +
           std::to_string(count) + " are given";
  for (size_t i = 0; i < count; ++i) {
    const TensorRef &tensor = tensors[i];
    bool same = tensor.dtype == program.arguments[i].dtype && tensor.rank == int32_t(shapes[i].size()) &&
                (tensor.shape || shapes[i].empty()) && std::equal(shapes[i].begin(), shapes[i].end(), tensor.shape);
    for (size_t d = 0; same && tensor.strides && d < shapes[i].size(); ++d)
      same = shapes[i][d] <= 1 || strides[i][d] == tensor.strides[d]; // the stride of one row is never used
    if (same && !tensor.strides) {                                    // row-major, compared without making a list
      int64_t stride = 1;
      for (size_t d = shapes[i].size(); d-- > 0; stride *= std::max<int64_t>(shapes[i][d], 1))
        same &= shapes[i][d] <= 1 || strides[i][d] == stride;
    }
    if (!same)
      return argumentError(program.arguments[i], "the type, shape and strides it was planned with",
                           "they differ (make a new plan)");
    bool empty = std::find(shapes[i].begin(), shapes[i].end(), 0) != shapes[i].end();
    if (!tensor.data && !empty) return argumentError(program.arguments[i], "an address", "it is null");
  }
  return "";
}

std::string Plan::check(const TensorRef *tensors, size_t count, void *stream) const {
  std::string problem = compareArguments(tensors, count);
  return problem.empty() ? checkInputs(*executable, tensors, count, stream) : problem;
}

std::string Plan::run(const TensorRef *tensors, size_t count, void *workspace, void *stream) const {
  if (std::string problem = compareArguments(tensors, count); !problem.empty()) return problem;
  if (!executable->cpuEntry && !executable->device)
    return "[no-target] needs a program with its code loaded, but this one was opened without";
  if (workspaceBytes && (!workspace || uintptr_t(workspace) % kTemporaryAlign))
    return "[workspace] needs " + std::to_string(workspaceBytes) + " bytes at a multiple of " +
           std::to_string(kTemporaryAlign) + ", but the address is " + std::to_string(uintptr_t(workspace));
  if (inputLog) inputLog.write(*executable, tensors, count, stream); // before anything can go wrong with them
  if (debug)
    if (std::string problem = checkInputs(*executable, tensors, count, stream); !problem.empty()) return problem;
  if (executable->cpuEntry) return runCpu(tensors);
  if (std::string problem = checkAlignment(tensors); !problem.empty()) return problem;
  Device::Scope scope(*executable->device);
  for (size_t i = 0; i < launches.size(); ++i)
    if (std::string problem = runLaunch(i, tensors, workspace, stream); !problem.empty()) return problem;
  return "";
}

std::string Plan::runCpu(const TensorRef *tensors) const {
  // MLIR's ranked memref descriptors: allocated, aligned, offset, sizes, strides. Ranks are at most 8.
  struct Descriptor {
    void *allocated, *aligned;
    int64_t offset, sizesAndStrides[16];
  };
  Descriptor descriptors[kMaxArguments];
  void *pointers[kMaxArguments];
  for (size_t i = 0; i < shapes.size(); ++i) {
    descriptors[i].allocated = descriptors[i].aligned = tensors[i].data;
    descriptors[i].offset = 0;
    std::copy(shapes[i].begin(), shapes[i].end(), descriptors[i].sizesAndStrides);
    std::copy(strides[i].begin(), strides[i].end(), descriptors[i].sizesAndStrides + shapes[i].size());
    pointers[i] = &descriptors[i];
  }
  executable->cpuEntry(pointers);
  return "";
}

/// Of all launches, before the first.
std::string Plan::checkAlignment(const TensorRef *tensors) const {
  for (const Launch &launch : launches)
    for (const Pointer &pointer : launch.pointers) {
      if (pointer.isTemporary || !launch.grid[0]) continue;
      uint64_t address = uint64_t(uintptr_t(tensors[pointer.index].data)) + uint64_t(pointer.byteOffset);
      if (address % uint64_t(pointer.alignBytes))
        return argumentError(executable->program.arguments[pointer.index],
                             "an address that is a multiple of " + std::to_string(pointer.alignBytes) + " bytes",
                             "it is off by " + std::to_string(address % uint64_t(pointer.alignBytes)));
    }
  return "";
}

static std::string launchError(const CudaDriver &driver, CUresult result, const std::string &kernel) {
  std::string error = driver.check(result, "cuLaunchKernel") + " for kernel '" + kernel + "'";
  // CUDA_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_MISALIGNED_ADDRESS to CUDA_ERROR_LAUNCH_FAILED: of a kernel that ran before.
  if (result == 700 || (result >= 714 && result <= 719))
    error +=
        ": an earlier kernel of this process failed, and the GPU's context with it (MSA_DEBUG=1 checks what a program "
        "reads before it runs)";
  return error;
}

std::string Plan::runLaunch(size_t number, const TensorRef *tensors, void *workspace, void *stream) const {
  const Device &device = *executable->device;
  Device::Scope scope(device);
  const Launch &launch = launches[number];
  const LaunchSpec &spec = executable->program.launches[launch.spec];
  if (!launch.grid[0]) return "";
  uint64_t values[kMaxParams];
  CUtensorMap maps[kMaxTensorMaps];
  void *params[kMaxParams];
  std::copy(launch.params.begin(), launch.params.end(), values);
  for (size_t p = 0; p < launch.params.size(); ++p) params[p] = &values[p];
  for (const Pointer &pointer : launch.pointers) {
    uint64_t base = pointer.isTemporary ? uint64_t(uintptr_t(workspace)) + uint64_t(temporaryOffsets[pointer.index])
                                        : uint64_t(uintptr_t(tensors[pointer.index].data));
    values[pointer.param] = base + uint64_t(pointer.byteOffset);
    if (pointer.map < 0) continue;
    params[pointer.param] = &maps[pointer.map];
    std::string problem = launch.maps[pointer.map].encode(device.driver, values[pointer.param], maps[pointer.map]);
    if (!problem.empty()) return problem;
  }
  CUresult result = device.driver.cuLaunchKernel(executable->kernels[launch.spec], launch.grid[0], launch.grid[1],
                                                 launch.grid[2], unsigned(spec.threads), 1, 1, unsigned(spec.smemBytes),
                                                 static_cast<CUstream>(stream), params, nullptr);
  return result ? launchError(device.driver, result, spec.kernel) : "";
}

} // namespace msa
