//===- Passes.h - tile kernels as loops -------------------------*- C++ -*-===//
#ifndef MSA_CONVERSION_TILETOLOOPS_PASSES_H
#define MSA_CONVERSION_TILETOLOOPS_PASSES_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Conversion/TileToLoops/Passes.h.inc"
} // namespace mlir::msa
#endif
