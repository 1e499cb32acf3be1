#include "msa/Support/ResourceModel.h"
#include <algorithm>

namespace msa {

int64_t mmaRows(int64_t queryTokens, int64_t group) { return (queryTokens * group + kMmaRows - 1) / kMmaRows * kMmaRows; }

int64_t keyParts(const Problem &problem, const TileConfig &config) {
  return std::max<int64_t>(config.warps * kMmaRows / mmaRows(config.queryTile, problem.group()), 1);
}

/// Of one thread, for the rows of its warp.
struct AttendRegisters {
  int64_t out, scores, query; ///< O and S accumulators (f32), Q (16 bits)
  /// P is repacked for the second product while S dies; addresses, row state, operands on their way.
  int64_t others() const { return std::min<int64_t>(scores / 2, 16) + 40; }
};

static AttendRegisters attendRegisters(const Problem &problem, const TileConfig &config) {
  int64_t parts = keyParts(problem, config), rows = mmaRows(config.queryTile, problem.group());
  int64_t warpRows = rows * parts / std::max<int64_t>(config.warps, 1);
  int64_t out = warpRows * problem.headDim / 32;
  return {out, warpRows * (config.kvTile / parts) / 32, out / 2};
}

bool keepsQueryInRegisters(const Problem &problem, const TileConfig &config) {
  // 176: what lets three thread blocks of 128 threads share an SM's 65536 registers is 168, and ptxas does with a few less.
  AttendRegisters use = attendRegisters(problem, config);
  return use.out + use.scores + use.query + use.others() <= 176;
}

/// Thread blocks that fit one SM.
static int64_t residentBlocks(const AttendUse &use, const GpuSpec &gpu) {
  if (use.registers > kMaxRegistersPerThread || use.smemBytes > gpu.smemBytesPerBlock) return 0;
  int64_t granted = (use.registers + 7) / 8 * 8;
  return std::min({gpu.smemBytesPerSm / (use.smemBytes + 1024), gpu.registersPerSm / (granted * use.threads),
                   int64_t(2048) / use.threads, int64_t(32)});
}

AttendUse attendUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use;
  use.rows = mmaRows(config.queryTile, problem.group());
  use.threads = config.warps * 32;

  // Rows of a tile are padded by 16 bytes, so that the 8 rows of an ldmatrix fall in different banks.
  int64_t pitch = problem.headDim * byteSize(problem.dtype) + 16, parts = keyParts(problem, config);
  int64_t ring = 2 * config.kvStages * config.kvTile * pitch;
  // An entry of the block list takes 24 bytes while it is made (key, flag, block, request, members); 512 cover alignment.
  int64_t list = config.queryTile * problem.topk * 24 + 512;
  use.smemBytes = ring + use.rows * pitch + list;
  // What the parts leave is merged where the ring was: O, maximum and sum of each row in f32, each row padded by 16 bytes.
  if (parts > 1) use.smemBytes = std::max(use.smemBytes, list + parts * use.rows * (problem.headDim * 4 + 16 + 2 * 20));

  AttendRegisters registers = attendRegisters(problem, config);
  use.registers = registers.out + registers.scores + registers.others() +
                  (keepsQueryInRegisters(problem, config) ? registers.query : 0);

  use.blocksPerSm = residentBlocks(use, gpu);
  return use;
}

AttendUse indexUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use;
  use.rows = mmaRows(config.queryTile, problem.numQHeads);
  use.threads = config.warps * 32;
  use.smemBytes = config.kvStages * config.kvTile * (problem.indexDim * byteSize(problem.dtype) + 16);

  // Of one thread, for the rows of its warp: the queries, a slice of 8 products (see IndexTile), folded maxima of the step's
  // blocks and scores of the row's last eight, operands on their way and addresses.
  int64_t warpRows = use.rows / config.warps;
  int64_t query = warpRows * problem.indexDim * byteSize(problem.dtype) / 128, folded = warpRows / 4;
  int64_t blocksAStep = std::max<int64_t>(config.kvTile / problem.blockSize, 1);
  use.registers = query + 32 + folded * (1 + blocksAStep) + 48;
  use.blocksPerSm = residentBlocks(use, gpu);
  return use;
}

TokenWork attendWork(const Problem &problem) {
  int64_t keys = problem.topk * problem.blockSize;
  TokenWork work;
  work.flops = 4 * problem.numQHeads * problem.headDim * keys;
  work.kvBytes = 2 * problem.numKvHeads * problem.headDim * byteSize(problem.dtype) * keys;
  return work;
}

} // namespace msa
