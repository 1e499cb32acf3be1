//===- Assemble.h - PTX -> cubin, where a ptxas is found --------*- C++ -*-===//
//
// ptxas is never needed to run (the driver assembles PTX); where one is found it says what a kernel costs and checks the PTX.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_TARGET_ASSEMBLE_H
#define MSA_TARGET_ASSEMBLE_H
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::msa {

/// What `ptxas -v` says of one kernel.
struct AssembledKernel {
  std::string kernel;
  int64_t registers = 0;  ///< per thread
  int64_t spillBytes = 0; ///< stores and loads together, per thread
  int64_t stackBytes = 0; ///< per thread
  int64_t staticSmemBytes = 0;
};

struct Assembly {
  std::string cubin;
  std::vector<AssembledKernel> kernels;
  std::vector<std::string> warnings; ///< lines with a C75xx code: serialised wgmma, ignored setmaxnreg
};

/// The first that exists of: `explicitPath` (alone, if not empty), $CUDA_HOME/bin, PATH, /usr/local/cuda/bin.
std::optional<std::string> findPtxas(llvm::StringRef explicitPath);

/// Runs `ptxas -v -arch=chip`. On failure returns nothing and what ptxas said in `error`: "[ptxas] ...".
std::optional<Assembly> assemble(llvm::StringRef ptx, llvm::StringRef chip, llvm::StringRef ptxas, std::string &error);

/// Reads the text that `ptxas -v` writes; for `assemble` and its test.
void readPtxasReport(llvm::StringRef text, Assembly &assembly);

} // namespace mlir::msa
#endif
