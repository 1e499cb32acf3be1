#include "msa/Runtime/InputLog.h"
#include "msa/Runtime/Log.h"
#include "msa/Support/Npy.h"
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace msa {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

InputLog InputLog::ofEnvironment() {
  InputLog log;
  if (const char *folder = std::getenv("MSA_LOG_INPUTS")) log.folder = folder;
  return log;
}

static void say(const std::string &line) { log(LogLevel::Error, "MSA_LOG_INPUTS: " + line); }

static std::string timeText() {
  std::time_t now = std::time(nullptr);
  std::tm utc = {};
  char text[32] = "";
  if (gmtime_r(&now, &utc)) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

static int64_t bytesOf(const TensorRef &tensor) {
  int64_t bytes = byteSize(tensor.dtype);
  for (int64_t size : shapeOf(tensor)) bytes *= size;
  return bytes;
}

/// The inputs whose contents fit, smallest first: lengths, page tables and selections decide where a kernel reads.
static std::vector<bool> chooseContents(const Program &program, const TensorRef *tensors, size_t count, int64_t room) {
  std::vector<size_t> order;
  for (size_t i = 0; i < count; ++i)
    if (!program.arguments[i].isOutput) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::pair(bytesOf(tensors[a]), a) < std::pair(bytesOf(tensors[b]), b); });
  std::vector<bool> chosen(count);
  for (size_t i : order) {
    if (bytesOf(tensors[i]) > room) break;
    room -= bytesOf(tensors[i]);
    chosen[i] = true;
  }
  return chosen;
}

/// All files of a call into the existing folder `path`. "" or what is wrong.
static std::string writeCall(const std::string &path, const Executable &executable, const TensorRef *tensors,
                             size_t count, void *stream, int64_t room) {
  const Program &program = executable.program;
  std::vector<bool> contents = chooseContents(program, tensors, count, room);
  Json call;
  call["program"] = program.name;
  call["target"] = program.target;
  call["device"] = executable.device ? executable.device->name : "CPU";
  call["time"] = timeText();
  for (size_t i = 0; i < count; ++i) {
    const ArgumentSpec &spec = program.arguments[i];
    call["arguments"].push_back({{"name", spec.name},
                                 {"dtype", std::string(name(spec.dtype))},
                                 {"shape", shapeOf(tensors[i])},
                                 {"strides", stridesOf(tensors[i])},
                                 {"output", spec.isOutput},
                                 {"contents", bool(contents[i])}});
    if (!contents[i]) continue;
    NpyArray array{spec.dtype, shapeOf(tensors[i]), {}};
    std::string problem = copyElements(executable.device.get(), stream, tensors[i], array.bytes);
    if (!problem.empty()) return "'" + spec.name + "' cannot be copied: " + problem;
    problem = saveNpy(path + "/" + spec.name + ".npy", array);
    if (!problem.empty()) return problem;
  }
  std::ofstream file(path + "/" + InputLog::kFile);
  file << call.dump(1) << "\n";
  file.close();
  return file ? "" : "'" + path + "' cannot be written";
}

void InputLog::write(const Executable &executable, const TensorRef *tensors, size_t count, void *stream) const {
  static std::mutex mutex; // of the two below
  static int64_t number = 0;
  static std::deque<std::string> kept;
  if (executable.device && isCapturing(*executable.device, stream)) {
    static std::atomic<bool> said(false); // once: a capture may hold many runs
    if (!said.exchange(true))
      say("the inputs of '" + executable.program.name +
          "' are not logged, since its stream is being captured and may not be waited for");
    return;
  }
  std::string path;
  {
    std::lock_guard<std::mutex> lock(mutex);
    char digits[24];
    std::snprintf(digits, sizeof digits, "%06lld", static_cast<long long>(++number));
    path = folder + "/" + executable.program.name + "." + executable.program.target + "." + std::to_string(getpid()) +
           "." + digits;
  }
  std::error_code error;
  fs::create_directories(path + ".part", error);
  std::string problem = error ? "'" + path + "' cannot be made: " + error.message()
                              : writeCall(path + ".part", executable, tensors, count, stream, maxBytes);
  if (problem.empty()) {
    fs::rename(path + ".part", path, error);
    if (error) problem = "'" + path + "' cannot be made: " + error.message();
  }
  if (!problem.empty()) {
    fs::remove_all(path + ".part", error);
    return say("the inputs of '" + executable.program.name + "' are not logged: " + problem);
  }
  log(LogLevel::Info, "inputs are in '" + path + "'");
  std::lock_guard<std::mutex> lock(mutex);
  kept.push_back(path);
  for (; kept.size() > keep; kept.pop_front()) fs::remove_all(kept.front(), error);
}

} // namespace msa
