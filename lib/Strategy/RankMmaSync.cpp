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

// Of one SM of an H200, fitted to the 26 prefill timings of lib/Kernels/PrefillQueryTile.md (all within 30 %). Other chips differ in size,
// less in ratio.
static constexpr double kL2BytesPerUs = 41e3; // 5.5 TB/s over 132 SMs
static constexpr double kStepUs = 0.4;        // barrier, waits and softmax of one step of one thread block ...
static constexpr double kKeyUs = 0.011;       // ... and what each key of the step adds to that chain
static constexpr double kWarpUs = 0.045;      // issue slots of one warp for 32 keys of 128 columns
static constexpr double kWarpPower = 1.6;     // growth with the keys of a step: longer ones leave the scheduler less to choose from
static constexpr double kLaunchUs = 2.0;      // the combine's launch and its first bytes

double costOnMmaSync(const Problem &problem, StrategyKind kind, const Candidate &candidate, const AttendSizes &sizes,
                     const GpuSpec &gpu) {
  const TileConfig &config = candidate.config;
  double resident = double(candidate.use.blocksPerSm); // thread blocks that hide each other's latency
  double tileBytes = 2.0 * config.kvTile * problem.headDim * byteSize(problem.dtype);
  double steps = double(problem.topk) * problem.blockSize / config.kvTile; // one token's, if its selection is full

  if (kind == StrategyKind::PrefillQueryTile) {
    steps *= std::pow(double(config.queryTile), kUnionPower);
    double chain = (kStepUs + kKeyUs * config.kvTile) * (1 + 0.05 / (config.kvStages - 1)) / resident;
    double issue = kWarpUs * candidate.use.rows / kMmaRows * problem.headDim / 128 * std::pow(config.kvTile / 32.0, kWarpPower);
    return steps * std::max(chain + issue, tileBytes / kL2BytesPerUs) / double(config.queryTile);
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
