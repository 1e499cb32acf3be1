#include "msa/Runtime/ThreadPool.h"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <sched.h>
#include <thread>
#include <vector>

namespace msa {

namespace {
thread_local bool insideLoop = false;

/// One loop; lives on the stack of the thread that called parallelFor.
struct Loop {
  int64_t n, chunk;
  ThreadPool::Body body;
  void *context;
  std::atomic<int64_t> next{0};
  int working = 0; ///< pool threads inside; guarded by the pool's mutex

  void work() {
    insideLoop = true;
    for (int64_t begin; (begin = next.fetch_add(chunk, std::memory_order_relaxed)) < n;)
      for (int64_t i = begin; i < std::min(begin + chunk, n); ++i) body(i, context);
    insideLoop = false;
  }
};
} // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake, idle;
  Loop *loop = nullptr;   ///< what there is to do
  int64_t generation = 0; ///< counts loops, so that no thread joins one twice
  bool stopping = false;
  std::mutex occupied; ///< held by the thread whose loop runs
  std::vector<std::thread> threads;

  void serve() {
    std::unique_lock<std::mutex> lock(mutex);
    for (int64_t seen = 0;;) {
      wake.wait(lock, [&] { return stopping || (loop && generation != seen); });
      if (stopping) return;
      seen = generation;
      Loop &mine = *loop;
      ++mine.working;
      lock.unlock();
      mine.work();
      lock.lock();
      if (--mine.working == 0) idle.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int numThreads) : state(new State) {
  for (int i = 1; i < numThreads; ++i) state->threads.emplace_back([this] { state->serve(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->stopping = true;
  }
  state->wake.notify_all();
  for (std::thread &thread : state->threads) thread.join();
}

int ThreadPool::numThreads() const { return int(state->threads.size()) + 1; }

void ThreadPool::parallelFor(int64_t n, Body body, void *context) {
  std::unique_lock<std::mutex> occupied(state->occupied, std::defer_lock);
  if (n <= 1 || insideLoop || state->threads.empty() || !occupied.try_lock()) {
    for (int64_t i = 0; i < n; ++i) body(i, context);
    return;
  }
  // Eight turns a thread even out unequal items; small enough loops go item by item.
  Loop loop{n, std::max<int64_t>(1, n / (8 * numThreads())), body, context};
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->loop = &loop;
    ++state->generation;
  }
  state->wake.notify_all();
  loop.work();
  std::unique_lock<std::mutex> lock(state->mutex);
  state->loop = nullptr; // no thread joins any more
  state->idle.wait(lock, [&] { return loop.working == 0; });
}

static int defaultNumThreads() {
  if (const char *text = std::getenv("MSA_NUM_THREADS"))
    if (int wanted = std::atoi(text); wanted > 0) return std::min(wanted, 1024);
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0) return CPU_COUNT(&allowed);
  return std::max(1u, std::thread::hardware_concurrency());
}

ThreadPool &ThreadPool::shared() {
  // Never destroyed: at exit its threads may still be needed by other threads' programs.
  static ThreadPool *pool = new ThreadPool(defaultNumThreads());
  return *pool;
}

} // namespace msa
