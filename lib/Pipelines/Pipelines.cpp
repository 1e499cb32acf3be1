//===- Pipelines.cpp - how a program falls from phase to phase ------------===//
//
// Read from top to bottom: this is what the compiler does. Each phase is made from the one before it by a list of passes, in the
// same words that --pass-pipeline takes, so that any step can be repeated by hand with msa-opt.
//
//===----------------------------------------------------------------------===//
#include "msa/Pipelines/Pipelines.h"
#include "mlir/Pass/PassRegistry.h"
#include "msa/Support/GpuSpec.h"
#include "msa/Target/EmitObject.h"
#include "llvm/Support/FormatAdapters.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::msa {

static int ptxVersionOf(const PipelineOptions &options) {
  const ::msa::GpuSpec *gpu = ::msa::lookupGpu(options.target);
  return options.ptxVersion ? options.ptxVersion : gpu ? gpu->ptxVersion : 0;
}

static std::string passesOf(Phase phase, const PipelineOptions &options) {
  Route route = options.route();
  switch (phase) {
  case Phase::Input: return "";

  // One function a program; msa.attention taken apart; one selection contract; layouts explicit.
  case Phase::Normal: return "inline,canonicalize,cse,decompose-attention,normalize-selection,canonicalize,cse";

  // The only look at the target. The Reader takes the decisions of the GPU whose kernels it reads.
  case Phase::Decided: {
    std::string target = route == Route::Reader ? options.recipeTarget : options.target;
    return "select-strategy{target=" + target + " overlap=" + std::to_string(options.overlap) +
           (options.explain ? " explain=true" : "") + "}";
  }

  // An op a launch: partial results and their merge become ops of their own.
  case Phase::Split: return "split-into-launches,split-kv,canonicalize,cse";

  // Tensors become memrefs that the caller owns; each op becomes the recipe its strategy names.
  case Phase::Tile:
    return "results-to-outputs,bufferize-program{memref-copies=true},canonicalize,cse," +
           std::string("func.func(forward-copies-to-outputs{adjacent-requests=true}),msa-to-tile,canonicalize,cse");

  // Copies of later KV tiles run under this one's math, by warps of their own where the kernel has some; every tile gets its
  // place in shared memory.
  case Phase::Staged:
    return "tile.kernel(assign-swizzle,specialize-warps,assign-stages),canonicalize,cse," +
           std::string("tile.kernel(use-tma,schedule-mma,verify-handshake,plan-shared-memory)");

  // One thread's view. The host function keeps its launches, which the artifact's plan is read from.
  case Phase::Nvvm:
    return "tile-to-nvvm{chip=" + options.target + " ptx-version=" + std::to_string(ptxVersionOf(options)) + "}," +
           // That pattern compares each two of a loop's values, of which accumulators are hundreds: two seconds, to find none alike.
           "gpu.module(canonicalize{disable-patterns=\"(anonymous namespace)::RemoveDuplicateSuccessorInputUses\"}," +
           "cse,convert-scf-to-cf,finalize-nvvm)";

  // On the CPU: linear algebra, or the tile program read as loops.
  case Phase::Linalg:
    return route == Route::Reader ? "tile-to-loops,canonicalize,cse"
                                  : "results-to-outputs,func.func(msa-to-linalg),canonicalize,cse";

  // Either way loops over vector registers, and a pool of threads.
  case Phase::Llvm: return "cpu-codegen{vector-width=" + std::to_string(vectorWidthOf("")) + "}";

  // No IR any more: lib/Target makes them.
  case Phase::Ptx:
  case Phase::Object:
  case Phase::Artifact: return "";
  }
  return "";
}

SmallVector<Phase> phasesOf(Route route) {
  SmallVector<Phase> phases;
#define MSA_PHASE(NAME, FLAG, ROUTES, LOOKS, BY)                                                                       \
  if (StringRef(ROUTES).contains(char(route))) phases.push_back(Phase::NAME);
#include "msa/Pipelines/Phases.def"
  return phases;
}

LogicalResult buildPhase(OpPassManager &pm, Phase phase, const PipelineOptions &options) {
  std::string passes = passesOf(phase, options);
  if (passes.empty()) return success();
  passes += ",check-phase{phase=" + name(phase).str() + "}";
  return parsePassPipeline(passes, pm);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

StringRef name(Phase phase) {
  switch (phase) {
#define MSA_PHASE(NAME, FLAG, ROUTES, LOOKS, BY)                                                                       \
  case Phase::NAME: return FLAG;
#include "msa/Pipelines/Phases.def"
  }
  return "";
}

std::optional<Phase> parsePhase(StringRef flag) {
#define MSA_PHASE(NAME, FLAG, ROUTES, LOOKS, BY)                                                                       \
  if (flag == FLAG) return Phase::NAME;
#include "msa/Pipelines/Phases.def"
  return std::nullopt;
}

std::string phaseNames(std::optional<char> route) {
  std::string names;
#define MSA_PHASE(NAME, FLAG, ROUTES, LOOKS, BY)                                                                       \
  if (!route || StringRef(ROUTES).contains(*route)) names += (names.empty() ? "" : ", ") + std::string(FLAG);
#include "msa/Pipelines/Phases.def"
  return names;
}

std::string describePhases() {
  std::string text;
  llvm::raw_string_ostream os(text);
#define MSA_PHASE(NAME, FLAG, ROUTES, LOOKS, BY)                                                                       \
  os << llvm::formatv("  {0,-10} {1}\n             made by {2}\n", FLAG, LOOKS, BY);
#include "msa/Pipelines/Phases.def"
  return text;
}

} // namespace mlir::msa
