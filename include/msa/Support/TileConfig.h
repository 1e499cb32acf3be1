//===- TileConfig.h - the numbers a kernel is built with --------*- C++ -*-===//
#ifndef MSA_SUPPORT_TILECONFIG_H
#define MSA_SUPPORT_TILECONFIG_H
#include <cstdint>
#include <string>

namespace msa {

/// Which recipe computes an op.
enum class StrategyKind : int32_t {
  Cpu,              ///< decomposed into upstream dialects, run on the CPU
  DecodeSplitKv,    ///< one (query token, KV head, split of its blocks) a thread block, then combine
  PrefillQueryTile, ///< a tile of neighbouring queries visits the union of their blocks
  CombineRows,      ///< merges partial outputs by their LSE
  IndexScore,       ///< scores every block for a tile of queries, all index heads at once
  SelectTopK,       ///< a row's best blocks from its scores
  BuildK2q,         ///< the transposed selection: for each block the queries that chose it
  RelayoutRows,     ///< a selection from one contract to another
  ScoresThenTopK,   ///< a selection as two launches: index_score into a matrix of scores, then select_top_k
  PrefillKvOuter,   ///< a KV block meets the queries that chose it and leaves partial results, then combine
  IndexSelect,      ///< a selection from index queries and keys in one launch, without scores in between
};

/// The instruction that a kernel multiplies with.
enum class MmaKind : int32_t {
  MmaSync, ///< a warp, 16 rows (sm_80 and later)
  Wgmma,   ///< four warps, 64 rows (sm_90a)
};

/// The numbers of one kernel; `#msa.tile_config` spells it in IR. Zero means "does not apply".
struct TileConfig {
  int64_t queryTile = 0;   ///< query tokens of a thread block (rows = queryTile * group, padded to 16)
  int64_t kvTile = 0;      ///< keys per step; divides the block
  int64_t kvStages = 0;    ///< KV tiles in flight in shared memory (PrefillKvOuter: query tiles)
  int64_t splits = 0;      ///< thread blocks that share one query's blocks
  int64_t warps = 0;       ///< warps of a thread block
  int64_t chunkBlocks = 0; ///< KV blocks that a thread block scores, of those its queries have
  int64_t blocksPerSm = 0; ///< thread blocks that must fit an SM: a thread's registers are held to what that leaves
  MmaKind mma = MmaKind::MmaSync;
  int64_t consumers = 0;   ///< warpgroups that compute while one more copies for them; 0: all warps do both
  int64_t queryChunk = 0;  ///< query tokens whose partial results exist at a time
  int64_t overlap = 0;     ///< 1: a step's softmax runs under the products of its neighbours, which lag by a step
  int64_t leastTokens = 0; ///< query tokens of a call from which on one launch does what several do for fewer

  /// Warps that rows are dealt to.
  int64_t mathWarps() const { return consumers ? 4 * consumers : warps; }
  /// What the rows of a tile are a multiple of: the tile of one warp's mma.sync, or of all warpgroups' wgmma.
  int64_t rowMultiple() const { return mma == MmaKind::Wgmma ? 64 * consumers : 16; }
};

} // namespace msa
#endif
