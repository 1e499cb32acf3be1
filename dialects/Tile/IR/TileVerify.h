//===- TileVerify.h - what verifiers of tile ops share ----------*- C++ -*-===//
#ifndef MSA_DIALECTS_TILE_IR_TILEVERIFY_H
#define MSA_DIALECTS_TILE_IR_TILEVERIFY_H
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

/// The yield that ends a region of one block, or null.
YieldOp yieldOf(Region &region);

/// The first op that a region may not hold: one that is neither pure nor, where reads are allowed, a scalar read.
Operation *firstImpure(Region &region, bool allowReads);

bool allIndex(ValueRange values);

} // namespace mlir::tile
#endif
