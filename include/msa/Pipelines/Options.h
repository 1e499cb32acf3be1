//===- Options.h - all that a compilation is told ---------------*- C++ -*-===//
//
// One struct for the flags of msa-compile, the JSON of the C API and the MSA_* variables. The environment is read here and nowhere
// else in the compiler.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_PIPELINES_OPTIONS_H
#define MSA_PIPELINES_OPTIONS_H
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace mlir::msa {

struct CompileOptions {
  std::vector<std::string> targets;    ///< "cpu" or a chip; empty: cpu
  std::string emit = "artifact";       ///< "artifact", "mlir", "llvm", "ptx", "cubin"
  std::string compileTo, compileFrom;  ///< phase names; empty: the whole way
  int ptxVersion = 0;                  ///< PTX ISA times 10; 0: the lowest the chip needs
  int overlap = 90;                    ///< percent of its blocks that a query token shares with the one before
  bool assemble = false;               ///< also ptxas, cubin into the artifact
  bool explain = false;                ///< notes on strategy, shared memory, registers, work
  bool reader = false;                 ///< target cpu: run the GPU recipes' tile programs
  std::string recipeTarget = "sm_90a"; ///< whose decisions the reader runs
  bool progress = true;                ///< one line on stderr for what takes over half a second
  std::string dumpDir;                 ///< gets one numbered file a phase, and the PTX; empty: none
  std::string overrideDir;             ///< a file of a dump's name here replaces what was dumped
  std::string cacheDir;                ///< artifacts by content; empty: no cache
  std::string ptxasPath;               ///< empty: look for it
  std::string lldPath;                 ///< empty: look for it
  std::string log = "info"; ///< "error", "info" (warnings, progress), "debug" (passes and times of each phase)

  /// Everything that changes what comes out, for the cache's key.
  std::string fingerprint() const;
};

/// A knob: MSA_NAME in the environment, --flag of msa-compile, "key" of the C API. For --help, --show-config and the docs.
struct Knob {
  const char *variable, *flag, *help;
  std::string CompileOptions::*field;
};
llvm::ArrayRef<Knob> knobs();

/// The defaults, with what MSA_TARGET, MSA_DUMP_DIR, MSA_OVERRIDE_DIR, MSA_CACHE_DIR, MSA_PTXAS_PATH, MSA_LLD_PATH, MSA_PTX_VERSION and MSA_LOG say.
CompileOptions optionsFromEnvironment();

/// Adds what a JSON object says (keys as in msa-c/Compiler.h). Returns "" or what is wrong: "[option] needs ..., but ...".
std::string readJsonOptions(llvm::StringRef json, CompileOptions &options);

/// Splits "cpu,sm_90a". Returns "" or "[unknown-target] needs one of ..., but got ...".
std::string readTargets(llvm::StringRef list, std::vector<std::string> &targets);

/// Checks what can be checked without a program: names of targets, phases and emissions, and that they go together.
std::string checkOptions(const CompileOptions &options);

} // namespace mlir::msa
#endif
