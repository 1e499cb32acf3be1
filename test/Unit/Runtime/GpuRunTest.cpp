//===- GpuRunTest.cpp - plans under graphs, threads and MSA_DEBUG ----------===//
//
// Skipped where there is no driver or no GPU; run with the fake driver too.
//
//===----------------------------------------------------------------------===//
#include "InFlight.h"
#include <cstdlib>
#include <new>
#include <thread>
using namespace msa;

/// Counts what this thread takes from the heap.
static thread_local int64_t heapCalls = 0;
void *operator new(size_t bytes) {
  ++heapCalls;
  if (void *memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

namespace {

class GpuRun : public GpuTest {
protected:
  std::unique_ptr<const Plan> planOf(HalfSumsCall &call) {
    std::shared_ptr<const Executable> executable = Executable::open(halfSums(), device, error);
    if (!executable) return nullptr;
    return Plan::create(executable, call.refs().data(), call.refs().size(), error);
  }
};

} // namespace

TEST_F(GpuRun, AGraphSeesWhatItsTensorsHoldWhenItIsReplayed) {
  HalfSumsCall call(1);
  auto plan = planOf(call);
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  Device::Scope scope(*device);
  const CudaDriver &driver = device->driver;
  ASSERT_EQ(flight.run(*plan), ""); // before capture: the driver loads kernels lazily
  flight.wait();
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  ASSERT_EQ(driver.cuStreamBeginCapture(flight.stream, /*CU_STREAM_CAPTURE_MODE_GLOBAL*/ 0), 0);
  EXPECT_EQ(flight.run(*plan), "");
  ASSERT_EQ(driver.cuStreamEndCapture(flight.stream, &graph), 0);
  ASSERT_EQ(driver.cuGraphInstantiate(&exec, graph, 0), 0);
  for (int seed : {1, 2, 3}) {
    call.draw(seed); // other lengths, pages and keys under the same addresses
    flight.change(1, call.cache.data(), call.cache.size() * 4);
    flight.change(2, call.table.data(), call.table.size() * 4);
    flight.change(3, call.lens.data(), call.lens.size() * 4);
    ASSERT_EQ(driver.cuGraphLaunch(exec, flight.stream), 0);
    flight.wait();
    flight.download();
    EXPECT_EQ(call.out, call.expected()) << "seed " << seed;
  }
  driver.cuGraphExecDestroy(exec);
  driver.cuGraphDestroy(graph);
}

TEST_F(GpuRun, OnePlanRunsOnSeveralStreamsAndThreadsAtOnce) {
  HalfSumsCall first(1);
  auto plan = planOf(first);
  ASSERT_TRUE(plan) << error;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] { // each with a stream, a workspace and tensors of its own, and no context yet
      HalfSumsCall call(10 + t);
      InFlight flight(device, *plan, call);
      for (int round = 0; round < 25; ++round) {
        call.draw(10 + t + 4 * round);
        flight.change(1, call.cache.data(), call.cache.size() * 4);
        flight.change(2, call.table.data(), call.table.size() * 4);
        flight.change(3, call.lens.data(), call.lens.size() * 4);
        EXPECT_EQ(flight.run(*plan), "");
        flight.wait();
        flight.download();
        ASSERT_EQ(call.out, call.expected()) << "thread " << t << ", round " << round;
      }
    });
  for (std::thread &thread : threads) thread.join();
}

TEST_F(GpuRun, PlansOfOneProgramForOtherShapesRunAtOnce) {
  std::shared_ptr<const Executable> executable = Executable::open(halfSums(), device, error);
  ASSERT_TRUE(executable) << error;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] { // planned here too
      HalfSumsCall call(20 + t);
      call.tableShape[0] = call.lensShape[0] = call.qShape[0] = call.outShape[0] = 2 + t; // the first requests only
      std::string problem;
      auto plan = Plan::create(executable, call.refs().data(), call.refs().size(), problem);
      ASSERT_TRUE(plan) << problem;
      InFlight flight(device, *plan, call);
      for (int round = 0; round < 25; ++round) {
        EXPECT_EQ(flight.run(*plan), "");
        flight.wait();
        flight.download();
        std::vector<float> expected = call.expected();
        for (size_t i = 0; i < expected.size(); ++i)
          ASSERT_EQ(call.out[i], i < size_t(2 + t) * kDim ? expected[i] : -1) << "thread " << t << ", element " << i;
      }
    });
  for (std::thread &thread : threads) thread.join();
}

TEST_F(GpuRun, RunningAllocatesNothingAndWaitsForNothing) {
  HalfSumsCall call(1);
  auto plan = planOf(call);
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  ASSERT_EQ(flight.run(*plan), "");
  FakeCuda *fake = fakeCuda();
  int allocated = fake ? fake->allocated.load() : 0, waits = fake ? fake->waits.load() : 0;
  size_t before = 0, after = 0, total = 0;
  Device::Scope scope(*device);
  ASSERT_EQ(device->driver.cuMemGetInfo(&before, &total), 0);
  int64_t heap = heapCalls;
  bool ok = true;
  for (int i = 0; i < 100; ++i) ok &= flight.run(*plan).empty();
  EXPECT_TRUE(ok);
  EXPECT_EQ(heapCalls, heap); // the fake driver has an operator new of its own
  ASSERT_EQ(device->driver.cuMemGetInfo(&after, &total), 0);
  EXPECT_EQ(after, before);
  flight.wait();
  if (fake) {
    EXPECT_EQ(fake->allocated.load(), allocated);
    EXPECT_EQ(fake->waits.load(), waits + 1);
  }
}

