//===- Passes.h - passes that only read kernels -----------------*- C++ -*-===//
#ifndef MSA_KERNELS_PASSES_H
#define MSA_KERNELS_PASSES_H
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tile {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Kernels/Passes.h.inc"
} // namespace mlir::tile
#endif
