//===- Measure.cpp ---------------------------------------------------------===//
//
// The protocol that published numbers use: the whole program under CUDA-graph replay, inputs rotated through more than twice the L2 so that
// no run finds its data there, 5 warm-up and 20 timed replays, median and coefficient of variation.
//
//===----------------------------------------------------------------------===//
#include "msa/Runtime/Measure.h"
#include "msa/Runtime/DeviceTensors.h"
#include "msa/Runtime/Log.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>

namespace msa {

namespace {

/// Where a GPU program runs: copies of its tensors, workspace, a stream, two events.
class GpuBench {
public:
  explicit GpuBench(const Plan &plan)
      : plan(plan), device(plan.executable->device), driver(device->driver), scope(*device) {}
  ~GpuBench() {
    dropGraph();
    for (CUevent event : {start, end})
      if (event) driver.cuEventDestroy(event);
    for (CUevent event : marks)
      if (event) driver.cuEventDestroy(event);
    if (stream) driver.cuStreamDestroy(stream);
  }

  std::string prepare(const TensorRef *tensors, size_t count) {
    copies.emplace_back();
    std::string error = copies[0].upload(device, tensors, count);
    if (error.empty()) error = workspace.allocate(device, plan.workspaceBytes);
    if (error.empty())
      error = driver.check(driver.cuStreamCreate(&stream, /*CU_STREAM_NON_BLOCKING*/ 1), "cuStreamCreate");
    return error;
  }

  /// One run on the next copy.
  std::string run() {
    const std::vector<TensorRef> &refs = copies[next++ % copies.size()].refs();
    return plan.run(refs.data(), refs.size(), reinterpret_cast<void *>(uintptr_t(workspace.address())), stream);
  }
  std::string wait() { return driver.check(driver.cuStreamSynchronize(stream), "cuStreamSynchronize"); }
  std::string download(const TensorRef *tensors, size_t count) {
    for (size_t i = 0; i < count; ++i)
      if (plan.executable->program.arguments[i].isOutput)
        if (std::string error = copies[0].download(i, tensors[i]); !error.empty()) return error;
    return "";
  }

  std::optional<Timing> measure(const MeasureOptions &options, std::string &error) {
    Timing timing;
    if (error = makeCopies(options); !error.empty()) return std::nullopt;
    if (error = driver.check(driver.cuEventCreate(&start, 0), "cuEventCreate"); !error.empty()) return std::nullopt;
    if (error = driver.check(driver.cuEventCreate(&end, 0), "cuEventCreate"); !error.empty()) return std::nullopt;
    timing.copies = int(copies.size());

    double estimateUs = 0;
    for (int i = 0; i < 2; ++i) // the first pass pays for lazy loading
      if (error = timed([&] { return run(); }, estimateUs); !error.empty()) return std::nullopt;
    // Short programs go several times into one graph, so that event resolution and launch gaps do not count.
    int64_t calls = std::clamp<int64_t>(int64_t(std::ceil(2000 / std::max(estimateUs, 1.0))), 1, 64);
    if (estimateUs * double(copies.size()) < 100e3)
      calls = (calls + int64_t(copies.size()) - 1) / int64_t(copies.size()) * int64_t(copies.size());
    timing.graph = capture([&] { return repeat(calls); });
    timing.runs =
        std::clamp(int(options.maxSeconds * 1e6 / std::max(estimateUs * double(calls), 1.0)), 3, options.runs);
    std::vector<double> times;
    for (int i = 0; i < options.warmup + timing.runs; ++i) {
      double us = 0;
      error = timed(
          [&] {
            return timing.graph ? driver.check(driver.cuGraphLaunch(exec, stream), "cuGraphLaunch") : repeat(calls);
          },
          us);
      if (!error.empty()) return std::nullopt;
      if (i >= options.warmup) times.push_back(us / double(calls));
    }
    std::tie(timing.medianUs, timing.variation) = summary(times);
    if (options.perLaunch) error = measureLaunches(options, timing);
    return error.empty() ? std::optional(timing) : std::nullopt;
  }

  /// Median and coefficient of variation.
  static std::pair<double, double> summary(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    double median = (times[(times.size() - 1) / 2] + times[times.size() / 2]) / 2, mean = 0, square = 0;
    for (double time : times) mean += time / double(times.size());
    for (double time : times) square += (time - mean) * (time - mean) / double(times.size());
    return {median, mean > 0 ? std::sqrt(square) / mean : 0};
  }

private:
  std::string repeat(int64_t calls) {
    for (int64_t i = 0; i < calls; ++i)
      if (std::string error = run(); !error.empty()) return error;
    return "";
  }

