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
  MemRefType query; ///< [total_q, num_q_heads, head_dim]
  MemRefType key;   ///< by Problem::kvLayout
  MemRefType value;
  MemRefType selection; ///< i32 [num_kv_heads, total_q, topk]
  MemRefType cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable;
  MemRefType output; ///< [total_q, num_q_heads, head_dim], or f32 [splits, total_q, num_q_heads, head_dim]
  MemRefType lse;    ///< f32 [total_q, num_q_heads], or f32 [splits, total_q, num_q_heads]
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

/// As AttendTypes, with the work of a chunk of the query tokens: its transposed selection (tile::K2qTypes) and what it leaves. In
/// this order, followed by six sizes (index): total_q, batch, the keys of a request, the blocks of a request, the chunk's first
/// token and its number of tokens.
struct KvOuterTypes {
  MemRefType query, key, value, selection;
  MemRefType cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable;
  MemRefType queryIds, slots, worklist;
  MemRefType partial;    ///< [topk, tokens of the chunk, num_q_heads, head_dim]
  MemRefType partialLse; ///< f32 [topk, tokens of the chunk, num_q_heads]
  SmallVector<Type> list() const;
};
inline constexpr int64_t kMaxQueries = 128; ///< of a work item
inline constexpr int64_t kSubChunk = 4096; ///< tokens whose queries a chip's L2 keeps while they are met block by block

/// Prefill, worked off by KV blocks: tiles of `config.queryTile` tokens of a work item's list against one block. `clear` marks the
/// slots that nobody chose; the two may run in any order. Grids: clear: x = ceil(tokens / query_tile), y = num_kv_heads;
/// attend: x = rows of the worklist.
struct KvOuterKernels {
  KernelOp clear, attend;
};
KvOuterKernels buildPrefillKvOuter(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                                   const ::msa::TileConfig &config, const KvOuterTypes &types);

/// Merges `splits` partials of one (token, head) by their LSE. Arguments: partial f32 [splits, total_q, heads, head_dim],
/// partial LSE f32 [splits, total_q, heads], output [total_q, heads, head_dim], and the LSE f32 [total_q, heads] if wanted.
/// Grid: x = total_q, y = heads, z = 1.
KernelOp buildCombine(OpBuilder &builder, Location loc, StringRef name, int64_t splits, MemRefType partial,
                      MemRefType partialLse, MemRefType output, MemRefType lse);

/// Merges what prefill_kv_outer left of a chunk of tokens, in native order. Arguments: partial [topk, tokens, heads, head_dim], partial
/// LSE f32 [topk, tokens, heads], output and LSE as above, and the chunk's first token (index).
/// Grid: x = tokens * ceil(heads / kSlotHeads).
inline constexpr int64_t kSlotHeads = 16; ///< heads of a thread block
KernelOp buildCombineSlots(OpBuilder &builder, Location loc, StringRef name, MemRefType partial, MemRefType partialLse,
                           MemRefType output, MemRefType lse);

/// The memref types of a select kernel's arguments; null where the problem has none. In this order they are the kernel's first
/// arguments, followed by three sizes (index): total_q, batch, and the keys of a request where no view says them.
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
KernelOp buildRelayoutRows(OpBuilder &builder, Location loc, StringRef name, const ::msa::TileConfig &config,
                           MemRefType from, bool fromTokenFirst, MemRefType to, bool toTokenFirst, bool sorted);

//===----------------------------------------------------------------------===//
// The transposed selection
//===----------------------------------------------------------------------===//

/// What is static of it. Tokens are taken in chunks, chunks in spans: where a worklist is wanted, a span is a sub-chunk.
struct K2qSizes {
  int64_t heads, topk;
  int64_t chunk;          ///< tokens of one thread block: a multiple of 32
  int64_t span;           ///< tokens of a span: a multiple of the chunk
  int64_t window;         ///< rows (of all requests' blocks) of one thread block
  int64_t maxQueries = 0; ///< of a work item; 0: no worklist
  bool oneRequest = false;
  static constexpr int64_t kGroup = 128; ///< rows that one thread block of `sum` and `offset` adds up
};

/// Memrefs of i32; null where there is none. In this order, followed by six sizes (index), they are the arguments of all
/// four kernels: total_q, the first token and the number of tokens to transpose, batch, the blocks of a request, and the rows of
/// the worklist.
struct K2qTypes {
  MemRefType selection; ///< [heads, total_q, topk]
  MemRefType cuSeqlensQ;
  MemRefType rowOffsets, queryIds, slots, worklist, numItems; ///< see msa.transpose_selection
  // Temporaries, R = batch * max_blocks, G = ceil(R / kGroup).
  MemRefType counts;     ///< [heads, chunks, R]: how many tokens of a chunk chose a row
  MemRefType sums;       ///< [heads, spans, R]: ... of a span
  MemRefType begins;     ///< [heads, spans, R]: where the span's part of a row's list begins
  MemRefType groupSums;  ///< [heads * G * spans]: sums of a group of rows, a head's groups one after the other
  MemRefType groupParts; ///< [heads * spans * G]: work items of a group of rows, in the order of the worklist; or null
  SmallVector<Type> list() const;
};

/// Run in this order; each looks at what the one before left.
/// Grids: count and scatter: x = chunks, y = heads, z = windows; sum and offset: x = G, y = spans, z = heads. Chunks are
/// ceil(tokens / chunk); windows, groups and spans are at least 1.
struct K2qKernels {
  KernelOp count, sum, offset, scatter;
};
K2qKernels buildK2q(OpBuilder &builder, Location loc, StringRef name, const K2qSizes &sizes, const K2qTypes &types,
                    int64_t warps);

/// The memref types of an index kernel's arguments; null where the problem has none. In this order they are the kernel's first
/// arguments, followed by four sizes (index): total_q, batch, the keys of a request (Dense: seqlen_k; Packed: total_k), max_blocks.
struct IndexTypes {
  MemRefType query; ///< [total_q, index_heads, index_dim]
  MemRefType key;   ///< by Problem::kvLayout, without a head axis
  MemRefType cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable;
  MemRefType scores;   ///< f32 [index_heads, total_q, max_blocks]
  MemRefType selected; ///< i32 [index_heads, total_q, topk], or token first
  SmallVector<Type> list() const;
};

/// Block scores: a tile of `config.queryTile` neighbouring tokens, all index heads at once, against `config.chunkBlocks` KV blocks.
/// With wgmma the chunk's blocks are the kernel's last argument (index, at most chunk_blocks): thread blocks are so large that few tokens
/// want small chunks, and only the call knows how few. Grid: x = ceil(total_q / query_tile), y = ceil(max_blocks / chunk), z = 1.
KernelOp buildIndexScore(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                         const ::msa::TileConfig &config, const IndexTypes &types);

/// A selection without scores in between: a tile of `config.queryTile` neighbouring tokens, all index heads at once, keeps each row's
/// best while it walks over all blocks that one of them may choose. `tokenFirst`: the selection's layout; `order` is not `Value`.
/// Of the arguments' sizes the last is not read. Grid: x = ceil(total_q / query_tile), y = z = 1.
KernelOp buildIndexSelect(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                          const ::msa::TileConfig &config, const IndexTypes &types, bool tokenFirst, TopKOrder order);

} // namespace mlir::tile
#endif
