//===- InputLogTest.cpp - calls written down before they run ---------------===//
//
// Skipped where there is no driver or no GPU; run with the fake driver too. Replay, and CPU programs: test/Python/test_msa_run.py.
//
//===----------------------------------------------------------------------===//
#include "InFlight.h"
#include "TemporaryFolder.h"
#include "msa/Support/Npy.h"
#include <nlohmann/json.hpp>
using namespace msa;

namespace {

class InputLogging : public GpuTest {
protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped()) return;
    executable = Executable::open(halfSums(), device, error);
    ASSERT_TRUE(executable) << error;
  }
  std::unique_ptr<const Plan> planThatLogs(const std::string &folder) {
    setenv("MSA_LOG_INPUTS", folder.c_str(), 1);
    auto plan = Plan::create(executable, call.refs().data(), call.refs().size(), error);
    unsetenv("MSA_LOG_INPUTS");
    return plan;
  }
  static std::string textOf(const std::string &path, const std::string &name, Dtype dtype) {
    std::string problem;
    std::optional<NpyArray> array = loadNpy(path + "/" + name + ".npy", dtype, problem);
    EXPECT_TRUE(array) << problem;
    return array ? array->bytes : "";
  }
  template <class T> static std::string bytesOf(const std::vector<T> &values) {
    return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
  }
  std::shared_ptr<const Executable> executable;
  HalfSumsCall call = HalfSumsCall(3);
  TemporaryFolder folder;
};

} // namespace

TEST_F(InputLogging, EachRunWritesWhatItsTensorsHold) {
  auto plan = planThatLogs(folder.path);
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  ASSERT_EQ(flight.run(*plan), "");
  std::vector<std::string> calls = folder.files();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_NE(calls[0].find("/half_sums.sm_80."), std::string::npos);
  EXPECT_EQ(textOf(calls[0], "cache", Dtype::F32), bytesOf(call.cache));
  EXPECT_EQ(textOf(calls[0], "page_table", Dtype::I32), bytesOf(call.table));
  EXPECT_EQ(textOf(calls[0], "lens", Dtype::I32), bytesOf(call.lens));
  EXPECT_FALSE(std::filesystem::exists(calls[0] + "/out0.npy"));
  auto text = nlohmann::json::parse(TemporaryFolder::read(calls[0] + "/call.json"));
  EXPECT_EQ(text["program"], "half_sums");
  EXPECT_EQ(text["device"], device->name);
  EXPECT_EQ(text["arguments"][1]["shape"], (std::vector<int64_t>{40, 4, 32}));
  EXPECT_EQ(text["arguments"][1]["strides"], (std::vector<int64_t>{128, 32, 1}));
  EXPECT_EQ(text["arguments"][4]["output"], true);

  call.draw(4);
  flight.change(3, call.lens.data(), call.lens.size() * 4);
  ASSERT_EQ(flight.run(*plan), "");
  calls = folder.files();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(textOf(calls[1], "lens", Dtype::I32), bytesOf(call.lens));
}

TEST_F(InputLogging, ARunThatTheDebugCheckRefusesIsLogged) {
  setenv("MSA_DEBUG", "1", 1);
  auto plan = planThatLogs(folder.path);
  unsetenv("MSA_DEBUG");
  ASSERT_TRUE(plan) << error;
  call.lens[2] = 99;
  InFlight flight(device, *plan, call);
  EXPECT_EQ(flight.run(*plan), "[debug-check] 'lens': expects 0 to 20 keys, but [2] is 99");
  ASSERT_EQ(folder.files().size(), 1u);
  EXPECT_EQ(textOf(folder.files()[0], "lens", Dtype::I32), bytesOf(call.lens));
}

TEST_F(InputLogging, ACaptureStaysWhole) {
  auto plan = planThatLogs(folder.path);
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  Device::Scope scope(*device);
  CUgraph graph = nullptr;
  ASSERT_EQ(device->driver.cuStreamBeginCapture(flight.stream, /*CU_STREAM_CAPTURE_MODE_GLOBAL*/ 0), 0);
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(flight.run(*plan), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "msa: MSA_LOG_INPUTS: the inputs of 'half_sums' are not logged, since its stream is being captured and may "
            "not be waited for\n");
  EXPECT_EQ(device->driver.cuStreamEndCapture(flight.stream, &graph), 0);
  device->driver.cuGraphDestroy(graph);
  EXPECT_TRUE(folder.files().empty());
}

TEST_F(InputLogging, TheNewestCallsStay) {
  auto plan = planThatLogs(folder.path);
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  for (int i = 0; i < 12; ++i) {
    call.lens[0] = i;
    flight.change(3, call.lens.data(), call.lens.size() * 4);
    ASSERT_EQ(flight.run(*plan), "");
  }
  std::vector<std::string> calls = folder.files();
  ASSERT_EQ(calls.size(), InputLog().keep);
  EXPECT_EQ(textOf(calls.back(), "lens", Dtype::I32), bytesOf(call.lens));
}

TEST_F(InputLogging, WhatIsTooLargeIsWrittenAsItsShape) {
  InputLog log;
  log.folder = folder.path, log.maxBytes = 6 * 32 * 4 + 6 * 5 * 4 + 6 * 4; // all but the cache
  std::vector<TensorRef> host = call.refs();
  DeviceTensors tensors;
  ASSERT_EQ(tensors.upload(device, host.data(), host.size()), "");
  log.write(*executable, tensors.refs().data(), tensors.refs().size(), nullptr);
  ASSERT_EQ(folder.files().size(), 1u);
  auto text = nlohmann::json::parse(TemporaryFolder::read(folder.files()[0] + "/call.json"));
  for (int i : {0, 2, 3}) EXPECT_EQ(text["arguments"][i]["contents"], true) << i;
  EXPECT_EQ(text["arguments"][1]["contents"], false);
  EXPECT_FALSE(std::filesystem::exists(folder.files()[0] + "/cache.npy"));
}

TEST_F(InputLogging, AFolderThatCannotBeWrittenFailsNoRun) {
  auto plan = planThatLogs(folder.write("file", "") + "/below");
  ASSERT_TRUE(plan) << error;
  InFlight flight(device, *plan, call);
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(flight.run(*plan), "");
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("the inputs of 'half_sums' are not logged: '"),
            std::string::npos);
  flight.wait();
  flight.download();
  EXPECT_EQ(call.out, call.expected());
}
