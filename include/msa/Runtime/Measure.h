//===- Measure.h - running on host tensors, and timing ----------*- C++ -*-===//
#ifndef MSA_RUNTIME_MEASURE_H
#define MSA_RUNTIME_MEASURE_H
#include "msa/Runtime/Plan.h"
#include <optional>

namespace msa {

struct MeasureOptions {
  int warmup = 5, runs = 20;
  double maxSeconds = 20;   ///< slow programs get fewer runs, at least 3
  int64_t bytesTouched = 0; ///< of one run, if known: decides how many copies of the inputs are rotated
  bool perLaunch = false;   ///< GPU programs: time each launch too
};

/// One launch of a program, timed within runs of the whole, so that it finds in the L2 what its predecessors left there.
struct LaunchTiming {
  std::string kernel;
  double medianUs = 0;
  double variation = 0;
};

struct Timing {
  double medianUs = 0;
  double variation = 0; ///< standard deviation over mean of the timed runs
  int runs = 0;
  int copies = 1;     ///< of the inputs, rotated
  bool graph = false; ///< under CUDA-graph replay; otherwise events (GPU) or the clock (CPU)
  std::vector<LaunchTiming>
      launches;       ///< where asked for. They add up to more than medianUs: the events between them keep them apart
  double emptyUs = 0; ///< what two such events read with nothing between them; taken off each launch
};

/// Plans and runs once on host tensors, through copies on the GPU where the program has one, and waits. "" or what is wrong.
std::string runOnHostTensors(std::shared_ptr<const Executable> executable, const TensorRef *tensors, size_t count);
/// As above, and times the program alone. On failure nothing, and the reason in `error`.
std::optional<Timing> measureOnHostTensors(std::shared_ptr<const Executable> executable, const TensorRef *tensors,
                                           size_t count, const MeasureOptions &options, std::string &error);

} // namespace msa
#endif