TEST_F(GpuRun, DebugChecksFindBadMetadataOnTheDevice) {
  HalfSumsCall call(1);
  setenv("MSA_DEBUG", "1", 1);
  auto plan = planOf(call);
  unsetenv("MSA_DEBUG");
  ASSERT_TRUE(plan) << error;
  call.lens = {20, 1, 2, 3, 4, 5};
  InFlight flight(device, *plan, call);
  EXPECT_EQ(flight.run(*plan), "");
  flight.wait();
  flight.download();
  EXPECT_EQ(call.out, call.expected());

  call.table[4] = 600;
  flight.change(2, call.table.data(), call.table.size() * 4);
  std::vector<float> before = call.out;
  EXPECT_EQ(flight.run(*plan), "[debug-check] 'page_table': expects pages below 40, but [0, 4] is 600");
  call.lens[3] = 21;
  flight.change(3, call.lens.data(), call.lens.size() * 4);
  EXPECT_EQ(flight.run(*plan), "[debug-check] 'lens': expects 0 to 20 keys, but [3] is 21");
  flight.wait();
  flight.download();
  EXPECT_EQ(call.out, before); // nothing was launched

  std::vector<TensorRef> refs = flight.tensors.refs();
  refs[1].data = call.cache.data();
  std::string found = plan->run(refs.data(), refs.size(), pointerTo(flight.workspace), flight.stream);
  if (!device->sharesHostMemory)
    EXPECT_EQ(
        found,
        "[debug-check] 'cache': expects memory of GPU 0, but its address is none that the driver knows (host memory?)");
}

TEST_F(GpuRun, DebugChecksFindABrokenSelectionOnTheDevice) {
  // The same kernels under another meaning: attention over a selection [KV heads, query tokens, k].
  Program program = halfSums();
  program.arguments[1].shape = {kDynamic, 1, kPageSize, kDim};
  program.arguments.insert(program.arguments.begin() + 4, {"selection", Dtype::I32, {1, kDynamic, 3}, false, {}});
  for (LaunchSpec &launch : program.launches)
    for (ParamSpec &param : launch.params)
      if (!param.view.isTemporary && param.view.index == 4) param.view.index = 5; // the output
  MeaningOp attend;
  attend.op = "attend";
  attend.operands = {{"query", 0}, {"key", 1}, {"value", 1}, {"page_table", 2}, {"seqused_k", 3}, {"selected", 4}};
  attend.results = {5};
  attend.integers = {{"block_size", kPageSize}, {"causal", 1}};
  attend.numbers = {{"softmax_scale", 1}};
  attend.strings = {{"selection", "hqk/ascending"}};
  program.meaning = {attend};

  HalfSumsCall call(1);
  call.lens = {20, 8, 8, 8, 8, 8}; // five blocks of four keys, then two each
  std::vector<int32_t> selection = {0, 2, 4, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1};
  int64_t cacheShape[] = {HalfSumsCall::numPages, 1, kPageSize, kDim}, selectionShape[] = {1, HalfSumsCall::batch, 3};
  std::vector<TensorRef> refs = call.refs();
  refs[1].rank = 4, refs[1].shape = cacheShape;
  refs.insert(refs.begin() + 4, {selection.data(), Dtype::I32, 3, selectionShape, nullptr});
  std::shared_ptr<const Executable> executable = Executable::open(program, device, error);
  ASSERT_TRUE(executable) << error;
  setenv("MSA_DEBUG", "1", 1);
  auto plan = Plan::create(executable, refs.data(), refs.size(), error);
  unsetenv("MSA_DEBUG");
  ASSERT_TRUE(plan) << error;
  DeviceTensors tensors;
  DeviceBuffer workspace;
  ASSERT_EQ(tensors.upload(device, refs.data(), refs.size()), "");
  ASSERT_EQ(workspace.allocate(device, plan->workspaceBytes), "");
  auto runWith = [&](size_t place, int32_t id) {
    std::vector<int32_t> changed = selection;
    changed[place] = id;
    Device::Scope scope(*device);
    EXPECT_EQ(
        device->driver.cuMemcpyHtoD(uint64_t(uintptr_t(tensors.refs()[4].data)), changed.data(), changed.size() * 4),
        0);
    return plan->run(tensors.refs().data(), tensors.refs().size(), pointerTo(workspace), nullptr);
  };
  EXPECT_EQ(runWith(0, 0), "");
  EXPECT_EQ(runWith(5, 5), "[debug-check] 'selection': expects blocks below 5, but [0, 1, 2] is 5");
  EXPECT_EQ(runWith(1, 0), "[debug-check] 'selection': expects each block once, but [0, 0, 1] is 0 again");
  EXPECT_EQ(runWith(3, -1), "[debug-check] 'selection': expects -1 only as a suffix, but [0, 1, 1] is 1 after one");
  EXPECT_EQ(runWith(4, -7),
            "[debug-check] 'selection': expects blocks from 0 on, and -1 behind them, but [0, 1, 1] is -7");
}

