#include "msa/Runtime/CubinCache.h"
#include "msa/Support/Sha256.h"
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace msa {

PtxAssembler::PtxAssembler(const Device &device) : device(device) {
  if (const char *path = std::getenv("MSA_PTXAS_PATH")) ptxas = path;
}

/// sm_90a's code is for 9.0 alone and says so; other PTX is assembled for the GPU that is here.
std::string PtxAssembler::chipOf(const ModuleSpec &ptx) const {
  char last = ptx.chip.empty() ? 0 : ptx.chip.back();
  return last == 'a' || last == 'f' ? ptx.chip : "sm_" + std::to_string(device.smVersion);
}

std::string PtxAssembler::keyOf(const ModuleSpec &ptx) const {
  std::string assembler;
  if (isPtxas()) {
    struct stat file = {};
    stat(ptxas.c_str(), &file);
    assembler = "ptxas " + ptxas + " " + std::to_string(file.st_size) + " " + std::to_string(file.st_mtime);
  } else {
    assembler = "driver " + std::to_string(device.driver.version);
    std::ifstream module("/proc/driver/nvidia/version"); // tells drivers of one CUDA version apart, where it is shown
    std::string line;
    if (std::getline(module, line)) assembler += " " + line;
  }
  return assembler + "\n" + chipOf(ptx) + "\n" + sha256(ptx.bytes);
}

std::optional<std::string> PtxAssembler::assemble(const ModuleSpec &ptx, std::string &error) const {
  return isPtxas() ? runPtxas(ptx, error) : link(ptx.bytes, error);
}

std::optional<std::string> PtxAssembler::link(const std::string &ptx, std::string &error) const {
  constexpr int kInputPtx = 1; // of CUjitInputType
  const CudaDriver &driver = device.driver;
  CUlinkState state = nullptr;
  error = driver.check(driver.cuLinkCreate(0, nullptr, nullptr, &state), "cuLinkCreate");
  if (!error.empty()) return std::nullopt;
  void *cubin = nullptr; // belongs to the state
  size_t bytes = 0;
  // The driver wants to change neither the text nor its end.
  error = driver.check(driver.cuLinkAddData(state, kInputPtx, const_cast<char *>(ptx.c_str()), ptx.size() + 1, "msa", 0,
                                            nullptr, nullptr),
                       "cuLinkAddData");
  if (error.empty()) error = driver.check(driver.cuLinkComplete(state, &cubin, &bytes), "cuLinkComplete");
  std::optional<std::string> result;
  if (error.empty()) result.emplace(static_cast<const char *>(cubin), bytes);
  driver.cuLinkDestroy(state);
  return result;
}

static std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::string> PtxAssembler::runPtxas(const ModuleSpec &ptx, std::string &error) const {
  const char *temporary = std::getenv("TMPDIR");
  std::string folder = std::string(temporary && *temporary ? temporary : "/tmp") + "/msa-ptxas-XXXXXX";
  if (!mkdtemp(folder.data())) {
    error = "[ptxas] needs a folder for its files, but '" + folder + "' cannot be made";
    return std::nullopt;
  }
  std::string in = folder + "/module.ptx", out = folder + "/module.cubin", said = folder + "/log";
  std::ofstream(in, std::ios::binary) << ptx.bytes;
  std::string arch = "-arch=" + chipOf(ptx);
  const char *line[] = {ptxas.c_str(), arch.c_str(), in.c_str(), "-o", out.c_str(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (int fd : {1, 2}) posix_spawn_file_actions_addopen(&files, fd, said.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  pid_t child = 0;
  int status = 0, failed = posix_spawn(&child, ptxas.c_str(), &files, nullptr, const_cast<char **>(line), environ);
  posix_spawn_file_actions_destroy(&files);
  while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  std::optional<std::string> result;
  if (!failed && WIFEXITED(status) && WEXITSTATUS(status) == 0) result = readFile(out);
  if (!result || result->empty()) {
    result.reset();
    error = "[ptxas] needs '" + ptxas + "' to assemble for " + chipOf(ptx) + ", but " +
            (failed ? "it cannot be run" : "it failed:\n" + readFile(said));
  }
  for (const std::string &file : {in, out, said}) unlink(file.c_str());
  rmdir(folder.c_str());
  return result;
}

} // namespace msa
