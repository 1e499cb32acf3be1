#ifndef MSA_TILETRANSFORMS_PASSES_H
#define MSA_TILETRANSFORMS_PASSES_H
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#include "msa/TileTransforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "msa/TileTransforms/Passes.h.inc"
} // namespace mlir::msa
#endif
