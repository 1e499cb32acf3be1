//===- Candidates.cpp - the search space of the attend recipes ------------===//
#include "msa/Strategy/Candidates.h"
#include "RankMmaSync.h"
#include "RankWgmma.h"
#include <algorithm>
#include <tuple>

namespace msa {

StrategyKind attendStrategy(const Problem &problem, const AttendSizes &sizes) {
  constexpr int64_t kMostDecodeTokens = 16; // speculative decoding asks for 1 to 16 query tokens a request
  constexpr int64_t kDynamic = AttendSizes::kDynamicSize;
  if (problem.raggedQ) return StrategyKind::PrefillQueryTile;
  if (sizes.totalQ != kDynamic && sizes.batch != kDynamic && sizes.batch > 0)
    return sizes.totalQ <= kMostDecodeTokens * sizes.batch ? StrategyKind::DecodeSplitKv
                                                           : StrategyKind::PrefillQueryTile;
  // Unknown, but requests of equal query length are how decoding is asked for; prefill comes with cu_seqlens_q or as one request.
  return sizes.batched ? StrategyKind::DecodeSplitKv : StrategyKind::PrefillQueryTile;
}

static std::vector<int64_t> splitChoices(const Problem &problem, StrategyKind kind) {
  if (kind != StrategyKind::DecodeSplitKv) return {0};
  std::vector<int64_t> choices;
  for (int64_t splits = 1; splits <= std::min<int64_t>(problem.topk, 32); splits *= 2) choices.push_back(splits);
  return choices;
}

/// Thread blocks an SM that ptxas should know of, or 0. Where something else than registers limits them, it else saves
/// registers that nobody needs, and spills for it. Where registers do, it finds the best by itself.
static int64_t blocksToSay(const AttendUse &use, const GpuSpec &gpu) {
  constexpr int64_t kMargin = 16; // of the model
  bool ample = use.blocksPerSm > 0 && gpu.registersPerSm / (use.blocksPerSm * use.threads) >= use.registers + kMargin;
  return ample ? use.blocksPerSm : 0;
}

/// Warpgroups that compute, each filled with tokens as far as they fit, and one that copies for them.
static void addWgmmaCandidates(const Problem &problem, StrategyKind kind, const GpuSpec &gpu,
                               std::vector<Candidate> &candidates) {
  for (int64_t consumers : {1, 2, 3}) {
    int64_t tokens = std::min<int64_t>(64 * consumers / problem.group(), 32);
    for (int64_t kvTile : {32, 64, 128}) {
      if (tokens < 1 || problem.blockSize % kvTile != 0) continue;
      for (int64_t stages : {2, 3, 4}) {
        Candidate candidate;
        candidate.config = {tokens, kvTile, stages, 0, 4 * (consumers + 1)};
        candidate.config.mma = MmaKind::Wgmma;
        candidate.config.consumers = consumers;
        candidate.config.overlap = 1;
        candidate.use = attendUse(problem, candidate.config, gpu);
        candidate.refusal = verifyConfig(problem, kind, candidate.config, gpu);
        if (!candidate.refusal) candidate.cost = costOnWgmma(problem, candidate);
        candidates.push_back(std::move(candidate));
      }
    }
  }
}

std::vector<Candidate> attendCandidates(const Problem &problem, StrategyKind kind, const AttendSizes &sizes,
                                        const GpuSpec &gpu) {
  bool decode = kind == StrategyKind::DecodeSplitKv;
  // Of decode's few rows several warps may each take a share of a KV tile's keys.
  const std::vector<int64_t> shares = decode ? std::vector<int64_t>{1, 2, 4} : std::vector<int64_t>{1};
  std::vector<Candidate> candidates;
  for (int64_t tokens : {1, 2, 4, 8, 16, 32}) {
    int64_t rows = mmaRows(tokens, problem.group());
    if ((decode && tokens > 1) || (tokens > 1 && rows > 128)) continue;
    for (int64_t kvTile : {16, 32, 64, 128}) {
      if (problem.blockSize % kvTile != 0 || (decode && kvTile == 16 && problem.blockSize % 32 == 0))
        continue; // too little a step
      for (int64_t stages : {2, 3, 4})
        for (int64_t splits : splitChoices(problem, kind))
          for (int64_t share : shares) {
            Candidate candidate;
            candidate.config = {tokens, kvTile, stages, splits, rows / kMmaRows * share};
            candidate.use = attendUse(problem, candidate.config, gpu);
            candidate.config.blocksPerSm = blocksToSay(candidate.use, gpu);
            candidate.refusal = verifyConfig(problem, kind, candidate.config, gpu);
            if (!candidate.refusal)
              candidate.cost = decode ? decodeCostOnMmaSync(problem, candidate, sizes, gpu)
                                      : prefillCostOnMmaSync(problem, candidate);
            candidates.push_back(std::move(candidate));
          }
    }
  }
  if (gpu.wgmma && !decode) addWgmmaCandidates(problem, kind, gpu, candidates);
  sortByCost(candidates);
  return candidates;
}

void sortByCost(std::vector<Candidate> &candidates) {
  // Of equals, the one that asks for less.
  auto key = [](const Candidate &c) {
    return std::make_tuple(c.refusal.has_value(), c.cost, c.config.queryTile, c.config.splits, c.config.kvTile,
                           c.config.kvStages, c.config.chunkBlocks, c.config.warps);
  };
  std::sort(candidates.begin(), candidates.end(),
            [&](const Candidate &a, const Candidate &b) { return key(a) < key(b); });
}

TileConfig combineConfig(int64_t splits, int64_t headDim) {
  TileConfig config;
  config.splits = splits;
  config.warps = headDim / 32;
  return config;
}

std::string spell(const TileConfig &config) {
  return "query_tile = " + std::to_string(config.queryTile) + ", kv_tile = " + std::to_string(config.kvTile) +
         ", kv_stages = " + std::to_string(config.kvStages) + ", splits = " + std::to_string(config.splits) +
         ", warps = " + std::to_string(config.warps) +
         (config.chunkBlocks ? ", chunk_blocks = " + std::to_string(config.chunkBlocks) : "") +
         (config.blocksPerSm ? ", blocks_per_sm = " + std::to_string(config.blocksPerSm) : "") +
         (config.mma == MmaKind::Wgmma ? ", mma = wgmma, consumers = " + std::to_string(config.consumers) : "") +
         (config.queryChunk ? ", query_chunk = " + std::to_string(config.queryChunk) : "") +
         (config.overlap ? ", overlap = " + std::to_string(config.overlap) : "") +
         (config.leastTokens ? ", least_tokens = " + std::to_string(config.leastTokens) : "");
}

} // namespace msa
