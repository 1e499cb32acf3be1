//===- IndexCandidates.cpp - the search space of the index recipe ---------===//
#include "RankMmaSync.h"
#include "msa/Strategy/Candidates.h"
#include <algorithm>
#include <set>

namespace msa {

static std::string number(int64_t value) { return std::to_string(value); }

/// Blocks of one step; a chunk holds whole steps.
static int64_t blocksAStep(const Problem &problem, int64_t kvTile) {
  return std::max<int64_t>(kvTile / problem.blockSize, 1);
}

std::optional<Refusal> verifyIndexConfig(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  bool fits = config.kvTile > 0 && (problem.blockSize % config.kvTile == 0 || config.kvTile % problem.blockSize == 0);
  if (!fits || config.kvTile % kMmaRows != 0 || config.kvTile > 256)
    return Refusal{"kv-tile",
                   "16 to 256 keys, a multiple of 16 that divides the block of " + number(problem.blockSize) +
                       " or that it divides",
                   "kv_tile is " + number(config.kvTile)};
  if (config.queryTile < 1)
    return Refusal{"query-tile", "at least 1 query token a thread block", "query_tile is " + number(config.queryTile)};
  int64_t rows = mmaRows(config.queryTile, problem.numQHeads);
  if (config.warps < 1 || config.warps > 16 || rows % (kMmaRows * config.warps) != 0)
    return Refusal{"warps", number(rows) + " rows dealt to warps in sixteens", "warps is " + number(config.warps)};
  if (std::optional<Refusal> refusal = checkStages(config)) return refusal;
  if (config.splits != 0) return Refusal{"splits", "no splits in index_score", "splits is " + number(config.splits)};
  int64_t step = blocksAStep(problem, config.kvTile);
  if (config.chunkBlocks < 1 || config.chunkBlocks % step != 0)
    return Refusal{"chunk-blocks", "a multiple of the " + number(step) + " blocks of a step",
                   "chunk_blocks is " + number(config.chunkBlocks)};
  return checkFits(config, indexUse(problem, config, gpu), gpu);
}

std::vector<Candidate> indexCandidates(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu) {
  std::set<int64_t> queryTiles; // as many tokens as fill the rows of 1, 2, 4 or 8 warps
  for (int64_t rows : {16, 32, 64, 128, 256}) queryTiles.insert(std::max<int64_t>(rows / problem.numQHeads, 1));
  queryTiles.insert(1);
  std::vector<Candidate> candidates;
  for (int64_t tokens : queryTiles) {
    int64_t rows = mmaRows(tokens, problem.numQHeads);
    for (int64_t warpRows : {16, 32}) {
      int64_t warps = rows / warpRows;
      if (rows % warpRows != 0 || warps > 16) continue;
      for (int64_t kvTile : {16, 32, 64, 128}) {
        int64_t block = problem.blockSize, step = blocksAStep(problem, kvTile);
        if ((block % kvTile != 0 && kvTile % block != 0) || step > 8) continue;
        for (int64_t stages : {2, 3, 4})
          // At least 128 keys, so that 65535 chunks are 8M keys.
          for (int64_t chunk : {1, 2, 4, 8, 16, 32, 64})
            if (int64_t blocks = std::max(chunk * 128 / block, step) / step * step; blocks > 0) {
              Candidate candidate;
              candidate.config.queryTile = tokens, candidate.config.kvTile = kvTile;
              candidate.config.kvStages = stages, candidate.config.warps = warps, candidate.config.chunkBlocks = blocks;
              candidate.use = indexUse(problem, candidate.config, gpu);
              candidate.config.blocksPerSm = candidate.use.blocksPerSm;
              candidate.refusal = verifyIndexConfig(problem, candidate.config, gpu);
              if (!candidate.refusal) candidate.cost = indexCostOnMmaSync(problem, candidate, sizes, gpu);
              candidates.push_back(std::move(candidate));
            }
      }
    }
  }
  sortByCost(candidates);
  return candidates;
}

} // namespace msa
