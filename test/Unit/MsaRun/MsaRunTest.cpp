//===- MsaRunTest.cpp - msa-run as its users see it ------------------------===//
#include "../Reference/TestMeanings.h"
#include "msa/Support/Npy.h"
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
using namespace msa;

namespace {

Program withCode(Program program, const char *name, const char *entry) {
  std::ifstream file(MSA_TEST_PROGRAMS, std::ios::binary);
  program.name = name, program.target = "cpu", program.cpuEntry = entry;
  program.modules = {{"elf", "x86-64", {std::istreambuf_iterator<char>(file), {}}}};
  return program;
}

class MsaRun : public ::testing::Test {
protected:
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("msa-run-test-" + std::to_string(getpid()));
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string &name, std::vector<Program> programs) {
    std::string path = (folder / name).string();
    std::ofstream(path, std::ios::binary) << serialize({"test", std::move(programs)});
    return path;
  }
  /// Exit code; what it printed, stderr too, goes to `output`.
  int run(const std::string &arguments) {
    std::string command = "MSA_LIBCUDA_PATH=/nonexistent " MSA_RUN " " + arguments + " 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    output.clear();
    char buffer[4096];
    while (size_t count = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  bool says(const std::string &text) const { return output.find(text) != std::string::npos; }
  std::string output;
};

} // namespace

TEST_F(MsaRun, VerifiesRandomProblems) {
  std::string path = write("ok.msab", {withCode(decodeMeaning(), "decode", "run_decode"),
                                       withCode(prefillMeaning(), "prefill", "run_prefill")});
  for (const char *arguments :
       {"", " --ragged --seed=3 --batch=5", " --ragged --seed 4 --data=integers",
        " --data=normal --q-len=2 --kv-len=90", " --overlap=0.8", " --kv-memory=interleaved --ragged"}) {
    EXPECT_EQ(run(path + " --verify" + arguments), 0) << output;
    EXPECT_TRUE(says("passed")) << output;
    EXPECT_FALSE(says("FAILED")) << output;
  }
  EXPECT_TRUE(says("prefill") && says("decode"));
  EXPECT_EQ(run(path + " --program=decode --verify --batch=9 --kv-len=200 --kv-pool=30"), 0) << output;
  EXPECT_TRUE(says("pool of 30 pages") && says("passed")) << output;
  EXPECT_EQ(run(path + " --kv-memory=sideways"), 2) << output;
  EXPECT_TRUE(says("--kv-memory expects plain, padded, interleaved, stacked or swapped, but it is 'sideways'"));
  EXPECT_EQ(run(path + " --program=decode --verify --bench --json"), 0) << output;
  EXPECT_TRUE(says("\"rows_verified\":8,\"rows\":8,\"time\":{\"median_us\":")) << output;
  EXPECT_FALSE(says("prefill"));
}

TEST_F(MsaRun, FindsWrongResults) {
  std::string path = write("wrong.msab", {withCode(prefillMeaning(), "prefill", "run_wrong")});
  EXPECT_EQ(run(path), 0) << output;
  EXPECT_EQ(run(path + " --verify"), 1) << output;
  EXPECT_TRUE(says("[mismatch] 'out0': the largest difference is at [")) << output;
  EXPECT_EQ(run(path + " --verify --verify-rows=5 --kv-len=500"), 1) << output; // the ends are always looked at
  EXPECT_TRUE(says("5 of 1000")) << output;
}

TEST_F(MsaRun, FindsUnsteadyResults) {
  std::string path = write("unsteady.msab", {withCode(prefillMeaning(), "prefill", "run_unsteady")});
  EXPECT_EQ(run(path + " --repeat=2"), 0) << output;
  EXPECT_TRUE(says("[nondeterministic] 'out0' differs between run 1 and run 2")) << output;
  EXPECT_EQ(run(path + " --deterministic"), 1) << output;
  EXPECT_EQ(run(write("steady.msab", {withCode(prefillMeaning(), "prefill", "run_prefill")}) + " --deterministic"), 0)
      << output;
}

TEST_F(MsaRun, InputsAndOutputsAreFiles) {
  std::string path = write("ok.msab", {withCode(decodeMeaning(), "decode", "run_decode")}),
              first = (folder / "a").string(), second = (folder / "b").string();
  ASSERT_EQ(run(path + " --ragged --outputs=" + first), 0) << output;
  ASSERT_EQ(run(path + " --verify --inputs=" + first + " --outputs=" + second), 0) << output;
  EXPECT_TRUE(says("passed")) << output;
  std::string error;
  for (const char *name : {"q", "out0", "out1"}) {
    Dtype dtype = std::string(name) == "out0" ? Dtype::I32 : Dtype::BF16;
    std::optional<NpyArray> a = loadNpy(first + "/" + name + ".npy", dtype, error),
                            b = loadNpy(second + "/" + name + ".npy", dtype, error);
    ASSERT_TRUE(a && b) << error;
    EXPECT_EQ(a->bytes, b->bytes) << name;
  }
  // A page id past the end.
  std::optional<NpyArray> pages = loadNpy(first + "/page_table.npy", Dtype::I32, error);
  pages->bytes[1] = 100;
  ASSERT_EQ(saveNpy(first + "/page_table.npy", *pages), "");
  EXPECT_EQ(run(path + " --check --inputs=" + first), 1) << output;
  EXPECT_TRUE(says("[inputs] msa.select_blocks: 'page_table': expects pages below ")) << output;
  EXPECT_EQ(run(path + " --check --inputs=" + second), 0) << output;
  std::filesystem::remove(second + "/q.npy");
  EXPECT_EQ(run(path + " --inputs=" + second), 1) << output;
  EXPECT_TRUE(says("q.npy', but it cannot be opened")) << output;
}

TEST_F(MsaRun, TargetsThatAreNotHere) {
  Program gpu = decodeMeaning();
  gpu.name = "decode", gpu.target = "sm_80";
  std::string path = write("two.msab", {gpu, withCode(decodeMeaning(), "decode", "run_decode")});
  EXPECT_EQ(run(path + " --verify"), 0) << output; // the CPU's
  EXPECT_TRUE(says("cpu")) << output;
  EXPECT_EQ(run(path + " --target=all --verify"), 0) << output;
  EXPECT_TRUE(says("skipped") && says("[driver-missing] needs /nonexistent, but ")) << output;
  EXPECT_EQ(run(path + " --target=sm_80"), 1) << output;
  EXPECT_TRUE(says("[driver-missing]")) << output;
  EXPECT_EQ(run(path + " --target=sm_75"), 1) << output;
  EXPECT_TRUE(says("[no-target] needs 'decode' for sm_75, but the artifact has it for cpu, sm_80")) << output;
}

TEST_F(MsaRun, ListAndErrors) {
  std::string path = write("ok.msab", {withCode(decodeMeaning(), "decode", "run_decode")});
  EXPECT_EQ(run(path + " --list"), 0);
  EXPECT_TRUE(says("decode for cpu: 0 launches") && says("  input  kv: ?x2x8x32xbf16") &&
              says("  output out2: ?x4xf32"))
      << output;
  EXPECT_EQ(run("--help"), 0);
  EXPECT_EQ(run(path + " --verfy"), 2);
  EXPECT_TRUE(says("msa-run: knows no option '--verfy' (see --help)")) << output;
  EXPECT_EQ(run(path + " --batch=0"), 2);
  EXPECT_TRUE(says("--batch expects a whole number, at least 1, but it is '0'")) << output;
  EXPECT_EQ(run(path + " --program=prefill"), 1);
  EXPECT_TRUE(says("[no-program] needs a program 'prefill'")) << output;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_EQ(run(path), 2);
  EXPECT_TRUE(says("[artifact-truncated] expects a whole artifact, but the file ends early")) << output;
  EXPECT_EQ(run("/nonexistent.msab"), 2);
}
