#ifndef MSA_LIB_STRATEGY_RANKWGMMA_H
#define MSA_LIB_STRATEGY_RANKWGMMA_H
#include "msa/Strategy/Candidates.h"

namespace msa {

/// Microseconds of an SM that one token of one KV head takes in a prefill kernel of roles and wgmma, on the scale of
/// prefillCostOnMmaSync.
double costOnWgmma(const Problem &problem, const Candidate &candidate);

} // namespace msa
#endif
