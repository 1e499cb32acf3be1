//===- RankMmaSync.h - order of candidates on cp.async + mma.sync -*- C++ -*-===//
#ifndef MSA_LIB_STRATEGY_RANKMMASYNC_H
#define MSA_LIB_STRATEGY_RANKMMASYNC_H
#include "msa/Strategy/Candidates.h"

namespace msa {

/// Distinct blocks of n neighbouring tokens, as a power of n: 0.23 is what the real model shows (22 of 64 over 4 tokens), 1 is no
/// agreement at all. In between, nearer to agreement.
inline constexpr double kUnionPower = 0.6;

/// Estimated microseconds of one SM per query token and KV head. Only the order matters, here and below.
double prefillCostOnMmaSync(const Problem &problem, const Candidate &candidate);

/// Estimated microseconds of the whole grid and the combine.
double decodeCostOnMmaSync(const Problem &problem, const Candidate &candidate, const AttendSizes &sizes,
                           const GpuSpec &gpu);

/// Estimated microseconds of the whole grid of an index kernel.
double indexCostOnMmaSync(const Problem &problem, const Candidate &candidate, const IndexSizes &sizes,
                          const GpuSpec &gpu);
double indexCostOnWgmma(const Problem &problem, const Candidate &candidate, const IndexSizes &sizes,
                        const GpuSpec &gpu);

/// Dropped ones last, else cheapest first.
void sortByCost(std::vector<Candidate> &candidates);

} // namespace msa
#endif
