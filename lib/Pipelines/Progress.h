//===- Progress.h - a line on stderr for what takes long --------*- C++ -*-===//
#ifndef MSA_LIB_PIPELINES_PROGRESS_H
#define MSA_LIB_PIPELINES_PROGRESS_H
#include "llvm/ADT/Twine.h"
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace mlir::msa {

/// Says what is being done once it has taken half a second, and how long it took in the end. Silent for what is quick.
class Progress {
public:
  explicit Progress(bool enabled);
  ~Progress();
  /// What is under way from now on, as "phase nvvm for sm_90a".
  void say(const llvm::Twine &what);

private:
  void watch();
  std::mutex mutex;
  std::condition_variable wake;
  std::string current;
  bool done = false, printed = false;
  std::chrono::steady_clock::time_point start;
  std::thread watcher;
};

} // namespace mlir::msa
#endif
