//===- RankWgmma.cpp - a cost per candidate, roles + wgmma ----------------===//
//
// Fitted to the timings of lib/Kernels/PrefillQueryTile.md, on one scale with RankMmaSync: candidates of both are compared.
//
//===----------------------------------------------------------------------===//
#include "RankWgmma.h"
#include "RankMmaSync.h"
#include <cmath>

namespace msa {

// What 64 rows by 128 keys of 128 columns cost, by consumers that share the SM: one alone leaves the tensor cores idle while it
// computes its softmax.
static constexpr double kStepUs[] = {0, 1.48, 1.1, 0.99};
// Of a step, the part that does not shrink with its keys: waits, votes, row statistics, the rescaled output.
static constexpr double kFixed = 0.2;

double costOnWgmma(const Problem &problem, const Candidate &candidate) {
  const TileConfig &config = candidate.config;
  double tokens =
      double(config.queryTile) / config.consumers; // of one warpgroup, which leaves out what none of them chose
  double steps =
      double(problem.topk) * problem.blockSize / config.kvTile * std::pow(std::max(tokens, 1.0), kUnionPower);
  double step = kStepUs[config.consumers] * (kFixed + (1 - kFixed) * config.kvTile / 128 * problem.headDim / 128);
  return steps * step * (1 + 0.03 / double(config.kvStages)) / tokens;
}

} // namespace msa
