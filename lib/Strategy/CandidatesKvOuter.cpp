//===- CandidatesKvOuter.cpp - prefill attention by KV blocks -------------===//
#include "msa/Strategy/Candidates.h"
#include <algorithm>
#include <tuple>

namespace msa {

static std::string number(int64_t value) { return std::to_string(value); }

/// A warpgroup copies queries, the others multiply 64 rows each with wgmma: no row is padded in shared memory, and registers are dealt to roles.
static AttendUse useOfRoles(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  AttendUse use;
  int64_t multiple = config.rowMultiple(), pitch = (problem.headDim * byteSize(problem.dtype) + 127) / 128 * 128;
  use.rows = (config.queryTile * problem.group() + multiple - 1) / multiple * multiple;
  use.threads = config.warps * 32;
  // K and V of the block and the query tiles in flight; token and slot of 128 queries; 512 cover alignment and barriers.
  use.smemBytes = (2 * problem.blockSize + config.kvStages * use.rows) * pitch + 2 * (128 * 4 + 16) + 512;
  // A warp has 16 rows. P is whole before the second product begins, and S is gone.
  int64_t scores = 16 * problem.blockSize / 32, out = 16 * problem.headDim / 32;
  use.registers = scores / 2 + std::max(scores, out) + 56;
  if (use.smemBytes > gpu.smemBytesPerBlock) return use;
  int64_t most = std::min(gpu.smemBytesPerSm / (use.smemBytes + 1024), int64_t(2048) / use.threads);
  // The instruction with the most columns wants its accumulators, 64 rows of f32 by 128 threads, and 30 more at entry.
  int64_t widest = std::max(problem.blockSize, problem.headDim) / 2 + 30;
  while (use.blocksPerSm < most) {
    RoleRegisters registers = roleRegisters(config.consumers, use.blocksPerSm + 1, gatherRegisters(problem, config));
    if (use.registers > registers.consumer || widest > registers.atEntry) break;
    ++use.blocksPerSm;
  }
  return use;
}

AttendUse kvOuterUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  if (config.mma == MmaKind::Wgmma) return useOfRoles(problem, config, gpu);
  AttendUse use;
  use.rows = mmaRows(config.queryTile, problem.group());
  use.threads = config.warps * 32;
  // K and V of the block and the query tiles in flight, rows padded by 16 bytes; token and slot of 128 queries.
  int64_t pitch = problem.headDim * byteSize(problem.dtype) + 16;
  use.smemBytes = (2 * problem.blockSize + config.kvStages * use.rows) * pitch + 2 * (128 * 4 + 128);
  int64_t warpRows = use.rows / std::max<int64_t>(config.warps, 1);
  int64_t scores = warpRows * problem.blockSize / 32, out = warpRows * 64 / 32;
  // First S alone, then P (half as many registers, packed) and 64 columns of O; addresses, row state, operands on their way.
  use.registers = std::max(scores, scores / 2 + out) + 72;
  int64_t granted = (use.registers + 7) / 8 * 8;
  if (use.registers <= kMaxRegistersPerThread && use.smemBytes <= gpu.smemBytesPerBlock)
    use.blocksPerSm =
        std::min({gpu.smemBytesPerSm / (use.smemBytes + 1024), gpu.registersPerSm / (granted * use.threads),
                  int64_t(2048) / use.threads, int64_t(32)});
  return use;
}

std::optional<Refusal> verifyKvOuter(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  std::string chip(gpu.chip);
  if (config.kvTile != problem.blockSize)
    return Refusal{"kv-tile", "the whole block of " + number(problem.blockSize) + " keys",
                   "kv_tile is " + number(config.kvTile)};
  if (config.queryTile < 1 || config.queryTile > 128)
    return Refusal{"query-tile", "1 to 128 query tokens, as many as a work item has",
                   "query_tile is " + number(config.queryTile)};
  int64_t rows = mmaRows(config.queryTile, problem.group());
  if (std::optional<Refusal> refusal = checkRoles(problem, config, gpu)) return refusal;
  if (config.mma == MmaKind::MmaSync &&
      (config.warps < 1 || config.warps > 16 || rows % (kMmaRows * config.warps) != 0))
    return Refusal{"warps", number(rows) + " rows dealt to warps in sixteens", "warps is " + number(config.warps)};
  if (config.kvStages < 1 || config.kvStages > 8)
    return Refusal{"kv-stages", "1 to 8 query tiles in flight", "kv_stages is " + number(config.kvStages)};
  if (config.splits != 0)
    return Refusal{"splits", "no splits in prefill_kv_outer", "splits is " + number(config.splits)};
  // Sub-chunks of 4096 tokens are cut into chunks of whole words of 32 tokens.
  if (config.queryChunk < 32 || config.queryChunk % 32 != 0 ||
      (config.queryChunk > 4096 && config.queryChunk % 4096 != 0))
    return Refusal{"query-chunk", "a multiple of 32 tokens, beyond 4096 of 4096",
                   "query_chunk is " + number(config.queryChunk)};
  AttendUse use = kvOuterUse(problem, config, gpu);
  if (use.registers > kMaxRegistersPerThread)
    return Refusal{"registers", "about " + number(use.registers) + " registers a thread",
                   "a thread has " + number(kMaxRegistersPerThread)};
  if (use.smemBytes > gpu.smemBytesPerBlock)
    return Refusal{"smem", number(use.smemBytes) + " bytes of shared memory for a whole KV block and its queries",
                   chip + " has " + number(gpu.smemBytesPerBlock) + " a thread block"};
  if (config.blocksPerSm < 0 || config.blocksPerSm > std::max<int64_t>(use.blocksPerSm, 1))
    return Refusal{"blocks-per-sm", "0 to " + number(use.blocksPerSm) + " thread blocks an SM",
                   "blocks_per_sm is " + number(config.blocksPerSm)};
  if (config.mma == MmaKind::Wgmma && use.blocksPerSm < 1)
    return Refusal{"registers", "about " + number(use.registers) + " registers a thread",
                   "a thread that computes has " +
                       number(roleRegisters(config.consumers, 1, gatherRegisters(problem, config)).consumer)};
  if (use.blocksPerSm < 1)
    return Refusal{"registers", number(use.registers * use.threads) + " registers a thread block",
                   chip + " has " + number(gpu.registersPerSm)};
  return std::nullopt;
}

