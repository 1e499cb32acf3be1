//===- Pipelines.h - the phases, and the passes between them ----*- C++ -*-===//
#ifndef MSA_PIPELINES_PIPELINES_H
#define MSA_PIPELINES_PIPELINES_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <optional>
#include <string>

namespace mlir::msa {

enum class Phase {
#define MSA_PHASE(NAME, FLAG, ROUTES, LOOKS, BY) NAME,
#include "msa/Pipelines/Phases.def"
};
StringRef name(Phase phase);
std::optional<Phase> parsePhase(StringRef flag);
/// "input, normal, ..." for error messages: the phases of one route, or all.
std::string phaseNames(std::optional<char> route = std::nullopt);
/// One line a phase: its flag, what the IR looks like, who makes it. For --help and the docs.
std::string describePhases();

/// Which way down a program takes.
enum class Route : char {
  Gpu = 'G',    ///< tile program -> PTX
  Cpu = 'C',    ///< linear algebra -> vector loops -> shared object
  Reader = 'R', ///< the GPU's tile program -> loops -> shared object: proves a kernel without a GPU
};

/// What the passes are told. Everything a pass may know of the outside is in here, or an attribute made from it.
struct PipelineOptions {
  std::string target = "cpu";          ///< "cpu" or a chip of the table
  bool reader = false;                 ///< with "cpu": the Reader's route
  std::string recipeTarget = "sm_90a"; ///< the chip whose decisions the Reader runs
  int ptxVersion = 0;                  ///< PTX ISA times 10; 0: the lowest the chip needs
  int overlap = 90;                    ///< percent of its blocks that a query token shares with the one before
  bool explain = false;                ///< decisions as remarks

  Route route() const { return target != "cpu" ? Route::Gpu : reader ? Route::Reader : Route::Cpu; }
};

/// The phases of a route, Input first and Artifact last.
SmallVector<Phase> phasesOf(Route route);

/// Appends the passes that make `phase` from the one before it on the route, and the check that they did. Phases that are no IR
/// (ptx, object, artifact) append nothing. Fails, saying which, if a pass is not registered.
LogicalResult buildPhase(OpPassManager &pm, Phase phase, const PipelineOptions &options);

/// The predicate of `phase`: success if `module` is in it, else an error at the op that is not.
LogicalResult verifyPhase(ModuleOp module, Phase phase);

} // namespace mlir::msa
#endif
