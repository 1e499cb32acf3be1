#ifndef MSA_CONVERSION_TILETONVVM_PASSES_H
#define MSA_CONVERSION_TILETONVVM_PASSES_H
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#include "msa/Conversion/TileToNVVM/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "msa/Conversion/TileToNVVM/Passes.h.inc"
} // namespace mlir::msa
#endif
