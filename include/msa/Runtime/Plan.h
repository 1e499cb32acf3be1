//===- Plan.h - one program for given shapes --------------------*- C++ -*-===//
#ifndef MSA_RUNTIME_PLAN_H
#define MSA_RUNTIME_PLAN_H
#include "msa/Runtime/InputLog.h"
#include "msa/Runtime/TensorMap.h"
#include "msa/Runtime/TensorRef.h"

namespace msa {

/// Everything about a call that does not depend on addresses: checked sizes, grids, parameters, workspace. Made once per set of
/// shapes and strides; running it neither allocates nor synchronises, so a CUDA graph may capture it. Immutable, so it may run on several
/// streams and threads at once, as long as each has its own workspace. A plan made under MSA_DEBUG looks at its inputs before each run, one
/// made under MSA_LOG_INPUTS writes them down; on a GPU both wait for the stream (DebugCheck.h, InputLog.h).
class Plan {
public:
  /// Checks `tensors` (inputs, then outputs) against the program. On failure null, and the argument, the value and what was expected
  /// in `error`: "[argument] 'page_table': expects ..., but ...".
  static std::unique_ptr<const Plan> create(std::shared_ptr<const Executable> executable, const TensorRef *tensors,
                                            size_t count, std::string &error);

  /// Bytes of device memory that `run` needs, 256-byte aligned; 0 where there are no temporaries.
  int64_t workspaceBytes = 0;

  /// Launches the program on `stream` (null: the default stream; unused on the CPU, where run returns when all is done). `tensors` have
  /// the plan's shapes and strides; their addresses are free. "" or what is wrong.
  std::string run(const TensorRef *tensors, size_t count, void *workspace, void *stream) const;

  /// Of a GPU program's launches (numLaunches) only the one with this number, for what times them one by one. Nothing is checked.
  std::string runLaunch(size_t number, const TensorRef *tensors, void *workspace, void *stream) const;

  /// How many `run` makes, and of which of the program's launches one is: a loop's are made again in each of its turns.
  size_t numLaunches() const { return launches.size(); }
  size_t specOf(size_t number) const { return launches[number].spec; }

  /// What MSA_DEBUG asks for before each run, once: DebugCheck.h. "" or the first fault.
  std::string check(const TensorRef *tensors, size_t count, void *stream) const;

  const std::shared_ptr<const Executable> executable;

  /// One line a launch: kernel, grid, threads, shared memory and parameters, for logs and tests.
  std::string describe() const;

private:
  explicit Plan(std::shared_ptr<const Executable> executable) : executable(std::move(executable)) {}
  std::string checkArguments(const TensorRef *tensors, size_t count);
  std::string compareArguments(const TensorRef *tensors, size_t count) const;
  std::string planTemporaries();
  std::string planLaunches();
  std::string checkAlignment(const TensorRef *tensors) const;
  std::string planLaunch(size_t number, int64_t turn);
  std::string runCpu(const TensorRef *tensors) const;

  /// A view's base: an argument or temporary, and the bytes from its address to the first element.
  struct Pointer {
    size_t param = 0; ///< which parameter of the launch
    bool isTemporary = false;
    int index = 0;
    int64_t byteOffset = 0;
    int64_t alignBytes = 1;
    int map = -1; ///< the parameter is this tensor map of the launch, and not the address
  };
  struct Launch {
    size_t spec = 0;              ///< index into Program::launches
    unsigned grid[3] = {1, 1, 1}; ///< all zero: nothing to do
    std::vector<uint64_t> params; ///< values; pointers and maps are filled in by run
    std::vector<Pointer> pointers;
    std::vector<TensorMap> maps;
  };
  std::string planPointer(const LaunchSpec &spec, const ParamSpec &param, int64_t alignBytes, Launch &launch) const;
  std::string planTensorMap(const LaunchSpec &spec, const ParamSpec &param, Launch &launch) const;
  std::vector<std::vector<int64_t>> shapes, strides; ///< of the arguments
  std::vector<std::vector<int64_t>> temporaryShapes, temporaryStrides;
  std::vector<int64_t> temporaryOffsets; ///< bytes into the workspace
  std::vector<Launch> launches;
  bool debug = false; ///< MSA_DEBUG when the plan was made
  InputLog inputLog;  ///< MSA_LOG_INPUTS then
};

} // namespace msa
#endif
