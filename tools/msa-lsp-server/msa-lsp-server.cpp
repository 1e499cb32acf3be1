//===- msa-lsp-server.cpp - completion and errors while one types ---------===//
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "msa/Pipelines/Registration.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::msa::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
