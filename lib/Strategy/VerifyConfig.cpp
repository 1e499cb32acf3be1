//===- VerifyConfig.cpp - what no kernel, or not this one, can do ---------===//
#include "msa/Strategy/Candidates.h"
#include <algorithm>

namespace msa {

static constexpr int64_t kMostSplits = 64; // range_c9

static std::string number(int64_t value) { return std::to_string(value); }

std::optional<Refusal> checkAttend(const Problem &problem) {
  if (problem.dtype != Dtype::BF16 && problem.dtype != Dtype::F16)
    return Refusal{"dtype-no-mma", "elements that tensor cores multiply, bf16 or f16",
                   "they are " + std::string(name(problem.dtype))};
  return std::nullopt;
}

std::optional<Refusal> verifyConfig(const Problem &problem, StrategyKind kind, const TileConfig &config,
                                    const GpuSpec &gpu) {
  std::string chip(gpu.chip);
  if (config.kvTile <= 0 || config.kvTile % kMmaRows != 0 || problem.blockSize % config.kvTile != 0)
    return Refusal{"kv-tile", "a multiple of 16 keys that divides the block of " + number(problem.blockSize),
                   "kv_tile is " + number(config.kvTile)};
  bool decode = kind == StrategyKind::DecodeSplitKv;
  if (config.queryTile < 1 || config.queryTile > 32) // a token's place in the tile is a bit of a 32-bit member mask
    return Refusal{"query-tile", "1 to 32 query tokens a thread block", "query_tile is " + number(config.queryTile)};
  if (std::optional<Refusal> refusal = checkRoles(problem, config, gpu)) return refusal;
  if (config.mma == MmaKind::Wgmma) {
    // Of smaller pages each row has a place of its own, more than the copying warps have registers for.
    if (problem.kvLayout == KvLayout::Paged && problem.pageSize % kMmaRows != 0)
      return Refusal{"mma", "mma_sync where pages are no multiple of 16 keys",
                     "mma is wgmma, page_size is " + number(problem.pageSize)};
    if (decode) return Refusal{"mma", "mma_sync in decode_split_kv, whose tiles have few rows", "mma is wgmma"};
  }
  if (config.overlap < 0 || config.overlap > 1)
    return Refusal{"overlap", "0 or 1, whether products run under the softmax", "overlap is " + number(config.overlap)};
  if (config.overlap && config.mma != MmaKind::Wgmma)
    return Refusal{"overlap", "wgmma, whose products run by themselves", "mma is mma_sync, overlap is 1"};
  int64_t rows = attendUse(problem, config, gpu).rows;
  // Warps share the rows in sixteens, or all of the rows are repeated for several shares of the keys, in sixteens too.
  int64_t warpRows = kMmaRows * config.mathWarps();
  if (config.warps < 1 || config.warps > 16 || (rows % warpRows != 0 && warpRows % rows != 0))
    return Refusal{"warps", number(rows) + " rows dealt to warps in sixteens", "warps is " + number(config.warps)};
  if (int64_t parts = keyParts(problem, config); config.kvTile % (kMmaRows * parts) != 0)
    return Refusal{"warps", "a KV tile of sixteen keys for each of " + number(parts) + " parts",
                   "kv_tile is " + number(config.kvTile)};
  // The merged rows' columns are dealt in sixteens to the warps that had shares of their keys.
  if (int64_t parts = keyParts(problem, config); parts > 1 && problem.headDim % (kMmaRows * parts) != 0)
    return Refusal{"warps", "sixteen columns of O for each of " + number(parts) + " parts",
                   "head_dim is " + number(problem.headDim)};
  if (std::optional<Refusal> refusal = checkStages(config)) return refusal;
  // Splits share the KV tiles of the tile's blocks; more of them than tiles would have nothing to do.
  int64_t mostSplits = std::min(kMostSplits, config.queryTile * problem.topk * problem.blockSize / config.kvTile);
  if (decode ? config.splits < 1 || config.splits > mostSplits : config.splits != 0)
    return Refusal{"splits", decode ? "1 to " + number(mostSplits) + " splits" : "no splits in prefill_query_tile",
                   "splits is " + number(config.splits)};
  AttendUse use = attendUse(problem, config, gpu);
  return checkFits(config, use, gpu);
}

std::optional<Refusal> checkRoles(const Problem &problem, const TileConfig &config, const GpuSpec &gpu) {
  if (config.mma != MmaKind::Wgmma) {
    if (config.consumers == 0) return std::nullopt;
    return Refusal{"mma", "wgmma where some warps only copy",
                   "mma is mma_sync, consumers is " + number(config.consumers)};
  }
  if (!gpu.wgmma) return Refusal{"mma", "a chip that has wgmma, sm_90a", "the target is " + std::string(gpu.chip)};
  if (config.consumers < 1 || config.consumers > 3 || config.warps != 4 * (config.consumers + 1))
    return Refusal{"warps", "1 to 3 warpgroups that compute, and one that copies",
                   "consumers is " + number(config.consumers) + ", warps is " + number(config.warps)};
  if (config.queryTile * problem.group() > 64 * config.consumers)
    return Refusal{"query-tile", "at most 64 rows of each warpgroup that computes",
                   number(config.queryTile) + " tokens have " + number(config.queryTile * problem.group()) + " rows"};
  return std::nullopt;
}

std::optional<Refusal> checkStages(const TileConfig &config) {
  if (config.kvStages >= 1 && config.kvStages <= 8) return std::nullopt;
  return Refusal{"kv-stages", "1 to 8 KV tiles in flight", "kv_stages is " + number(config.kvStages)};
}

std::optional<Refusal> checkFits(const TileConfig &config, const AttendUse &use, const GpuSpec &gpu) {
  std::string chip(gpu.chip);
  if (config.consumers) {
    int64_t most = roleRegisters(config.consumers, std::max<int64_t>(config.blocksPerSm, 1)).consumer;
    if (use.registers > most)
      return Refusal{"registers", "about " + number(use.registers) + " registers a thread",
                     "a thread that computes has " + number(most)};
  }
  if (use.registers > kMaxRegistersPerThread)
    return Refusal{"registers", "about " + number(use.registers) + " registers a thread",
                   "a thread has " + number(kMaxRegistersPerThread)};
  if (use.smemBytes > gpu.smemBytesPerBlock)
    return Refusal{"smem", number(use.smemBytes) + " bytes of shared memory",
                   chip + " has " + number(gpu.smemBytesPerBlock) + " a thread block"};
  if (config.blocksPerSm < 0 || config.blocksPerSm > std::max<int64_t>(use.blocksPerSm, 1))
    return Refusal{"blocks-per-sm", "0 to " + number(use.blocksPerSm) + " thread blocks an SM",
                   "blocks_per_sm is " + number(config.blocksPerSm)};
  if (use.blocksPerSm < 1)
    return Refusal{"registers", number(use.registers * use.threads) + " registers a thread block",
                   chip + " has " + number(gpu.registersPerSm)};
  return std::nullopt;
}

} // namespace msa