  template <class Work> std::string timed(Work work, double &microseconds) {
    std::string error = driver.check(driver.cuEventRecord(start, stream), "cuEventRecord");
    if (error.empty()) error = work();
    if (error.empty()) error = driver.check(driver.cuEventRecord(end, stream), "cuEventRecord");
    if (error.empty()) error = driver.check(driver.cuEventSynchronize(end), "cuEventSynchronize");
    float milliseconds = 0;
    if (error.empty()) error = driver.check(driver.cuEventElapsedTime(&milliseconds, start, end), "cuEventElapsedTime");
    microseconds = milliseconds * 1e3;
    return error;
  }

  /// Enough copies that a run's data has left the L2 when its turn comes again. What a run touches may be a small part of its inputs (a
  /// selection of a large cache), so without better knowledge it is taken to be at most 8 MB.
  std::string makeCopies(const MeasureOptions &options) {
    int64_t one = copies[0].bytes(),
            touched = options.bytesTouched > 0 ? options.bytesTouched : std::min<int64_t>(one, 8 << 20);
    int64_t wanted = std::clamp<int64_t>(2 * device->l2Bytes / std::max<int64_t>(touched, 1) + 2, 2, 64);
    size_t free = 0, total = 0;
    if (std::string error = driver.check(driver.cuMemGetInfo(&free, &total), "cuMemGetInfo"); !error.empty())
      return error;
    wanted = std::min(wanted, 1 + int64_t(free / 2) / std::max<int64_t>(one, 1));
    while (int64_t(copies.size()) < wanted) {
      DeviceTensors copy;
      if (std::string error = copy.cloneFrom(device, copies[0]); !error.empty()) return error;
      copies.push_back(std::move(copy));
    }
    log(LogLevel::Info,
        "rotating " + std::to_string(copies.size()) + " copies of " + std::to_string(one >> 20) + " MiB of tensors");
    return wait();
  }

  /// Whole runs, one a copy, with an event before and behind each launch. A launch alone, again and again, would do for some kernels and
  /// not for those that count on what the launch before them has zeroed; and it would not find in the L2 what it finds in the chain.
  std::string measureLaunches(const MeasureOptions &options, Timing &timing) {
    const size_t numLaunches = plan.numLaunches(), perRun = numLaunches + 2;
    // As many as take 0.1 s, unless the program is slow; then its inputs are large and leave the L2 by themselves.
    const size_t runs = std::clamp(size_t(100e3 / std::max(timing.medianUs, 1.0)), size_t(1), copies.size());
    for (size_t i = 0; i < runs * perRun; ++i) {
      marks.push_back(nullptr);
      if (std::string error = driver.check(driver.cuEventCreate(&marks.back(), 0), "cuEventCreate"); !error.empty())
        return error;
    }
    dropGraph();
    auto chain = [&](unsigned eventFlags) {
      std::string error;
      for (size_t run = 0; run < runs && error.empty(); ++run) {
        const TensorRef *tensors = copies[run].refs().data();
        void *memory = reinterpret_cast<void *>(uintptr_t(workspace.address()));
        for (size_t i = 0; i < perRun && error.empty(); ++i) {
          if (i > 1) error = plan.runLaunch(i - 2, tensors, memory, stream); // nothing between the first two
          if (error.empty())
            error = driver.check(driver.cuEventRecordWithFlags(marks[run * perRun + i], stream, eventFlags),
                                 "cuEventRecordWithFlags");
        }
      }
      return error;
    };
    bool captured = capture([&] { return chain(/*CU_EVENT_RECORD_EXTERNAL*/ 1); });
    std::vector<std::vector<double>> times(numLaunches + 1);
    for (int i = 0; i < options.warmup + timing.runs; ++i) {
      std::string error = captured ? driver.check(driver.cuGraphLaunch(exec, stream), "cuGraphLaunch") : chain(0);
      if (error.empty()) error = wait();
      for (size_t run = 0; run < runs && i >= options.warmup; ++run)
        for (size_t k = 0; k + 1 < perRun && error.empty(); ++k) {
          float milliseconds = 0;
          error = driver.check(
              driver.cuEventElapsedTime(&milliseconds, marks[run * perRun + k], marks[run * perRun + k + 1]),
              "cuEventElapsedTime");
          times[k].push_back(milliseconds * 1e3);
        }
      if (!error.empty()) return error;
    }
    timing.emptyUs = summary(times[0]).first;
    const std::vector<LaunchSpec> &specs = plan.executable->program.launches;
    std::vector<std::vector<double>> ofSpec(specs.size()); // a launch in a loop: all turns together
    for (size_t k = 0; k < numLaunches; ++k) {
      std::vector<double> &sums = ofSpec[plan.specOf(k)];
      sums.resize(times[k + 1].size());
      for (size_t n = 0; n < sums.size(); ++n) sums[n] += std::max(times[k + 1][n] - timing.emptyUs, 0.0);
    }
    for (size_t k = 0; k < specs.size(); ++k) {
      if (ofSpec[k].empty()) ofSpec[k].push_back(0); // a loop without turns
      auto [median, variation] = summary(ofSpec[k]);
      timing.launches.push_back({specs[k].kernel, median, variation});
    }
    return "";
  }

