//===- SharedMemory.h - how tiles lie in shared memory ----------*- C++ -*-===//
#ifndef MSA_TILETRANSFORMS_SHAREDMEMORY_H
#define MSA_TILETRANSFORMS_SHAREDMEMORY_H
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

/// Bytes from one row of a tile to the next. 16 bytes of padding: with rows a multiple of 32 bytes, the 8 rows that one ldmatrix
/// reads then start in 8 different 16-byte banks.
int64_t sharedPitch(int64_t cols, Type element);

/// Bytes of shared memory that an op's result takes; 0 for ops that need none.
int64_t sharedBytes(Operation *op);

} // namespace mlir::tile
#endif
