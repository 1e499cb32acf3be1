#include "Decide.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {

/// What is known of the sizes of a call.
static ::msa::AttendSizes sizesOf(AttendOp op) {
  auto known = [](int64_t size) { return ShapedType::isDynamic(size) ? ::msa::AttendSizes::kDynamicSize : size; };
  // Dense queries come packed by the normal phase; what they were still says how many tokens a request has.
  auto packed = op.getQuery().getDefiningOp<tensor::CollapseShapeOp>();
  ShapedType query = packed ? cast<ShapedType>(packed.getSrcType()) : shapedTypeOf(op.getQuery());
  bool paged = bool(op.getPageTable());
  KeyShape key = keyShapeOf(shapedTypeOf(op.getKey()), paged);
  ::msa::AttendSizes sizes;
  sizes.totalQ = known(queryShapeOf(query).totalQ);
  sizes.batch = known(batchSizeOf(batchOperandsOf(op), query, key));
  // A dense query of unknown length says that requests are long, not that they are few tokens.
  bool longQuery = query.getRank() == 4 && query.isDynamicDim(1);
  sizes.batched =
      !longQuery && (paged || op.getSequsedK() || op.getCuSeqlensK() || key.layout == ::msa::KvLayout::Dense);
  return sizes;
}

/// Whether neighbours agree too little for a tile of queries to share its blocks. From the keys' side a selection takes the same time
/// whatever it is: as long as query tiles take at about this overlap (one H100, 32K tokens: 8.5 ms, against 13.9 where neighbours share
/// nothing and 6.1 at 90 %; 128K tokens: 36 against 77 and 27).
static bool preferKvOuter(const ::msa::Problem &problem, const ::msa::AttendSizes &sizes, const DecideFor &target) {
  constexpr int64_t kBreakEven = 65;
  // At 8K tokens even random selections tie (2.0 ms): few blocks are there to differ in, and query tiles take no workspace.
  constexpr int64_t kFewTokens = 16384;
  bool few = sizes.totalQ != ::msa::AttendSizes::kDynamicSize && sizes.totalQ < kFewTokens;
  if (target.overlap >= kBreakEven || few) return false;
  ::msa::Candidate best = ::msa::kvOuterCandidates(problem, target.gpu).front();
  return !best.refusal && best.config.mma == ::msa::MmaKind::Wgmma; // as it was measured
}

FailureOr<Decision> decide(AttendOp op, const DecideFor &target) {
  const ::msa::GpuSpec &gpu = target.gpu;
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  if (std::optional<::msa::Refusal> refusal = ::msa::checkAttend(*problem)) return refuse(op, *refusal);

  ::msa::AttendSizes sizes = sizesOf(op);
  Decision decision;
  ::msa::StrategyKind kind = ::msa::attendStrategy(*problem, sizes);
  decision.reason =
      kind == ::msa::StrategyKind::DecodeSplitKv ? "few query tokens a request" : "many query tokens a request";
  if (StrategyAttr given = op.getStrategyAttr()) {
    kind = strategyKindOf(given);
    decision.reason = "given on the op";
    if (kind != ::msa::StrategyKind::DecodeSplitKv && kind != ::msa::StrategyKind::PrefillQueryTile &&
        kind != ::msa::StrategyKind::PrefillKvOuter)
      return refuse(op, {"no-recipe", "a recipe that computes msa.attend on " + target.name(),
                         "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
  } else if (op.getSplits() > 0) kind = ::msa::StrategyKind::DecodeSplitKv; // partial results are what it leaves
  else if (kind == ::msa::StrategyKind::PrefillQueryTile && !op.getTileConfigAttr() &&
           preferKvOuter(*problem, sizes, target)) {
    kind = ::msa::StrategyKind::PrefillKvOuter;
    decision.reason += ", of which neighbours share " + std::to_string(target.overlap) + " % of their blocks";
  }
  bool kvOuter = kind == ::msa::StrategyKind::PrefillKvOuter;
  decision.kind = kvOuter                                      ? StrategyKind::PrefillKvOuter
                  : kind == ::msa::StrategyKind::DecodeSplitKv ? StrategyKind::DecodeSplitKv
                                                               : StrategyKind::PrefillQueryTile;

  if (TileConfigAttr given = op.getTileConfigAttr()) {
    decision.config = tileConfigOf(given);
    decision.reason += ", with the op's own numbers";
    std::optional<::msa::Refusal> refusal = kvOuter ? ::msa::verifyKvOuter(*problem, *decision.config, gpu)
                                                    : ::msa::verifyConfig(*problem, kind, *decision.config, gpu);
    if (refusal) return refuse(op, *refusal);
    return decision;
  }
  std::vector<::msa::Candidate> candidates =
      kvOuter ? ::msa::kvOuterCandidates(*problem, gpu) : ::msa::attendCandidates(*problem, kind, sizes, gpu);
  int64_t dropped = llvm::count_if(candidates, [](const ::msa::Candidate &c) { return c.refusal.has_value(); });
  if (target.explain)
    for (const ::msa::Candidate &candidate : candidates)
      if (candidate.refusal)
        op.emitRemark() << "dropped " << ::msa::spell(candidate.config) << ": " << candidate.refusal->message();
  if (candidates.empty() || candidates.front().refusal)
    return refuse(op, candidates.empty()
                          ? ::msa::Refusal{"kv-tile", "a KV tile of 16 to 128 keys that divides the block",
                                           "block_size is " + std::to_string(problem->blockSize)}
                          : *candidates.front().refusal);
  const ::msa::Candidate &best = candidates.front();
  decision.config = best.config;
  if (op.getSplits() > 0) decision.config->splits = op.getSplits(); // the caller said how many parts
  decision.reason += "; cheapest of " + std::to_string(candidates.size() - dropped) + " candidates (" +
                     std::to_string(dropped) + " dropped): " + std::to_string(best.use.rows) + " rows, about " +
                     std::to_string(best.use.registers) + " registers a thread and " +
                     std::to_string(best.use.smemBytes) + " bytes of shared memory, " +
                     std::to_string(best.use.blocksPerSm) + " thread blocks an SM";
  return decision;
}

FailureOr<Decision> decide(CombineOp op, const DecideFor &) {
  ShapedType partial = shapedTypeOf(op.getPartial());
  int64_t splits = partial.getDimSize(0);
  if (ShapedType::isDynamic(splits))
    return refuse(op, {"splits", "a static number of partial results", "it is dynamic"});
  return Decision{StrategyKind::CombineRows, ::msa::combineConfig(splits, partial.getDimSize(3)), "the only recipe"};
}

} // namespace mlir::msa