  void dropGraph() {
    if (graph) driver.cuGraphDestroy(graph);
    if (exec) driver.cuGraphExecDestroy(exec);
    graph = nullptr, exec = nullptr;
  }

  /// Records what `work` launches. False where the driver cannot capture it; it is then launched one by one.
  template <class Work> bool capture(Work work) {
    next = 0;
    std::string error =
        driver.check(driver.cuStreamBeginCapture(stream, /*CU_STREAM_CAPTURE_MODE_RELAXED*/ 2), "cuStreamBeginCapture");
    if (error.empty()) {
      error = work();
      std::string ended = driver.check(driver.cuStreamEndCapture(stream, &graph), "cuStreamEndCapture");
      if (error.empty()) error = ended;
    }
    if (error.empty()) error = driver.check(driver.cuGraphInstantiate(&exec, graph, 0), "cuGraphInstantiate");
    if (!error.empty()) log(LogLevel::Info, "measuring without a graph: " + error);
    return error.empty();
  }

  const Plan &plan;
  std::shared_ptr<const Device> device;
  const CudaDriver &driver;
  Device::Scope scope;
  std::vector<DeviceTensors> copies;
  DeviceBuffer workspace;
  CUstream stream = nullptr;
  CUevent start = nullptr, end = nullptr;
  std::vector<CUevent> marks; ///< around the launches of each copy's run
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  size_t next = 0;
};

Timing measureCpu(const Plan &plan, const TensorRef *tensors, size_t count, const MeasureOptions &options,
                  std::string &error) {
  using Clock = std::chrono::steady_clock;
  Timing timing;
  std::vector<double> times;
  auto begin = Clock::now();
  for (int i = 0; i < options.warmup + options.runs; ++i) {
    auto start = Clock::now();
    if (error = plan.run(tensors, count, nullptr, nullptr); !error.empty()) return timing;
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    if (times.size() >= 3 && std::chrono::duration<double>(Clock::now() - begin).count() > options.maxSeconds) break;
  }
  size_t warmup = std::min(size_t(options.warmup), times.size() - 3); // slow programs are warm after none
  times.erase(times.begin(), times.begin() + int64_t(warmup));
  timing.runs = int(times.size());
  std::tie(timing.medianUs, timing.variation) = GpuBench::summary(times);
  return timing;
}

} // namespace

static std::optional<Timing> runAndMeasure(std::shared_ptr<const Executable> executable, const TensorRef *tensors,
                                           size_t count, const MeasureOptions *options, std::string &error) {
  std::unique_ptr<const Plan> plan = Plan::create(std::move(executable), tensors, count, error);
  if (!plan) return std::nullopt;
  if (plan->executable->cpuEntry) {
    Timing timing;
    if (options) timing = measureCpu(*plan, tensors, count, *options, error);
    else error = plan->run(tensors, count, nullptr, nullptr);
    return error.empty() ? std::optional(timing) : std::nullopt;
  }
  GpuBench bench(*plan);
  error = bench.prepare(tensors, count);
  if (error.empty()) error = bench.run();
  if (error.empty()) error = bench.wait();
  if (error.empty()) error = bench.download(tensors, count); // before timing, so that the results are those of one run
  if (!error.empty()) return std::nullopt;
  return options ? bench.measure(*options, error) : Timing();
}

std::string runOnHostTensors(std::shared_ptr<const Executable> executable, const TensorRef *tensors, size_t count) {
  std::string error;
  runAndMeasure(std::move(executable), tensors, count, nullptr, error);
  return error;
}

std::optional<Timing> measureOnHostTensors(std::shared_ptr<const Executable> executable, const TensorRef *tensors,
                                           size_t count, const MeasureOptions &options, std::string &error) {
  return runAndMeasure(std::move(executable), tensors, count, &options, error);
}

} // namespace msa
