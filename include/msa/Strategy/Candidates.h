//===- Candidates.h - which numbers a kernel may be built with --*- C++ -*-===//
//
// Plain data in, plain data out: the pass, the tuner and the tests ask the same questions. Nothing after this floor looks at a
// chip's name or at the chip table again.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_STRATEGY_CANDIDATES_H
#define MSA_STRATEGY_CANDIDATES_H
#include "msa/Support/GpuSpec.h"
#include "msa/Support/Problem.h"
#include "msa/Support/Refusal.h"
#include "msa/Support/ResourceModel.h"
#include "msa/Support/TileConfig.h"
#include <optional>
#include <string>
#include <vector>

namespace msa {

/// What is known of an attend beyond its problem; kDynamicSize where only the run knows.
struct AttendSizes {
  static constexpr int64_t kDynamicSize = -1;
  int64_t totalQ = kDynamicSize; ///< query tokens of all requests
  int64_t batch = kDynamicSize;  ///< requests
  bool batched = false; ///< some operand counts requests (page_table, seqused_k, a dense key); without one there is one
};

/// The same of an index_scores.
struct IndexSizes : AttendSizes {
  int64_t maxBlocks = kDynamicSize; ///< KV blocks of a request, at most
};

/// Why no recipe of any size can run `problem` on a GPU, if so: "dtype-no-mma".
std::optional<Refusal> checkAttend(const Problem &problem);

/// Why `config` cannot be built for `problem` on `gpu`, if so: "kv-tile", "query-tile", "warps", "kv-stages", "splits", "registers",
/// "smem", "blocks-per-sm". Assumes checkAttend passed. `kind` is DecodeSplitKv or PrefillQueryTile.
std::optional<Refusal> verifyConfig(const Problem &problem, StrategyKind kind, const TileConfig &config,
                                    const GpuSpec &gpu);

/// The same for index scores: "kv-tile", "query-tile", "warps", "kv-stages", "chunk-blocks", "splits", "registers", "smem",
/// "blocks-per-sm".
std::optional<Refusal> verifyIndexConfig(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);

/// The same for a selection from index queries and keys in one launch.
std::optional<Refusal> verifyIndexSelect(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);

/// Whether the instruction and the warps' roles fit each other and the chip: "mma", "warps", "query-tile".
std::optional<Refusal> checkRoles(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);

/// What these have in common: "kv-stages"; and whether thread blocks fit an SM: "registers", "smem", "blocks-per-sm".
std::optional<Refusal> checkStages(const TileConfig &config);
std::optional<Refusal> checkFits(const TileConfig &config, const AttendUse &use, const GpuSpec &gpu);

/// Decode where few query tokens a request are certain or, without `cu_seqlens_q`, to be expected.
StrategyKind attendStrategy(const Problem &problem, const AttendSizes &sizes);

/// The one configuration of a combine of `splits` partial results: a thread a column.
TileConfig combineConfig(int64_t splits, int64_t headDim);

struct Candidate {
  TileConfig config;
  AttendUse use;
  std::optional<Refusal> refusal; ///< why it was dropped
  double cost = 0;                ///< of those that were not; only their order means something
};

/// Every configuration worth a look, dropped ones included, cheapest first.
std::vector<Candidate> attendCandidates(const Problem &problem, StrategyKind kind, const AttendSizes &sizes,
                                        const GpuSpec &gpu);

std::vector<Candidate> indexCandidates(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu);
/// The same of PrefillKvOuter: what a thread block takes, why `config` cannot be built ("query-chunk" too), every configuration.
AttendUse kvOuterUse(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);
std::optional<Refusal> verifyKvOuter(const Problem &problem, const TileConfig &config, const GpuSpec &gpu);
std::vector<Candidate> kvOuterCandidates(const Problem &problem, const GpuSpec &gpu);
/// Query tokens whose partial results take about 2 GiB.
int64_t kvOuterQueryChunk(const Problem &problem);

/// Their costs and that of the two launches are on one scale.
std::vector<Candidate> indexSelectCandidates(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu);
/// Where only the run knows how many tokens there are: calls of fewer than fill the chip go by scores.
void leaveShortCallsToTwo(const Problem &problem, Candidate &candidate, const GpuSpec &gpu);
double scoresThenTopKCost(const Problem &problem, const IndexSizes &sizes, const GpuSpec &gpu);

/// "query_tile = 4, kv_tile = 64, kv_stages = 2, splits = 0, warps = 4".
std::string spell(const TileConfig &config);

} // namespace msa
#endif
