//===- ResourceModel.h - what a kernel would cost ---------------*- C++ -*-===//
//
// Estimates made before a kernel exists, for choosing among candidates. What a kernel really uses is counted on its IR by the
// resource counter, and by ptxas where one is found.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_SUPPORT_RESOURCEMODEL_H
#define MSA_SUPPORT_RESOURCEMODEL_H
#include "msa/Support/GpuSpec.h"
#include "msa/Support/Problem.h"
#include "msa/Support/TileConfig.h"

namespace msa {

inline constexpr int64_t kMaxRegistersPerThread = 255;
inline constexpr int64_t kMmaRows = 16; ///< rows of one warp's mma.sync tile
/// A thread that copies 16 bytes at a time keeps two addresses, a step, and what it knows of the list.
inline constexpr int64_t kCopyRegisters = 40;

/// Registers of a thread of each role, with one warpgroup that copies and so many thread blocks on an SM: what it does not need, the others get (setmaxnreg).
struct RoleRegisters {
  int64_t producer = 0, consumer = 0;
  int64_t atEntry = 0; ///< before they part: what a single instruction's operands must fit, ptxas says
};
RoleRegisters roleRegisters(int64_t consumers, int64_t blocksPerSm = 1, int64_t producer = kCopyRegisters);

/// Registers of a thread that gathers tiles of queries from anywhere, in pieces of a token's rows or, where these do not fill tiles, of one.
int64_t gatherRegisters(const Problem &problem, const TileConfig &config);

/// One thread block of an attend or index kernel.
struct AttendUse {
  int64_t rows = 0; ///< of the mma tile: query_tile x group, padded to 16 (of one part)
  int64_t threads = 0;
  int64_t smemBytes = 0;   ///< K and V rings, Q tile, block list
  int64_t registers = 0;   ///< per thread
  int64_t blocksPerSm = 0; ///< thread blocks that fit one SM by shared memory and registers; 0: none does
};

/// Rows of the mma tile that hold `queryTokens` x `group` query rows.
int64_t mmaRows(int64_t queryTokens, int64_t group);

/// Shares of a KV tile's keys that different warps work on, each with the tile's rows: where the warps are more than its sixteens of rows.
int64_t keyParts(const Problem &problem, const TileConfig &config);

/// Whether a thread keeps its queries in registers through the loop; else they are read from shared memory again each step.
bool keepsQueryInRegisters(const Problem &problem, const TileConfig &config);

/// What `config` costs for `problem` on `gpu`. Needs config.queryTile, kvTile, kvStages and warps > 0.
AttendUse attendUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);

/// The same for index scores: rows are query_tile x index heads, and there is one ring, of index keys.
AttendUse indexUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);

/// The same for a selection from index queries and keys in one launch (problem.topk > 0): rows keep lists instead of scores.
AttendUse indexSelectUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);

/// Places of a row that scores decide, at most: of a causal row with more blocks than places, all but the sinks and local blocks;
/// without causality the own block, and fewer local ones with it, may be among the first.
int64_t scoredPlaces(const Problem &problem);

/// Work of one query token over all heads, when each row of its selection is full.
struct TokenWork {
  int64_t flops = 0;   ///< of the two products, a multiply-add being two
  int64_t kvBytes = 0; ///< of keys and values, read once per KV head
};
TokenWork attendWork(const Problem &problem);

} // namespace msa
#endif
