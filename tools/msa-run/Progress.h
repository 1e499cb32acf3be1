//===- Progress.h - a line on stderr for what takes long --------*- C++ -*-===//
#ifndef MSA_TOOLS_MSA_RUN_PROGRESS_H
#define MSA_TOOLS_MSA_RUN_PROGRESS_H
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace msa {

/// Says what is going on once it has gone on for half a second, and how long it took at its end.
class Progress {
public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

private:
  std::string what;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false, said = false;
  std::thread watcher; ///< last: it reads the members above
};

} // namespace msa
#endif
