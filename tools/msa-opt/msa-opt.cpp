//===- msa-opt.cpp - run passes of the msa compiler by hand ---------------===//
#include "dialects/Msa/IR/MsaSupport.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "msa/Pipelines/Registration.h"
#include "llvm/Support/raw_ostream.h"

static const char *kHelp = R"(msa-opt: run passes of the msa compiler by hand

  msa-opt graph.mlir --select-strategy=target=sm_90a           one pass; its options follow =
  msa-opt graph.mlir --normalize-selection --split-kv          several, in the order of the flags
  msa-opt graph.mlir --msa-to-ptx-pipeline=target=sm_90a       the whole way down: PTX in a gpu.binary
  msa-opt graph.mlir --msa-to-cpu-pipeline                     ... or to the llvm dialect for the CPU
  msa-opt graph.mlir --msa-to-reader-pipeline=target=sm_90a    ... the GPU's tile programs as CPU loops
  msa-opt graph.mlir --pass-pipeline='builtin.module(...)'     as text; mlir-opt-22 with MsaPlugin.so takes this form only
  msa-opt --msa-support-matrix                                 what the dialect supports, as Markdown

msa-compile --log=debug prints the passes between two phases in the words of --pass-pipeline; --check-phase holds a module
to a phase's promise. Upstream passes and the flags of mlir-opt (--mlir-print-ir-after-all, --mlir-timing, ...) work too.
)";

int main(int argc, char **argv) {
  if (argc == 2 && llvm::StringRef(argv[1]) == "--msa-support-matrix") { // the README's table
    llvm::outs() << mlir::msa::supportMatrixMarkdown();
    return 0;
  }
  mlir::registerAllPasses();
  mlir::msa::registerPassesAndPipelines();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::msa::registerOwnDialects(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, kHelp, registry));
}
