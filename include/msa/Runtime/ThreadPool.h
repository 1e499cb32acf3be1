//===- ThreadPool.h - the threads of CPU programs ---------------*- C++ -*-===//
#ifndef MSA_RUNTIME_THREADPOOL_H
#define MSA_RUNTIME_THREADPOOL_H
#include <cstdint>
#include <memory>

namespace msa {

/// A fixed set of threads that share loops. The calling thread works too, so one thread means none are started.
class ThreadPool {
public:
  using Body = void (*)(int64_t i, void *context);

  explicit ThreadPool(int numThreads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int numThreads() const;
  /// Calls body(i, context) for every i in [0, n), in any order, and returns when all are done. Runs inline when called from a body
  /// (nested) and while another thread's loop occupies the pool.
  void parallelFor(int64_t n, Body body, void *context);

  /// The process's pool: MSA_NUM_THREADS threads, else one per core this process may run on.
  static ThreadPool &shared();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace msa
#endif
