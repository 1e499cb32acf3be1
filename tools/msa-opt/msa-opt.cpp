//===- msa-opt.cpp - run passes of the msa compiler by hand ---------------===//
#include "dialects/Msa/IR/MsaSupport.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "msa/Pipelines/Registration.h"
#include "llvm/Support/raw_ostream.h"

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
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "msa-opt: passes and pipelines of the msa compiler\n", registry));
}