int64_t kvOuterQueryChunk(const Problem &problem) {
  constexpr int64_t kPartialBytes = int64_t(2) << 30; // 8192 tokens of 64 heads of dim 128 in 16 slots of 16 bits
  int64_t ofToken = problem.topk * problem.numQHeads * problem.headDim * byteSize(problem.dtype),
          tokens = kPartialBytes / ofToken;
  return tokens >= 4096 ? std::min<int64_t>(tokens / 4096 * 4096, 1 << 16) : std::max<int64_t>(tokens / 512 * 512, 512);
}

static void addCandidatesOfRoles(const Problem &problem, const GpuSpec &gpu, std::vector<Candidate> &candidates) {
  for (int64_t consumers : {1, 2, 3})
    for (int64_t stages : {2, 3, 4}) {
      int64_t tokens = std::min<int64_t>(64 * consumers / problem.group(), 128);
      if (tokens < 1) continue;
      Candidate candidate;
      candidate.config = {tokens, problem.blockSize, stages, 0, 4 * (consumers + 1)};
      candidate.config.mma = MmaKind::Wgmma, candidate.config.consumers = consumers;
      candidate.config.queryChunk = kvOuterQueryChunk(problem);
      candidate.use = kvOuterUse(problem, candidate.config, gpu);
      candidate.config.blocksPerSm = candidate.use.blocksPerSm;
      candidate.refusal = verifyKvOuter(problem, candidate.config, gpu);
      if (!candidate.refusal) {
        // Half of what mma.sync takes. Thread blocks that share an SM hide how the others begin and end, and two warpgroups
        // each other's softmax.
        double groups = double(consumers * candidate.use.blocksPerSm);
        candidate.cost = 0.5 * std::max(1.0, 2 / groups) * (1 + 0.2 / double(candidate.use.blocksPerSm)) *
                         (1 + 0.03 / double(stages)) * double(candidate.use.rows) / double(tokens * problem.group());
      }
      candidates.push_back(std::move(candidate));
    }
}

std::vector<Candidate> kvOuterCandidates(const Problem &problem, const GpuSpec &gpu) {
  std::vector<Candidate> candidates;
  for (int64_t tokens = 1; tokens <= 128; tokens *= 2) {
    int64_t rows = mmaRows(tokens, problem.group());
    if (tokens > 1 && rows > 256) continue;
    for (int64_t warpRows : {16, 32})
      for (int64_t stages : {1, 2}) {
        if (rows % warpRows != 0) continue;
        Candidate candidate;
        candidate.config = {tokens, problem.blockSize, stages, 0, rows / warpRows};
        candidate.config.queryChunk = kvOuterQueryChunk(problem);
        candidate.use = kvOuterUse(problem, candidate.config, gpu);
        candidate.refusal = verifyKvOuter(problem, candidate.config, gpu);
        if (!candidate.refusal) {
          // Two rows of sixteen a warp halve what is read of K and V from shared memory; eight warps an SM keep it busy.
          double warps = double(candidate.use.blocksPerSm * candidate.config.warps);
          candidate.cost = (warpRows == 32 ? 1 : 1.3) * std::max(1.0, 8 / warps) *
                           (1 + 0.1 / double(candidate.use.blocksPerSm)) * double(rows) /
                           double(tokens * problem.group());
        }
        candidates.push_back(std::move(candidate));
      }
  }
  if (gpu.wgmma) addCandidatesOfRoles(problem, gpu, candidates);
  auto key = [](const Candidate &c) {
    return std::make_tuple(c.refusal.has_value(), c.cost, c.use.smemBytes, c.config.queryTile, c.config.kvStages);
  };
  std::sort(candidates.begin(), candidates.end(),
            [&](const Candidate &a, const Candidate &b) { return key(a) < key(b); });
  return candidates;
}

} // namespace msa
