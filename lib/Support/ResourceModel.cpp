#include "msa/Support/ResourceModel.h"
#include <algorithm>

namespace msa {

int64_t mmaRows(int64_t queryTokens, int64_t group) {
  return (queryTokens * group + kMmaRows - 1) / kMmaRows * kMmaRows;
}

static int64_t paddedRows(const Problem &problem, const TileConfig &config) {
  int64_t multiple = config.rowMultiple();
  return (config.queryTile * problem.group() + multiple - 1) / multiple * multiple;
}

int64_t keyParts(const Problem &problem, const TileConfig &config) {
  if (config.mma == MmaKind::Wgmma) return 1;
  return std::max<int64_t>(config.warps * kMmaRows / mmaRows(config.queryTile, problem.group()), 1);
}

/// Of one thread, for the rows of its warp.
struct AttendRegisters {
  int64_t out, scores, query; ///< O and S accumulators (f32), Q (16 bits)
  bool wgmma;
  /// P is repacked for the second product while S dies, all of it before a wgmma reads it; addresses, row state, operands on their way.
  int64_t others() const { return std::min<int64_t>(scores / 2, wgmma ? scores : 16) + 40; }
};

static AttendRegisters attendRegisters(const Problem &problem, const TileConfig &config) {
  int64_t parts = keyParts(problem, config), rows = paddedRows(problem, config);
  int64_t warpRows = rows * parts / std::max<int64_t>(config.mathWarps(), 1);
  int64_t out = warpRows * problem.headDim / 32;
  return {out, warpRows * (config.kvTile / parts) / 32, out / 2, config.mma == MmaKind::Wgmma};
}

bool keepsQueryInRegisters(const Problem &problem, const TileConfig &config) {
  if (config.mma == MmaKind::Wgmma) return false; // it reads shared memory as fast
  // 176: what lets three thread blocks of 128 threads share an SM's 65536 registers is 168, and ptxas does with a few less.
  AttendRegisters use = attendRegisters(problem, config);
  return use.out + use.scores + use.query + use.others() <= 176;
}

/// Thread blocks that fit one SM, with `granted` registers a thread (in steps of 8).
static int64_t residentBlocks(const AttendUse &use, int64_t granted, const GpuSpec &gpu) {
  if (use.registers > kMaxRegistersPerThread || use.smemBytes > gpu.smemBytesPerBlock) return 0;
  int64_t blocks = std::min({gpu.smemBytesPerSm / (use.smemBytes + 1024), gpu.registersPerSm / (granted * use.threads),
                             int64_t(2048) / use.threads, int64_t(32)});
  // An SM's registers are in four parts, and a warp's are in one of them: 9 thread blocks of one warp leave each what 12 do.
  auto ofAPart = [&](int64_t blocks) { return (blocks * use.threads / 32 + 3) / 4 * 32 * granted; };
  while (ofAPart(blocks) > gpu.registersPerSm / 4) --blocks;
  return blocks;
}

static int64_t inSteps(int64_t registers) { return (registers + 7) / 8 * 8; }

RoleRegisters roleRegisters(int64_t consumers, int64_t blocksPerSm, int64_t producer) {
  constexpr int64_t kMost = 240, kOfSm = 65536; // 240: the most that leaves a warpgroup anything to give
  int64_t atEntry = std::min<int64_t>(kOfSm / (128 * (consumers + 1) * blocksPerSm) / 8 * 8, 256);
  return {producer, std::min((atEntry * (consumers + 1) - producer) / consumers / 8 * 8, kMost), atEntry};
}

int64_t gatherRegisters(const Problem &problem, const TileConfig &config) {
  return paddedRows(problem, config) % problem.group() == 0 ? 56 : 96;
}

AttendUse attendUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use;
  bool wgmma = config.mma == MmaKind::Wgmma;
  use.rows = paddedRows(problem, config);
  use.threads = config.warps * 32;

  // Rows of a tile are padded by 16 bytes, so that the 8 rows of an ldmatrix fall in different banks.
  // Swizzled ones are panels of 128 bytes.
  int64_t bytes = problem.headDim * byteSize(problem.dtype), pitch = wgmma ? (bytes + 127) / 128 * 128 : bytes + 16;
  int64_t parts = keyParts(problem, config);
  int64_t ring = 2 * config.kvStages * config.kvTile * pitch;
  // An entry of the block list takes 20 bytes (key, block, request, members); 512 cover alignment and barriers.
  int64_t list = config.queryTile * problem.topk * 20 + 512;
  use.smemBytes = ring + use.rows * pitch + list;
  // What the parts leave is merged where the ring was: O, maximum and sum of each row in f32, each row padded by 16 bytes.
  if (parts > 1) use.smemBytes = std::max(use.smemBytes, list + parts * use.rows * (problem.headDim * 4 + 16 + 2 * 20));

