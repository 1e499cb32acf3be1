#ifndef MSA_CONVERSION_MSATOTILE_PASSES_H
#define MSA_CONVERSION_MSATOTILE_PASSES_H
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#include "msa/Conversion/MsaToTile/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "msa/Conversion/MsaToTile/Passes.h.inc"
} // namespace mlir::msa
#endif
