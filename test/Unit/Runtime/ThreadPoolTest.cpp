#include "msa/Runtime/ThreadPool.h"
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>
using namespace msa;

namespace {
/// How often each item was done.
struct Counts {
  std::vector<std::atomic<int>> counts;
  explicit Counts(int64_t n) : counts(size_t(n)) {}
  static void add(int64_t i, void *context) { ++static_cast<Counts *>(context)->counts[size_t(i)]; }
  bool allOnce() const {
    for (const auto &count : counts)
      if (count != 1) return false;
    return true;
  }
};
} // namespace

TEST(ThreadPool, EveryItemOnce) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.numThreads(), threads);
    for (int64_t n : {0, 1, 2, 7, 64, 1000})
      for (int round = 0; round < 20; ++round) {
        Counts counts(n);
        pool.parallelFor(n, Counts::add, &counts);
        ASSERT_TRUE(counts.allOnce()) << threads << " threads, " << n << " items";
      }
  }
}

TEST(ThreadPool, UsesItsThreads) {
  ThreadPool pool(4);
  struct Meeting { // four items that wait for each other: only four threads can finish them
    std::atomic<int> arrived{0};
    static void meet(int64_t, void *context) {
      auto &meeting = *static_cast<Meeting *>(context);
      ++meeting.arrived;
      while (meeting.arrived < 4) std::this_thread::yield();
    }
  } meeting;
  pool.parallelFor(4, Meeting::meet, &meeting);
  EXPECT_EQ(meeting.arrived, 4);
}

TEST(ThreadPool, NestedLoopsRunInline) {
  ThreadPool pool(3);
  struct Outer {
    ThreadPool &pool;
    std::atomic<int> inner{0}, moved{0};
    static void body(int64_t, void *context) {
      auto &outer = *static_cast<Outer *>(context);
      struct Inner {
        Outer &outer;
        std::thread::id thread;
      } inner{outer, std::this_thread::get_id()};
      outer.pool.parallelFor(
          5,
          [](int64_t, void *context) {
            auto &inner = *static_cast<Inner *>(context);
            ++inner.outer.inner;
            if (std::this_thread::get_id() != inner.thread) ++inner.outer.moved;
          },
          &inner);
    }
  } outer{pool};
  pool.parallelFor(10, Outer::body, &outer);
  EXPECT_EQ(outer.inner, 50);
  EXPECT_EQ(outer.moved, 0);
}

TEST(ThreadPool, SeveralCallersAtOnce) {
  ThreadPool pool(3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        Counts counts(50);
        pool.parallelFor(50, Counts::add, &counts);
        wrong += !counts.allOnce();
      }
    });
  for (std::thread &caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}