  AttendRegisters registers = attendRegisters(problem, config);
  use.registers = registers.out + registers.scores + registers.others() +
                  (keepsQueryInRegisters(problem, config) ? registers.query : 0);

  // With roles the thread block takes what it takes at entry, 168 a thread of 384.
  int64_t granted = wgmma ? std::min<int64_t>(gpu.registersPerSm / use.threads / 8 * 8, 255) : inSteps(use.registers);
  use.blocksPerSm = residentBlocks(use, granted, gpu);
  return use;
}

/// Of one thread of an index kernel, for the rows of its warp.
static int64_t indexRegisters(const Problem &problem, const TileConfig &config, int64_t rows) {
  int64_t warpRows = rows / config.warps, blocksAStep = std::max<int64_t>(config.kvTile / problem.blockSize, 1);
  // The queries, a slice of 8 products (see IndexTile), folded maxima of the step's blocks and scores of the row's last eight.
  int64_t query = warpRows * problem.indexDim * byteSize(problem.dtype) / 128, folded = warpRows / 4;
  int64_t held = query + 32 + folded * (1 + blocksAStep);
  // Operands on their way and addresses; more of these where a token's heads do not divide the rows.
  int64_t others = 48 + (rows % problem.numQHeads == 0 ? 0 : 8);
  // Of a step of several slices ptxas begins some early and holds their operands: with fewer registers it spills instead. Most over 150
  // random shapes, with 4 slices of 32 rows and with 2 slices of 32 or of 16.
  int64_t slices = config.kvTile / (warpRows >= 32 ? 32 : 64);
  int64_t ahead = slices <= 1 ? 0 : slices == 2 ? 56 : 95;
  return held + others + ahead;
}

/// The same with roles: queries in shared memory, all accumulators of a tile at once, maxima and scores as above.
static int64_t indexRegistersOfConsumer(const TileConfig &config, int64_t rows) {
  int64_t warpRows = rows / config.mathWarps();
  return warpRows * config.kvTile / 32 + 2 * warpRows / 4 + 48;
}

AttendUse indexUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use;
  int64_t multiple = config.rowMultiple(), bytes = problem.indexDim * byteSize(problem.dtype);
  use.rows = (config.queryTile * problem.numQHeads + multiple - 1) / multiple * multiple;
  use.threads = config.warps * 32;
  if (config.mma == MmaKind::Wgmma) {
    // Panels of 128 bytes; alignment and barriers.
    use.smemBytes = (use.rows + config.kvStages * config.kvTile) * ((bytes + 127) / 128 * 128) + 1024;
    use.registers = indexRegistersOfConsumer(config, use.rows);
    use.blocksPerSm = residentBlocks(use, std::min<int64_t>(gpu.registersPerSm / use.threads / 8 * 8, 255), gpu);
    return use;
  }
  use.smemBytes = config.kvStages * config.kvTile * (bytes + 16);
  use.registers = indexRegisters(problem, config, use.rows);
  use.blocksPerSm = residentBlocks(use, inSteps(use.registers), gpu);
  return use;
}

int64_t scoredPlaces(const Problem &problem) {
  return std::max<int64_t>(problem.causal ? problem.topk - problem.sinkBlocks - problem.localBlocks : problem.topk, 1);
}

AttendUse indexSelectUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use = indexUse(problem, config, gpu);
  // Of each row that a lane holds: a quarter of its list, words and positions, the bar and the bounds of its choice; but no scores of
  // eight blocks.
  int64_t warpRows = use.rows / config.mathWarps(), list = 2 * ((scoredPlaces(problem) + 3) / 4) + 1;
  use.registers += warpRows / 8 * (list + 1) - warpRows / 4;
  if (!problem.causal)
    use.registers += warpRows / 8 * 2 + 8; // two bounds, the keys that a row sees, and a loop that masks
  if (!problem.causal && config.mma == MmaKind::Wgmma)
    use.registers += 8; // whose products are still held while it masks
  if (config.mma == MmaKind::MmaSync) use.blocksPerSm = residentBlocks(use, inSteps(use.registers), gpu);
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
