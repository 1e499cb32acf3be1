#include "msa/Support/ResourceModel.h"
#include <algorithm>

namespace msa {

int64_t mmaRows(int64_t queryTokens, int64_t group) { return (queryTokens * group + kMmaRows - 1) / kMmaRows * kMmaRows; }

AttendUse attendUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use;
  use.rows = mmaRows(config.queryTile, problem.group());
  use.threads = config.warps * 32;

  // Rows of a tile are padded by 16 bytes, so that the 8 rows of an ldmatrix fall in different banks.
  int64_t pitch = problem.headDim * byteSize(problem.dtype) + 16;
  int64_t ring = 2 * config.kvStages * config.kvTile * pitch;
  // An entry of the block list takes 24 bytes while it is made (key, flag, block, request, members); 512 cover alignment.
  int64_t list = config.queryTile * problem.topk * 24 + 512;
  use.smemBytes = ring + use.rows * pitch + list;

  // Of one thread, for the rows of its warp: O and S accumulators (f32), P repacked for the second product, Q held in
  // registers up to 128 columns (beyond, it is read again each step), addresses and row state.
  int64_t warpRows = use.rows / config.warps;
  int64_t out = warpRows * problem.headDim / 32, scores = warpRows * config.kvTile / 32;
  int64_t query = problem.headDim <= 128 ? out / 2 : 0;
  use.registers = out + scores + scores / 2 + query + 40;

  int64_t granted = (use.registers + 7) / 8 * 8;
  if (use.registers <= kMaxRegistersPerThread && use.smemBytes <= gpu.smemBytesPerBlock)
    use.blocksPerSm = std::min({gpu.smemBytesPerSm / (use.smemBytes + 1024), gpu.registersPerSm / (granted * use.threads),
                                int64_t(2048) / use.threads, int64_t(32)});
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
