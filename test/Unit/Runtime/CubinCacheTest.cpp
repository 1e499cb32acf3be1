//===- CubinCacheTest.cpp - assembled once, loaded often -------------------===//
//
// Skipped where there is no driver or no GPU; run with the fake driver too, which counts what is assembled.
//
//===----------------------------------------------------------------------===//
#include "msa/Runtime/CubinCache.h"
#include "GpuPrograms.h"
#include "TemporaryFolder.h"
#include "msa/Runtime/Measure.h"
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
using namespace msa;

namespace {

class CubinCaching : public GpuTest {
protected:
  void SetUp() override {
    GpuTest::SetUp();
    setenv("MSA_CACHE_DIR", folder.path.c_str(), 1);
    unsetenv("MSA_PTXAS_PATH");
    if (FakeCuda *fake = fakeCuda()) fake->linked = fake->jitted = 0, fake->refuseCubins = false;
  }
  void TearDown() override {
    setenv("MSA_CACHE_DIR", "", 1);
    unsetenv("MSA_PTXAS_PATH");
    if (FakeCuda *fake = fakeCuda()) fake->refuseCubins = false, fake->version = 12040;
  }
  /// "" where the program loads and gives the right sums.
  std::string loadAndRun() {
    auto executable = Executable::open(halfSums(), device, error);
    if (!executable) return error;
    HalfSumsCall call(5);
    std::vector<TensorRef> refs = call.refs();
    error = runOnHostTensors(executable, refs.data(), refs.size());
    return !error.empty() ? error : call.out == call.expected() ? "" : "other sums";
  }
  /// What the fake driver assembled so far: for the cache, and without it.
  void expectAssembled(int linked, int jitted) {
    FakeCuda *fake = fakeCuda();
    if (!fake) return;
    EXPECT_EQ(fake->linked.load(), linked);
    EXPECT_EQ(fake->jitted.load(), jitted);
  }
  TemporaryFolder folder;
};

} // namespace

TEST_F(CubinCaching, TheSecondLoadAssemblesNothing) {
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(1, 0);
  ASSERT_EQ(folder.files().size(), 1u);
  std::string entry = TemporaryFolder::read(folder.files()[0]);
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(1, 0);
  EXPECT_EQ(TemporaryFolder::read(folder.files()[0]), entry);
}

TEST_F(CubinCaching, AnEmptyNameIsNoCache) {
  setenv("MSA_CACHE_DIR", "", 1);
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(0, 1);
  EXPECT_TRUE(folder.files().empty());
}

TEST_F(CubinCaching, WithoutAnameItIsInTheUsersCacheFolder) {
  setenv("XDG_CACHE_HOME", (folder.path + "/xdg").c_str(), 1);
  unsetenv("MSA_CACHE_DIR");
  EXPECT_EQ(loadAndRun(), "");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(folder.files(), std::vector<std::string>{folder.path + "/xdg"});
  EXPECT_FALSE(std::filesystem::is_empty(folder.path + "/xdg/msa"));
}

TEST_F(CubinCaching, OtherCodeIsAnotherEntry) {
  EXPECT_EQ(loadAndRun(), "");
  Program program = halfSums();
  program.modules[0].bytes += "// changed\n";
  EXPECT_TRUE(Executable::open(program, device, error)) << error;
  expectAssembled(2, 0);
  EXPECT_EQ(folder.files().size(), 2u);
}

TEST_F(CubinCaching, AnotherDriverOrAssemblerIsAnotherKey) {
  ModuleSpec ptx = halfSums().modules[0];
  std::string key = PtxAssembler(*device).keyOf(ptx);
  EXPECT_NE(key.find("driver " + std::to_string(device->driver.version)), std::string::npos) << key;
  EXPECT_NE(key.find("\nsm_" + std::to_string(device->smVersion) + "\n"), std::string::npos) << key;
  std::string ptxas = folder.write("ptxas", "1");
  setenv("MSA_PTXAS_PATH", ptxas.c_str(), 1);
  std::string other = PtxAssembler(*device).keyOf(ptx);
  EXPECT_EQ(other.find("ptxas " + ptxas + " 1 "), 0u) << other;
  ptx.chip = "sm_90a"; // for this chip alone, and assembled so
  EXPECT_NE(PtxAssembler(*device).keyOf(ptx).find("\nsm_90a\n"), std::string::npos);
}

