//===- RankIndex.cpp - a cost per candidate of the index recipe -----------===//
#include "RankMmaSync.h"
#include <algorithm>
#include <cmath>
#include <functional>

namespace msa {

// Of one SM of an H200. Other chips differ in size, less in ratio.
static constexpr double kMmaFlopsPerUs = 3.4e6; // of mma.sync, reached with 8 warps
static constexpr double kWgmmaFlopsPerUs[] = {0, 4e6, 5.6e6,
                                              5.6e6}; // by warpgroups that compute: one alone waits for its maxima
static constexpr double kL2BytesPerUs = 41e3;         // 5.5 TB/s over 132 SMs
static constexpr double kHbmBytesPerUs = 33e3;        // 4.3 TB/s
static constexpr double kStepUs = 0.3;                // barrier, waits and reductions of a step of one thread block
static constexpr double kWgmmaStartUs = 9.0;          // of a thread block alone on its SM
static constexpr double kStartUs = 3.0;               // of a thread block: lengths, page table, queries, first keys

/// `flopsPerUs` of an SM with so many resident thread blocks; `stepUs` of a step that one thread block alone does not hide.
static double gridCost(const Problem &problem, const Candidate &candidate, const IndexSizes &sizes, const GpuSpec &gpu,
                       const std::function<double(double resident)> &flopsPerUs, double stepUs, double startUs) {
  const TileConfig &config = candidate.config;
  auto known = [](int64_t size, int64_t guess) { return double(size > 0 ? size : guess); };
  // Where only the run knows: a prefill of 8K tokens or 8 decoding requests, against 32K keys.
  bool decode = sizes.batched && !problem.raggedQ && sizes.batch != 1;
  double tokens = known(sizes.totalQ, decode ? 8 : 8192);
  double batch = std::min(known(sizes.batch, decode ? 8 : 1), tokens);
  double blocks = known(sizes.maxBlocks, std::max<int64_t>(32768 / problem.blockSize, 1));

  // A tile over several short requests walks the keys of each.
  double perRequest = tokens / batch, requests = std::max(1.0, config.queryTile / perRequest);
  double tiles = std::ceil(tokens / config.queryTile), chunks = std::ceil(blocks / config.chunkBlocks);
  double threadBlocks = tiles * chunks,
         resident = std::min(double(candidate.use.blocksPerSm), std::ceil(threadBlocks / gpu.numSms));
  double steps = requests * config.chunkBlocks * problem.blockSize / config.kvTile;

  double bytes = double(config.kvTile) * problem.indexDim * byteSize(problem.dtype);
  double flops = 2.0 * candidate.use.rows * config.kvTile * problem.indexDim;
  // Keys come from HBM once a request, again from L2 for its other tiles.
  double fromHbm = std::min(1.0, config.queryTile / perRequest);
  double inFlight = std::min(1.0, bytes * (config.kvStages - 1) * resident / 40e3);
  double move = bytes * (fromHbm / kHbmBytesPerUs + (1 - fromHbm) / kL2BytesPerUs) / inFlight;
  double step = std::max(move, flops / flopsPerUs(resident)) + stepUs / resident;
  double waves = threadBlocks / (gpu.numSms * resident);
  waves = waves < 4 ? std::ceil(waves) : waves;
  return waves * (resident * steps * step + startUs);
}

double indexCostOnMmaSync(const Problem &problem, const Candidate &candidate, const IndexSizes &sizes,
                          const GpuSpec &gpu) {
  auto rate = [&](double resident) {
    double warps = std::min(8.0, resident * candidate.config.warps);
    return kMmaFlopsPerUs * warps / 8 / (candidate.use.rows / candidate.config.warps >= 32 ? 1.0 : 1.4);
  };
  return gridCost(problem, candidate, sizes, gpu, rate, kStepUs, kStartUs);
}

double indexCostOnWgmma(const Problem &problem, const Candidate &candidate, const IndexSizes &sizes,
                        const GpuSpec &gpu) {
  double rate = kWgmmaFlopsPerUs[candidate.config.consumers];
  return gridCost(
      problem, candidate, sizes, gpu, [&](double) { return rate; }, kStepUs / double(2 * candidate.config.kvStages),
      kWgmmaStartUs);
}

} // namespace msa
