//===- TileContracts.h - facts of tile that several passes share -*- C++ -*-===//
#ifndef MSA_DIALECTS_TILE_IR_TILECONTRACTS_H
#define MSA_DIALECTS_TILE_IR_TILECONTRACTS_H
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

/// Bytes from one row of a tile in shared memory to the next. 16 bytes of padding: with rows a multiple of 32 bytes,
/// the 8 rows that one ldmatrix reads then start in 8 different 16-byte banks.
int64_t sharedPitch(int64_t cols, Type element);

/// `tile.top_k`: a warp looks at so many entries at a time, and each may be a candidate that waits in shared memory, beside up to a
/// warp's worth of earlier ones. A candidate takes 8 bytes: its value's place in the order of floats, and its position.
inline constexpr int64_t kTopKStep = 256;
inline constexpr int64_t kTopKWarpBytes = (kTopKStep + 32) * 8;

/// Bytes of shared memory that an op's result takes; 0 for ops that need none.
int64_t sharedBytes(Operation *op);

/// Bytes of a tile in shared memory.
int64_t sharedTileBytes(SmemType tile);

/// Panels of a swizzled tile, each 128 bytes of every row, one after the other.
int64_t swizzlePanels(SmemType tile);

/// Every place in shared memory starts at a multiple of this many bytes.
inline constexpr int64_t kSharedAlignment = 128;
/// ... and one of swizzled tiles at a multiple of this many: the pattern takes its xor from address bits 7 to 9.
inline constexpr int64_t kSwizzleAlignment = 1024;

/// What the place of an op's result must be a multiple of.
int64_t sharedAlignment(Operation *op);

/// Bytes of shared memory of a whole kernel, each tile, ring and list in a place of its own.
int64_t sharedBytes(KernelOp kernel);

/// Whether a copy can be a tensor copy (TMA): a box of 128-byte panels lands as a swizzled tile does.
bool fitsTensorCopy(LoadAsyncOp copy);

/// The channel's acquire that a copy in a producer follows; null where there is none.
AcquireOp acquireOf(Operation *copy);

/// Rows of a fragment or row vector, and its element type.
int64_t rowsOf(Type tile);
Type elementOf(Type tile);

/// The ops that look at what a tile holds, be it through a slice.
SmallVector<Operation *> readersOf(Value tile);

} // namespace mlir::tile
#endif