TEST_F(GpuRun, DebugChecksRefuseToBreakACapture) {
  HalfSumsCall call(1);
  setenv("MSA_DEBUG", "1", 1);
  auto plan = planOf(call);
  unsetenv("MSA_DEBUG");
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  Device::Scope scope(*device);
  const CudaDriver &driver = device->driver;
  CUgraph graph = nullptr;
  ASSERT_EQ(driver.cuStreamBeginCapture(flight.stream, /*CU_STREAM_CAPTURE_MODE_GLOBAL*/ 0), 0);
  EXPECT_EQ(flight.run(*plan),
            "[debug-check] needs to wait for the stream and to copy metadata to the host, but the stream is being "
            "captured (capture without MSA_DEBUG)");
  EXPECT_EQ(driver.cuStreamEndCapture(flight.stream, &graph), 0); // the capture itself is whole
  driver.cuGraphDestroy(graph);
}

TEST_F(GpuRun, WhatACallerGetsWrongIsNamed) {
  HalfSumsCall call(1);
  auto plan = planOf(call);
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  std::vector<TensorRef> refs = flight.tensors.refs();
  auto run = [&](void *workspace) { return plan->run(refs.data(), refs.size(), workspace, flight.stream); };
  refs[2].data = nullptr;
  EXPECT_EQ(run(pointerTo(flight.workspace)), "[argument] 'page_table': expects an address, but it is null");
  refs = flight.tensors.refs();
  refs[3].shape = nullptr;
  EXPECT_EQ(
      run(pointerTo(flight.workspace)),
      "[argument] 'lens': expects the type, shape and strides it was planned with, but they differ (make a new plan)");
  refs = flight.tensors.refs();
  uint64_t misplaced = flight.workspace.address() + 128;
  EXPECT_EQ(run(reinterpret_cast<void *>(uintptr_t(misplaced))),
            "[workspace] needs " + std::to_string(plan->workspaceBytes) +
                " bytes at a multiple of 256, but the address is " + std::to_string(misplaced));
  if (FakeCuda *fake = fakeCuda()) {
    fake->failLaunch = 700;
    EXPECT_EQ(run(pointerTo(flight.workspace)),
              "[driver-error] cuLaunchKernel: CUDA_ERROR_ILLEGAL_ADDRESS (fake) for kernel 'page_sum': an earlier "
              "kernel of this process "
              "failed, and the GPU's context with it (MSA_DEBUG=1 checks what a program reads before it runs)");
  }
  EXPECT_EQ(run(pointerTo(flight.workspace)), ""); // the call itself is right
  flight.wait();
}

TEST_F(GpuRun, TensorsThatOverlapOnTheHostDoOnTheDevice) {
  std::vector<float> kv(6 * 8, 1), apart(4, 2);
  int64_t shape[] = {6, 4}, strides[] = {8, 1}, four[] = {4}, none[] = {0};
  TensorRef host[] = {{kv.data() + 4, Dtype::F32, 2, shape, strides}, // V of rows K|V
                      {apart.data(), Dtype::F32, 1, four, nullptr},
                      {nullptr, Dtype::F32, 1, none, nullptr},
                      {kv.data(), Dtype::F32, 2, shape, strides}};
  for (int i = 0; i < 48; ++i) kv[size_t(i)] = float(i);
  DeviceTensors first, second;
  ASSERT_EQ(first.upload(device, host, 4), "");
  ASSERT_EQ(second.cloneFrom(device, first), "");
  for (DeviceTensors *copy : {&first, &second}) {
    EXPECT_EQ(static_cast<char *>(copy->refs()[0].data) - static_cast<char *>(copy->refs()[3].data), 16);
    EXPECT_EQ(copy->bytes(), (48 + 4) * 4);
    std::vector<float> back(48, -1);
    TensorRef v = host[0];
    v.data = back.data() + 4;
    ASSERT_EQ(copy->download(0, v), "");
    for (int i = 0; i < 48; ++i) EXPECT_EQ(back[size_t(i)], i % 8 < 4 ? -1 : float(i)) << i;
  }
}

TEST_F(GpuRun, NothingIsLeftBehind) {
  FakeCuda *fake = fakeCuda();
  if (!fake) GTEST_SKIP() << "counted by the fake driver only";
  int allocations = fake->allocations, objects = fake->objects;
  for (int i = 0; i < 3; ++i) {
    HalfSumsCall call(1);
    auto plan = planOf(call);
    ASSERT_TRUE(plan) << error;
    EXPECT_GT(fake->objects.load(), objects);
    InFlight flight(device, *plan, call);
    ASSERT_EQ(flight.run(*plan), "");
  }
  EXPECT_EQ(fake->allocations.load(), allocations);
  EXPECT_EQ(fake->objects.load(), objects);
}
