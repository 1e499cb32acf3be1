//===- IndexSelectCandidates.cpp - a selection in one launch or in two ----===//
#include "RankMmaSync.h"
#include "msa/Strategy/Candidates.h"
#include <algorithm>
#include <cmath>
#include <set>

namespace msa {

static std::string number(int64_t value) { return std::to_string(value); }

static int64_t blocksAStep(const Problem &problem, int64_t kvTile) {
  return std::max<int64_t>(kvTile / problem.blockSize, 1);
}

/// As an index_score of one step a chunk: the same tile, keys and copies.
static TileConfig asScores(const Problem &problem, TileConfig config) {
  config.chunkBlocks = config.kvTile > 0 ? blocksAStep(problem, config.kvTile) : 1;
  config.blocksPerSm = 0;
  return config;
}

std::optional<Refusal> verifyIndexSelect(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  if (config.leastTokens < 0)
    return Refusal{"least-tokens", "at least 0 query tokens from which on one launch is used",
                   "least_tokens is " + number(config.leastTokens)};
  if (config.leastTokens == 0 && config.chunkBlocks != 0)
    return Refusal{"chunk-blocks",
                   "no chunks in index_select, whose thread blocks see all blocks, without least_tokens",
                   "chunk_blocks is " + number(config.chunkBlocks)};
  TileConfig scores = asScores(problem, config);
  if (config.leastTokens > 0) scores.chunkBlocks = config.chunkBlocks;
  if (std::optional<Refusal> refusal = verifyIndexConfig(problem, scores, gpu)) return refusal;
  return checkFits(config, indexSelectUse(problem, config, gpu), gpu);
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

// Of one SM of an H200.
static constexpr double kInsertUs = 0.015; // a warp's 8 rows take an entry in, half of it under other warps' products
static constexpr double kRowUs =
    0.065; // a row of scores is placed and its list written (SelectTopK.md: 0.03 ms at 8K) ...
static constexpr double kRowBlockUs = 2.6e-4;   // ... and each of its scores looked at
static constexpr double kScoreBytesPerUs = 6e3; // scores written, 32 bytes at a time (IndexSelect.md: 2.5 ms of 2.1 GB)
static constexpr double kLaunchUs = 3.0;
static constexpr double kNoStores =
    0.88; // of an index_score's time without its stores (IndexSelect.md: 22.5 of 25.2 ms at 128K)

/// Blocks of a row, and rows of all heads; what only the run knows is guessed as the ranking of index_score does.
static double blocksOfRow(const Problem &problem, const IndexSizes &sizes) {
  return double(sizes.maxBlocks > 0 ? sizes.maxBlocks : std::max<int64_t>(32768 / problem.blockSize, 1));
}

/// Of `count` random scores that go by, how many are among the best so far.
static double entering(const Problem &problem, double count) {
  double places = double(scoredPlaces(problem));
  return count <= places ? count : places * (1 + std::log(count / places));
}

static double costOf(const Problem &problem, const Candidate &candidate, const IndexSizes &sizes, const GpuSpec &gpu) {
  double blocks = blocksOfRow(problem, sizes);
  Candidate whole = candidate;
  whole.config.chunkBlocks = int64_t(blocks);
  bool isWgmma = candidate.config.mma == MmaKind::Wgmma;
  double scores =
      isWgmma ? indexCostOnWgmma(problem, whole, sizes, gpu) : indexCostOnMmaSync(problem, whole, sizes, gpu);
  // The eight rows whose lists a warp's lanes hold in the same registers take entries in together.
  double together = blocks * (1 - std::pow(1 - entering(problem, blocks) / blocks, 8.0));
  double tokens = sizes.totalQ > 0 ? double(sizes.totalQ) : 8192;
  double tiles = std::ceil(tokens / candidate.config.queryTile), lists = candidate.use.rows / 8.0;
  return kNoStores * scores + std::ceil(tiles / gpu.numSms) * lists * together * kInsertUs / 4; // four warps at a time
}

double scoresThenTopKCost(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu) {
  std::vector<Candidate> candidates = indexCandidates(problem, sizes, gpu);
  if (candidates.empty() || candidates.front().refusal) return HUGE_VAL;
  double tokens = sizes.totalQ > 0 ? double(sizes.totalQ) : 8192, rows = tokens * problem.numQHeads;
  double blocks = blocksOfRow(problem, sizes);
  double select = rows * (kRowUs + blocks * (kRowBlockUs + 4 / kScoreBytesPerUs)) / gpu.numSms;
  return candidates.front().cost + select + kLaunchUs;
}

void leaveShortCallsToTwo(const Problem &problem, Candidate &candidate, const GpuSpec &gpu) {
  // A thread block sees all blocks of its tokens: tiles that would not fill the chip, by a quarter, leave it to chunks of 1024 keys.
  constexpr int64_t kChunkKeys = 1024;
  int64_t step = blocksAStep(problem, candidate.config.kvTile);
  candidate.config.chunkBlocks = std::max<int64_t>(kChunkKeys / problem.blockSize / step, 1) * step;
  candidate.config.leastTokens = gpu.numSms * candidate.use.blocksPerSm * 3 / 4 * candidate.config.queryTile;
}

std::vector<Candidate> indexSelectCandidates(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu) {
  std::vector<Candidate> candidates;
  std::set<std::string> seen;
  for (Candidate candidate : indexCandidates(problem, sizes, gpu)) {
    // One of each that differ in nothing but their chunks.
    candidate.config.chunkBlocks = candidate.config.blocksPerSm = 0;
    if (!seen.insert(spell(candidate.config)).second) continue;
    candidate.use = indexSelectUse(problem, candidate.config, gpu);
    candidate.config.blocksPerSm = candidate.use.blocksPerSm;
    candidate.refusal = verifyIndexSelect(problem, candidate.config, gpu);
    candidate.cost = candidate.refusal ? 0 : costOf(problem, candidate, sizes, gpu);
    candidates.push_back(std::move(candidate));
  }
  sortByCost(candidates);
  return candidates;
}

} // namespace msa
