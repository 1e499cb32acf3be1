#include "Decide.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {

template <typename OpT> static ::msa::IndexSizes sizesOf(OpT op) {
  auto known = [](int64_t size) { return ShapedType::isDynamic(size) ? ::msa::AttendSizes::kDynamicSize : size; };
  // Dense queries come packed by the normal phase; what they were still says how many tokens a request has.
  auto packed = op.getIndexQuery().template getDefiningOp<tensor::CollapseShapeOp>();
  ShapedType query = packed ? cast<ShapedType>(packed.getSrcType()) : shapedTypeOf(op.getIndexQuery());
  bool paged = bool(op.getPageTable());
  KeyShape key = indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), paged);
  ::msa::IndexSizes sizes;
  sizes.totalQ = known(queryShapeOf(query).totalQ);
  sizes.batch = known(batchSizeOf(batchOperandsOf(op), query, key));
  sizes.maxBlocks = known(maxBlocksOf(op));
  bool longQuery = query.getRank() == 4 && query.isDynamicDim(1);
  sizes.batched =
      !longQuery && (paged || op.getSequsedK() || op.getCuSeqlensK() || key.layout == ::msa::KvLayout::Dense);
  return sizes;
}

::msa::IndexSizes indexSizesOf(SelectBlocksOp op) { return sizesOf(op); }

FailureOr<Decision> decide(IndexScoresOp op, const DecideFor &target) {
  const ::msa::GpuSpec &gpu = target.gpu;
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  if (std::optional<::msa::Refusal> refusal = ::msa::checkAttend(*problem)) return refuse(op, *refusal);
  Decision decision{StrategyKind::IndexScore, std::nullopt, "the only recipe"};
  if (StrategyAttr given = op.getStrategyAttr(); given && given.getKind() != StrategyKind::IndexScore)
    return refuse(op, {"no-recipe", "a recipe that computes msa.index_scores on " + target.name(),
                       "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
  if (TileConfigAttr given = op.getTileConfigAttr()) {
    decision.config = tileConfigOf(given);
    decision.reason += ", with the op's own numbers";
    if (std::optional<::msa::Refusal> refusal = ::msa::verifyIndexConfig(*problem, *decision.config, gpu))
      return refuse(op, *refusal);
    return decision;
  }
  std::vector<::msa::Candidate> candidates = ::msa::indexCandidates(*problem, sizesOf(op), gpu);
  int64_t dropped = llvm::count_if(candidates, [](const ::msa::Candidate &c) { return c.refusal.has_value(); });
  if (target.explain)
    for (const ::msa::Candidate &candidate : candidates)
      if (candidate.refusal)
        op.emitRemark() << "dropped " << ::msa::spell(candidate.config) << ": " << candidate.refusal->message();
  const ::msa::Candidate &best = candidates.front(); // 16 keys a step are a candidate of every block
  if (best.refusal) return refuse(op, *best.refusal);
  decision.config = best.config;
  decision.reason += "; cheapest of " + std::to_string(candidates.size() - dropped) + " candidates (" +
                     std::to_string(dropped) + " dropped): " + std::to_string(best.use.rows) + " rows, about " +
                     std::to_string(best.use.registers) + " registers a thread and " +
                     std::to_string(best.use.smemBytes) + " bytes of shared memory, " +
                     std::to_string(best.use.blocksPerSm) + " thread blocks an SM";
  return decision;
}

} // namespace mlir::msa