TEST_F(CubinCaching, ACutOrChangedEntryIsMadeAgain) {
  EXPECT_EQ(loadAndRun(), "");
  std::string path = folder.files().at(0), entry = TemporaryFolder::read(path), changed = entry;
  changed.back() ^= 1;
  int linked = 1;
  for (const std::string &broken : {std::string(), std::string("?"), entry.substr(0, entry.size() / 2), changed}) {
    std::ofstream(path, std::ios::binary) << broken;
    EXPECT_EQ(loadAndRun(), "");
    expectAssembled(++linked, 0);
    EXPECT_EQ(TemporaryFolder::read(path), entry);
  }
}

TEST_F(CubinCaching, AnEntryThatTheDriverRefusesIsMadeAgain) {
  EXPECT_EQ(loadAndRun(), "");
  std::string path = folder.files().at(0), entry = TemporaryFolder::read(path);
  std::string key = PtxAssembler(*device).keyOf(halfSums().modules[0]);
  CubinCache(folder.path).store(key, "whole, but no cubin");
  ASSERT_NE(TemporaryFolder::read(path), entry);
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(2, 0);
  EXPECT_EQ(TemporaryFolder::read(path), entry);
}

TEST_F(CubinCaching, ADriverThatTakesNoCubinsTakesThePtx) {
  FakeCuda *fake = fakeCuda();
  if (!fake) GTEST_SKIP() << "the fake driver's knob";
  EXPECT_EQ(loadAndRun(), "");
  fake->refuseCubins = true;
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(2, 1);
  EXPECT_TRUE(folder.files().empty());
}

TEST_F(CubinCaching, BadPtxIsTheDriversError) {
  Program program = scaleTwice();
  program.modules[0].bytes.replace(program.modules[0].bytes.find("mul.f32"), 7, "mul.f33");
  EXPECT_FALSE(Executable::open(program, device, error));
  EXPECT_EQ(error.find("[driver-error] cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX ("), 0u) << error;
  EXPECT_NE(error.find("ptxas"), std::string::npos) << error; // the log
  EXPECT_TRUE(folder.files().empty());
}

TEST_F(CubinCaching, AFolderThatCannotBeWrittenOnlyCostsTime) {
  std::string file = folder.write("file", "");
  setenv("MSA_CACHE_DIR", (file + "/below").c_str(), 1); // for root too
  EXPECT_EQ(loadAndRun(), "");
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(2, 0);
  if (geteuid() == 0) return;
  chmod(folder.path.c_str(), 0500);
  setenv("MSA_CACHE_DIR", folder.path.c_str(), 1);
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(3, 0);
}

TEST_F(CubinCaching, ManyMayLoadAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        std::string problem;
        EXPECT_TRUE(Executable::open(halfSums(), device, problem)) << problem;
        if (round % 3 == 2) CubinCache(folder.path).discard(PtxAssembler(*device).keyOf(halfSums().modules[0]));
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(loadAndRun(), "");
  ASSERT_EQ(folder.files().size(), 1u); // no scratch file is left
}

TEST_F(CubinCaching, ThePtxasThatIsNamedAssembles) {
  if (!fakeCuda()) GTEST_SKIP() << "the ptxas is made up, as its cubin is";
  std::string ptxas = folder.write("ptxas", "#!/bin/sh\n[ $1 = -arch=sm_90 ] && (printf 'FAKE-CUBIN '; cat $2) > $4\n");
  chmod(ptxas.c_str(), 0700);
  setenv("MSA_PTXAS_PATH", ptxas.c_str(), 1);
  EXPECT_EQ(loadAndRun(), "");
  expectAssembled(0, 0);
  EXPECT_EQ(folder.files().size(), 2u);
  setenv("MSA_CACHE_DIR", "", 1);
  EXPECT_EQ(loadAndRun(), ""); // without a cache too
  expectAssembled(0, 0);
}

TEST_F(CubinCaching, APtxasThatFailsIsSaidAndDoneWithout) {
  std::string ptxas = folder.write("ptxas", "#!/bin/sh\necho no such arch; exit 1\n");
  chmod(ptxas.c_str(), 0700);
  for (const std::string &path : {ptxas, folder.path + "/none"}) {
    setenv("MSA_PTXAS_PATH", path.c_str(), 1);
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(loadAndRun(), "");
    std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("[ptxas] needs '" + path + "' to assemble for sm_"), std::string::npos) << said;
    EXPECT_NE(said.find(path == ptxas ? "it failed:\nno such arch\n" : "it cannot be run"), std::string::npos) << said;
  }
  expectAssembled(0, 2);
}
