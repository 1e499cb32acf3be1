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

/// Two tiles of 64 rows a warpgroup: what one product's maxima cost runs under the other warpgroup's products.
static constexpr int64_t kWarpgroupRows = 128;

static std::optional<Refusal> verifyWgmma(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  if (!gpu.wgmma) return Refusal{"mma", "a chip that has wgmma, sm_90a", "the target is " + std::string(gpu.chip)};
  if (config.consumers < 1 || config.consumers > 3 || config.warps != 4 * (config.consumers + 1))
    return Refusal{"warps", "1 to 3 warpgroups that compute, and one that copies",
                   "consumers is " + number(config.consumers) + ", warps is " + number(config.warps)};
  if (int64_t rows = config.queryTile * problem.numQHeads; rows > kWarpgroupRows * config.consumers)
    return Refusal{"query-tile", "at most 128 rows of each warpgroup that computes",
                   number(config.queryTile) + " tokens have " + number(rows) + " rows"};
  // A thread that copies has 40 registers (roleRegisters): addresses of longer rows spill.
  if (constexpr int64_t kMostColumns = 128; problem.indexDim > kMostColumns)
    return Refusal{"registers", "keys of at most " + number(kMostColumns) + " columns for the threads that copy them",
                   "index_dim is " + number(problem.indexDim)};
  if (problem.blockSize % config.kvTile != 0)
    return Refusal{"kv-tile", "a tile that divides the block of " + number(problem.blockSize) + " for wgmma",
                   "kv_tile is " + number(config.kvTile)};
  return std::nullopt;
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
  if (config.mma == MmaKind::Wgmma) {
    if (std::optional<Refusal> refusal = verifyWgmma(problem, config, gpu)) return refusal;
  } else if (config.consumers != 0) {
    return Refusal{"mma", "wgmma where some warps only copy",
                   "mma is mma_sync, consumers is " + number(config.consumers)};
  }
  int64_t rows = indexUse(problem, config, gpu).rows;
  if (config.warps < 1 || config.warps > 16 || rows % (kMmaRows * config.mathWarps()) != 0)
    return Refusal{"warps", number(rows) + " rows dealt to warps in sixteens", "warps is " + number(config.warps)};
  if (std::optional<Refusal> refusal = checkStages(config)) return refusal;
  if (config.overlap != 0)
    return Refusal{"overlap", "0 in index_score, whose products overlap as they are",
                   "overlap is " + number(config.overlap)};
  if (config.splits != 0) return Refusal{"splits", "no splits in index_score", "splits is " + number(config.splits)};
  int64_t step = blocksAStep(problem, config.kvTile);
  if (config.chunkBlocks < 1 || config.chunkBlocks % step != 0)
    return Refusal{"chunk-blocks", "a multiple of the " + number(step) + " blocks of a step",
                   "chunk_blocks is " + number(config.chunkBlocks)};
  return checkFits(config, indexUse(problem, config, gpu), gpu);
}

static void addWgmmaCandidates(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu,
                               std::vector<Candidate> &candidates) {
  for (int64_t consumers : {1, 2}) {
    int64_t tokens = kWarpgroupRows * consumers / problem.numQHeads;
    for (int64_t kvTile : {64, 80, 128}) {
      if (tokens < 1 || problem.blockSize % kvTile != 0) continue;
      for (int64_t stages : {2, 3, 4})
        for (int64_t chunk : {4, 8, 16, 32, 64, 128, 256}) {
          Candidate candidate;
          candidate.config.queryTile = tokens, candidate.config.kvTile = kvTile, candidate.config.kvStages = stages;
          candidate.config.warps = 4 * (consumers + 1), candidate.config.consumers = consumers;
          candidate.config.mma = MmaKind::Wgmma;
          candidate.config.chunkBlocks = std::max<int64_t>(chunk * 128 / problem.blockSize, 1);
          candidate.use = indexUse(problem, candidate.config, gpu);
          candidate.refusal = verifyIndexConfig(problem, candidate.config, gpu);
          if (!candidate.refusal) candidate.cost = indexCostOnWgmma(problem, candidate, sizes, gpu);
          candidates.push_back(std::move(candidate));
        }
    }
  }
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
  if (gpu.wgmma) addWgmmaCandidates(problem, sizes, gpu, candidates);
  sortByCost(candidates);
  return candidates;
}

} // namespace msa
