#include "Progress.h"
#include <cstdio>

namespace msa {

Progress::Progress(std::string text)
    : what(std::move(text)), watcher([this] {
        std::unique_lock<std::mutex> lock(mutex);
        if (finished.wait_for(lock, std::chrono::milliseconds(500), [this] { return done; })) return;
        said = true;
        std::fprintf(stderr, "msa-run: %s ...\n", what.c_str());
      }) {}

Progress::~Progress() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    done = true;
  }
  finished.notify_one();
  watcher.join();
  if (said)
    std::fprintf(stderr, "msa-run: %s: %.1f s\n", what.c_str(),
                 std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

} // namespace msa
