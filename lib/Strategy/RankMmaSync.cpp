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
static constexpr double kWarpPower =
    1.6; // growth with the keys of a step: longer ones leave the scheduler less to choose from

double prefillCostOnMmaSync(const Problem &problem, const Candidate &candidate) {
  const TileConfig &config = candidate.config;
  double resident = double(candidate.use.blocksPerSm); // thread blocks that hide each other's latency
  double tileBytes = 2.0 * config.kvTile * problem.headDim * byteSize(problem.dtype);
  double steps = double(problem.topk) * problem.blockSize / config.kvTile; // one token's, if its selection is full
  steps *= std::pow(double(config.queryTile), kUnionPower);
  double chain = (kStepUs + kKeyUs * config.kvTile) * (1 + 0.05 / (config.kvStages - 1)) / resident;
  double issue =
      kWarpUs * candidate.use.rows / kMmaRows * problem.headDim / 128 * std::pow(config.kvTile / 32.0, kWarpPower);
  return steps * std::max(chain + issue, tileBytes / kL2BytesPerUs) / double(config.queryTile);
}

// Fitted to the second table of lib/Kernels/DecodeSplitKv.md; what it picks there is within 4 % of the best.
static constexpr double kHbmBytesPerUs = 32e3; // of an SM, 4.3 TB/s over 132 of them ...
static constexpr double kInFlightBytes = 64e3; // ... with so much asked for at any time
static constexpr double kBubble = 0.3;         // of a step, in which a ring of two tiles asks for nothing
static constexpr double kChainShare = 0.3;     // of the math, that nothing hides
static constexpr double kStartUs = 2.0;        // selection, page table and first keys of a thread block
static constexpr double kCombineUs = 2.0;      // the combine's launch and its first bytes ...
static constexpr double kSplitUs = 0.05;       // ... and each split's partials

double decodeCostOnMmaSync(const Problem &problem, const Candidate &candidate, const AttendSizes &sizes,
                           const GpuSpec &gpu) {
  const TileConfig &config = candidate.config;
  double tokens = sizes.totalQ > 0 ? double(sizes.totalQ) : 8; // a small batch where only the run knows
  double perSm = std::ceil(tokens * problem.numKvHeads * config.splits / gpu.numSms);
  double together = std::min(double(candidate.use.blocksPerSm), perSm),
         waves = std::ceil(perSm / candidate.use.blocksPerSm);
  double steps = std::ceil(double(problem.topk) * problem.blockSize / config.kvTile / config.splits),
         ahead = double(config.kvStages) - 1;

  double tileBytes = 2.0 * config.kvTile * problem.headDim * byteSize(problem.dtype);
  double inFlight = std::min(tileBytes * std::min(ahead, steps) * together / kInFlightBytes, 1.0);
  double bytes = steps * tileBytes * perSm / (kHbmBytesPerUs * inFlight);
  if (steps > ahead) bytes *= 1 + kBubble / (ahead * together);
  double chain = steps * waves * (kStepUs + kKeyUs * config.kvTile / double(keyParts(problem, config)));
  double combine = config.splits > 1 ? kCombineUs + kSplitUs * config.splits : 0;
  return std::max(bytes, chain) + kChainShare * chain + kStartUs * waves + combine;
}

} // namespace msa
