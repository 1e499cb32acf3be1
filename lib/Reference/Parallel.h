//===- Parallel.h - a loop over independent rows on all cores ---*- C++ -*-===//
//
// Private to lib/Reference. Each item is computed by one thread in a fixed order, so results do not depend on the number of threads.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_LIB_REFERENCE_PARALLEL_H
#define MSA_LIB_REFERENCE_PARALLEL_H
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace msa::reference {

/// Calls body(i) for each i in [0, count), in any order.
template <class Body> void parallelItems(int64_t count, int numThreads, Body body) {
  std::atomic<int64_t> next{0};
  auto work = [&] {
    for (int64_t i; (i = next++) < count;) body(i);
  };
  int64_t wanted = numThreads > 0 ? numThreads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (int64_t i = 1; i < std::min(wanted, count); ++i) threads.emplace_back(work);
  work();
  for (std::thread &thread : threads) thread.join();
}

/// The packed query tokens to compute: those asked for, or all.
inline std::vector<int64_t> rowsToDo(const std::vector<int64_t> *rows, int64_t totalQ) {
  if (rows) return *rows;
  std::vector<int64_t> all(static_cast<size_t>(totalQ));
  for (int64_t i = 0; i < totalQ; ++i) all[i] = i;
  return all;
}

/// Sum of products in a fixed order; eight partial sums, so that it vectorises without reassociating.
inline double dot(const double *lhs, const double *rhs, int64_t count) {
  double sums[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int64_t j = 0; j < 8; ++j) sums[j] += lhs[i + j] * rhs[i + j];
  for (; i < count; ++i) sums[0] += lhs[i] * rhs[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

} // namespace msa::reference
#endif
