// The check that holds each phase to its promise.
#ifndef MSA_PIPELINES_PASSES_TD
#define MSA_PIPELINES_PASSES_TD
include "mlir/Pass/PassBase.td"

def CheckPhase : Pass<"check-phase", "::mlir::ModuleOp"> {
  let summary = "Fail unless the module is in a phase";
  let description = [{
    Assumes nothing. Guarantees: the module is in `phase`, as its predicate says, or there is an error at the op that is not:
    `[phase] needs <what the phase promises>, but <what was found>`. Every pipeline has one of these after each phase, in every build.

    Example: `--check-phase=phase=decided` on

    ```mlir
    %o = msa.combine %p, %l : (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>) -> tensor<8x64x128xbf16>
    ```

    is the error `[phase] needs a strategy on every msa op after phase decided, but msa.combine has none`.
  }];
  let options = [Option<"phase", "phase", "std::string", "\"input\"", "the phase's name, as in --compile-to">];
}
#endif
