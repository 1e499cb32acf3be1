//===- Kernels.h - the recipes ----------------------------------*- C++ -*-===//
//
// Each recipe writes one `tile.kernel` before the builder's insertion point: a sequential program for one thread block,
// readable as the algorithm. Who runs what, where tiles lie and how many are in flight is decided later.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_KERNELS_KERNELS_H
#define MSA_KERNELS_KERNELS_H
#include "dialects/Tile/IR/TileDialect.h"
#include "msa/Support/Problem.h"
#include "msa/Support/TileConfig.h"

namespace mlir::tile {

/// The memref types of an attention kernel's arguments; null where the problem has none. In this order they are the kernel's
/// first arguments, followed by three sizes (index): total_q, batch, and the keys of a request (Dense: seqlen_k; Packed: total_k).
struct AttendTypes {
  MemRefType query;     ///< [total_q, num_q_heads, head_dim]
  MemRefType key;       ///< by Problem::kvLayout
  MemRefType value;
  MemRefType selection; ///< i32 [num_kv_heads, total_q, topk]
  MemRefType cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable;
  MemRefType output;    ///< [total_q, num_q_heads, head_dim], or f32 [splits, total_q, num_q_heads, head_dim]
  MemRefType lse;       ///< f32 [total_q, num_q_heads], or f32 [splits, total_q, num_q_heads]
  SmallVector<Type> list() const;
};

/// Rows of the mma tile that `queryTokens` tokens need: queryTokens x group, padded to a multiple of 16.
int64_t tileRows(int64_t queryTokens, int64_t group);

/// Prefill: a tile of `config.queryTile` neighbouring query tokens of one KV head visits the union of their blocks.
/// Grid: x = ceil(total_q / query_tile), y = num_kv_heads, z = 1.
KernelOp buildPrefillQueryTile(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                               const ::msa::TileConfig &config, const AttendTypes &types);

/// Decode: one query token of one KV head; split z takes every `config.splits`-th of its blocks and leaves a partial result.
/// With one split the output is final. Grid: x = total_q, y = num_kv_heads, z = splits.
KernelOp buildDecodeSplitKv(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                            const ::msa::TileConfig &config, const AttendTypes &types);

/// Merges `splits` partials of one (token, head) by their LSE. Arguments: partial f32 [splits, total_q, heads, head_dim],
/// partial LSE f32 [splits, total_q, heads], output [total_q, heads, head_dim], and the LSE f32 [total_q, heads] if wanted.
/// Grid: x = total_q, y = heads, z = 1.
KernelOp buildCombine(OpBuilder &builder, Location loc, StringRef name, int64_t splits, MemRefType partial,
                      MemRefType partialLse, MemRefType output, MemRefType lse);

/// The memref types of a select kernel's arguments; null where the problem has none. In this order they are the kernel's first
/// arguments, followed by two sizes (index): total_q and batch.
struct SelectTypes {
  MemRefType scores; ///< f32 [num_index_heads, total_q, max_blocks]
  MemRefType cuSeqlensQ, cuSeqlensK, seqUsedK;
  MemRefType selected;       ///< i32 [num_index_heads, total_q, topk], or token first
  MemRefType selectedScores; ///< f32, the same shape
  SmallVector<Type> list() const;
};

/// Keeps each query's best blocks. A thread block has `config.queryTile` tokens of one head: a multiple of `config.warps`, or 1, whose
/// row all warps share. `tokenFirst`: the selection's layout. Grid: x = ceil(total_q / query_tile), y = num_index_heads, z = 1.
KernelOp buildSelectTopK(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                         const ::msa::TileConfig &config, const SelectTypes &types, bool tokenFirst, TopKOrder order);

/// Moves a selection `from` one layout `to` another: i32 [num_kv_heads, total_q, topk], or token first; `sorted`: ids ascending.
/// Arguments: from, to, total_q (index). `config.queryTile` is a multiple of `config.warps`. Grid: x = ceil(total_q / query_tile),
/// y = num_kv_heads, z = 1.
KernelOp buildRelayoutRows(OpBuilder &builder, Location loc, StringRef name, const ::msa::TileConfig &config, MemRefType from,
                           bool fromTokenFirst, MemRefType to, bool toTokenFirst, bool sorted);

} // namespace mlir::tile
#endif
