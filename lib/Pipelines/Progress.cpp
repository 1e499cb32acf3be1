#include "Progress.h"
#include <cstdio>

namespace mlir::msa {

Progress::Progress(bool enabled) : start(std::chrono::steady_clock::now()) {
  if (enabled) watcher = std::thread([this] { watch(); });
}

void Progress::say(const llvm::Twine &what) {
  std::lock_guard<std::mutex> lock(mutex);
  current = what.str();
}

void Progress::watch() {
  std::unique_lock<std::mutex> lock(mutex);
  if (wake.wait_for(lock, std::chrono::milliseconds(500), [this] { return done; })) return;
  printed = true;
  std::fprintf(stderr, "msa: compiling (%s) ...\n", current.c_str());
}

Progress::~Progress() {
  if (!watcher.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    done = true;
  }
  wake.notify_all();
  watcher.join();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (printed) std::fprintf(stderr, "msa: compiled in %.1f s\n", seconds);
}

} // namespace mlir::msa
