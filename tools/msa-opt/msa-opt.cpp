//===- msa-opt.cpp - run passes of the msa compiler by hand ---------------===//
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "msa/Pipelines/Registration.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  mlir::msa::registerPassesAndPipelines();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::msa::registerOwnDialects(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "msa-opt: passes and pipelines of the msa compiler\n", registry));
}
