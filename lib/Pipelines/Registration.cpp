//===- Registration.cpp - dialects, interfaces and passes of the house ----===//
#include "msa/Pipelines/Registration.h"
#include "dialects/Msa/IR/MsaDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "msa/AllPasses.h"
#include "msa/Pipelines/CpuCodegen.h"

namespace mlir::msa {

void registerOwnDialects(DialectRegistry &registry) { registry.insert<MsaDialect, tile::TileDialect>(); }

void registerPassesAndPipelines() {
  registerAllMsaPasses();
  registerCpuCodegenPipeline();
}

} // namespace mlir::msa
