//===- RankMmaSync.cpp - a cost per candidate, cp.async + mma.sync --------===//
//
// Three terms, each with the number it rests on: bytes of K and V, products, and a fixed price of a step. Wrong by a factor it
// may be; it must only put candidates in order, and the tuner's records override it.
//
//===----------------------------------------------------------------------===//
#include "RankMmaSync.h"
#include <algorithm>
#include <cmath>

namespace msa {

// Of one SM of an H200 (mma.sync about 600 TFLOP/s, L2 about 5.5 TB/s, both over 132 SMs). Other chips differ in size, less in ratio.
static constexpr double kFlopsPerUs = 4.5e6;
static constexpr double kL2BytesPerUs = 41e3;
static constexpr double kStepUs = 0.4;    // barrier, waits, softmax latency of one step of one thread block
static constexpr double kLaunchUs = 2.0;  // the combine's launch and its first bytes
// Distinct blocks of n neighbouring tokens, as a power of n: 0.23 is what the real model shows (22 of 64 over 4 tokens), 1 is no
// agreement at all. In between, nearer to agreement.
static constexpr double kUnionPower = 0.6;

double costOnMmaSync(const Problem &problem, StrategyKind kind, const Candidate &candidate, const AttendSizes &sizes,
                     const GpuSpec &gpu) {
  const TileConfig &config = candidate.config;
  double resident = double(candidate.use.blocksPerSm); // thread blocks that hide each other's latency
  double tileBytes = 2.0 * config.kvTile * problem.headDim * byteSize(problem.dtype);
  double tileFlops = 4.0 * candidate.use.rows * config.kvTile * problem.headDim;
  double steps = double(problem.topk) * problem.blockSize / config.kvTile; // one token's, if its selection is full
  // What of a step's latency is exposed: little when more tiles are in flight or other thread blocks run.
  double exposed = kStepUs / (resident * (config.kvStages - 1) + 1);

  if (kind == StrategyKind::PrefillQueryTile) {
    steps *= std::pow(double(config.queryTile), kUnionPower);
    double step = std::max(tileBytes / kL2BytesPerUs, tileFlops / kFlopsPerUs) + std::min(tileBytes / kL2BytesPerUs, tileFlops / kFlopsPerUs) / 2;
    return steps * (step + exposed) / double(config.queryTile);
  }

  // Decode: the grid's waves over the chip. Bytes come from HBM, whose bandwidth one thread block alone cannot draw.
  double tokens = sizes.totalQ > 0 ? double(sizes.totalQ) : 8; // a small batch where only the run knows
  double blocks = tokens * problem.numKvHeads * config.splits;
  double waves = std::ceil(blocks / (gpu.numSms * resident));
  double inFlight = std::min(tileBytes * (config.kvStages - 1) * std::min(resident, std::ceil(blocks / gpu.numSms)), 64e3) / 64e3;
  double perSm = std::min(blocks / gpu.numSms, resident); // thread blocks that share an SM's bandwidth
  double bytesUs = tileBytes * std::max(perSm, 1.0) / (32e3 * std::max(inFlight, 0.1));
  double perBlock = std::ceil(steps / config.splits) * (bytesUs + kStepUs / config.kvStages);
  return waves * perBlock + (config.splits > 1 ? kLaunchUs + 0.05 * config.splits : 0);
}

} // namespace msa
