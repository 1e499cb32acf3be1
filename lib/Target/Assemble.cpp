//===- Assemble.cpp - finds, runs and reads ptxas -------------------------===//
#include "msa/Target/Assemble.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::msa {

std::optional<std::string> findPtxas(llvm::StringRef explicitPath) {
  auto executable = [](const llvm::Twine &path) { return llvm::sys::fs::can_execute(path); };
  if (!explicitPath.empty()) return executable(explicitPath) ? std::optional(explicitPath.str()) : std::nullopt;
  if (auto home = llvm::sys::Process::GetEnv("CUDA_HOME")) {
    llvm::SmallString<128> path(*home);
    llvm::sys::path::append(path, "bin", "ptxas");
    if (executable(path)) return path.str().str();
  }
  if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName("ptxas")) return *path;
  if (executable("/usr/local/cuda/bin/ptxas")) return std::string("/usr/local/cuda/bin/ptxas");
  return std::nullopt;
}

static int64_t numberBefore(llvm::StringRef text, llvm::StringRef words) {
  llvm::SmallVector<llvm::StringRef> found;
  int64_t number = 0;
  if (llvm::Regex("([0-9]+) " + words.str()).match(text, &found)) (void)found[1].getAsInteger(10, number);
  return number;
}

void readPtxasReport(llvm::StringRef text, Assembly &assembly) {
  llvm::SmallVector<llvm::StringRef> lines, found;
  text.split(lines, '\n');
  auto ofKernel = [&](llvm::StringRef name) -> AssembledKernel & {
    for (AssembledKernel &use : assembly.kernels)
      if (use.kernel == name) return use;
    assembly.kernels.push_back({name.str()});
    return assembly.kernels.back();
  };
  AssembledKernel *current = nullptr;
  for (llvm::StringRef line : lines) {
    if (llvm::Regex("Compiling entry function '([^']+)'").match(line, &found) ||
        llvm::Regex("Function properties for ([^ ]+)").match(line, &found))
      current = &ofKernel(found[1]);
    if (line.contains("(C75")) assembly.warnings.push_back(line.trim().str());
    if (!current) continue;
    if (line.contains("bytes stack frame")) {
      current->stackBytes = numberBefore(line, "bytes stack frame");
      current->spillBytes = numberBefore(line, "bytes spill stores") + numberBefore(line, "bytes spill loads");
    }
    if (line.contains("Used ")) {
      current->registers = numberBefore(line, "registers");
      current->staticSmemBytes = numberBefore(line, "bytes smem");
    }
  }
}

std::optional<Assembly> assemble(llvm::StringRef ptx, llvm::StringRef chip, llvm::StringRef ptxas, std::string &error) {
  llvm::SmallString<128> input, output, report;
  llvm::scope_exit remove([&] {
    for (llvm::StringRef path : {input.str(), output.str(), report.str()})
      if (!path.empty()) llvm::sys::fs::remove(path);
  });
  int fd = -1;
  if (llvm::sys::fs::createTemporaryFile("msa", "ptx", fd, input) ||
      llvm::sys::fs::createTemporaryFile("msa", "cubin", output) ||
      llvm::sys::fs::createTemporaryFile("msa", "txt", report)) {
    error = "[ptxas] needs a directory for temporary files, but none can be written";
    return std::nullopt;
  }
  llvm::raw_fd_ostream(fd, /*shouldClose=*/true) << ptx;

  std::string arch = ("-arch=" + chip).str(), message;
  int status = llvm::sys::ExecuteAndWait(ptxas, {ptxas, "-v", arch, input, "-o", output}, std::nullopt,
                                         {std::nullopt, report.str(), report.str()}, 0, 0, &message);
  auto text = llvm::MemoryBuffer::getFile(report);
  llvm::StringRef said = text ? (*text)->getBuffer() : "";
  if (status != 0) {
    std::string words = message.empty() ? said.trim().take_front(2000).str() : message;
    error = "[ptxas] needs PTX that '" + ptxas.str() + "' assembles for " + chip.str() + ", but it says: " + words;
    return std::nullopt;
  }
  auto cubin = llvm::MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!cubin) {
    error = "[ptxas] needs a cubin from '" + ptxas.str() + "', but it left none";
    return std::nullopt;
  }
  Assembly assembly;
  assembly.cubin = (*cubin)->getBuffer().str();
  readPtxasReport(said, assembly);
  return assembly;
}

} // namespace mlir::msa
