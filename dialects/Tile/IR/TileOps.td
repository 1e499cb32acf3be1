// The umbrella: kernel, movement, math, top-k, parallel and staging ops live in their own files.
#ifndef TILE_OPS_TD
#define TILE_OPS_TD
include "dialects/Tile/IR/TileKernelOps.td"
include "dialects/Tile/IR/TileMoveOps.td"
include "dialects/Tile/IR/TileMathOps.td"
include "dialects/Tile/IR/TileTopKOps.td"
include "dialects/Tile/IR/TileParallelOps.td"
include "dialects/Tile/IR/TileChannelOps.td"
#endif
