//===- SelectStrategy.cpp - normal -> decided -----------------------------===//
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "msa/Strategy/Candidates.h"
#include "msa/Strategy/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_SELECTSTRATEGY
#include "msa/Strategy/Passes.h.inc"

namespace {
using ::msa::Candidate;
using ::msa::GpuSpec;
using ::msa::Refusal;

/// Gives one op its attributes. Every op of the dialect has the same two.
struct Decision {
  StrategyKind kind;
  std::optional<::msa::TileConfig> config;
  std::string reason; ///< one line
};

struct SelectStrategy : impl::SelectStrategyBase<SelectStrategy> {
  using SelectStrategyBase::SelectStrategyBase;

  void runOnOperation() override {
    const GpuSpec *gpu = ::msa::lookupGpu(target);
    if (!gpu && target != "cpu") {
      Refusal refusal{"unknown-target", "one of " + ::msa::knownTargets(), "got '" + target + "'"};
      emitError(getOperation().getLoc(), refusal.message());
      return signalPassFailure();
    }
    // All ops are decided even if one is refused, so that one run names every obstacle.
    bool refused = false;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<MsaDialect>(op->getDialect())) refused |= failed(decide(op, gpu));
    });
    if (refused) signalPassFailure();
  }

  LogicalResult decide(Operation *op, const GpuSpec *gpu) {
    FailureOr<Decision> decision = failure();
    if (!gpu)
      decision = Decision{StrategyKind::Cpu, std::nullopt, "the target is the CPU"};
    else if (auto attend = dyn_cast<AttendOp>(op))
      decision = decideAttend(attend, *gpu);
    else if (auto combine = dyn_cast<CombineOp>(op))
      decision = decideCombine(combine);
    else
      return refuse(op, {"no-recipe", "a recipe for " + op->getName().getStringRef().str(),
                         target + " has recipes for msa.attend and msa.combine only"});
    if (failed(decision)) return failure();
    op->setAttr("strategy", StrategyAttr::get(&getContext(), decision->kind, target));
    if (decision->config) op->setAttr("tile_config", tileConfigAttrOf(&getContext(), *decision->config));
    if (explain)
      op->emitRemark() << "strategy " << stringifyStrategyKind(decision->kind) << " for " << target
                       << (decision->config ? " with " + ::msa::spell(*decision->config) : "") << ": " << decision->reason;
    return success();
  }

  static LogicalResult refuse(Operation *op, const Refusal &refusal) { return op->emitError(refusal.message()); }

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
    sizes.batched = !longQuery && (paged || op.getSequsedK() || op.getCuSeqlensK() || key.layout == ::msa::KvLayout::Dense);
    return sizes;
  }

  FailureOr<Decision> decideAttend(AttendOp op, const GpuSpec &gpu) {
    FailureOr<::msa::Problem> problem = problemOf(op);
    if (failed(problem)) return failure();
    if (std::optional<Refusal> refusal = ::msa::checkAttend(*problem)) return refuse(op, *refusal);

    ::msa::AttendSizes sizes = sizesOf(op);
    Decision decision;
    ::msa::StrategyKind kind = ::msa::attendStrategy(*problem, sizes);
    decision.reason = kind == ::msa::StrategyKind::DecodeSplitKv ? "few query tokens a request" : "many query tokens a request";
    if (StrategyAttr given = op.getStrategyAttr()) {
      kind = strategyKindOf(given);
      decision.reason = "given on the op";
      if (kind != ::msa::StrategyKind::DecodeSplitKv && kind != ::msa::StrategyKind::PrefillQueryTile)
        return refuse(op, {"no-recipe", "a recipe that computes msa.attend on " + target,
                           "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
    }
    else if (op.getSplits() > 0) kind = ::msa::StrategyKind::DecodeSplitKv; // partial results are what it leaves
    decision.kind = kind == ::msa::StrategyKind::DecodeSplitKv ? StrategyKind::DecodeSplitKv : StrategyKind::PrefillQueryTile;

    if (TileConfigAttr given = op.getTileConfigAttr()) {
      decision.config = tileConfigOf(given);
      decision.reason += ", with the op's own numbers";
      if (std::optional<Refusal> refusal = ::msa::verifyConfig(*problem, kind, *decision.config, gpu)) return refuse(op, *refusal);
      return decision;
    }
    std::vector<Candidate> candidates = ::msa::attendCandidates(*problem, kind, sizes, gpu);
    int64_t dropped = llvm::count_if(candidates, [](const Candidate &c) { return c.refusal.has_value(); });
    if (explain)
      for (const Candidate &candidate : candidates)
        if (candidate.refusal)
          op.emitRemark() << "dropped " << ::msa::spell(candidate.config) << ": " << candidate.refusal->message();
    if (candidates.empty() || candidates.front().refusal)
      return refuse(op, candidates.empty() ? Refusal{"kv-tile", "a KV tile of 16 to 128 keys that divides the block",
                                                     "block_size is " + std::to_string(problem->blockSize)}
                                           : *candidates.front().refusal);
    const Candidate &best = candidates.front();
    decision.config = best.config;
    if (op.getSplits() > 0) decision.config->splits = op.getSplits(); // the caller said how many parts
    decision.reason += "; cheapest of " + std::to_string(candidates.size() - dropped) + " candidates (" + std::to_string(dropped) +
                       " dropped): " + std::to_string(best.use.rows) + " rows, about " + std::to_string(best.use.registers) +
                       " registers a thread and " + std::to_string(best.use.smemBytes) + " bytes of shared memory, " +
                       std::to_string(best.use.blocksPerSm) + " thread blocks an SM";
    return decision;
  }

  FailureOr<Decision> decideCombine(CombineOp op) {
    ShapedType partial = shapedTypeOf(op.getPartial());
    int64_t splits = partial.getDimSize(0);
    if (ShapedType::isDynamic(splits))
      return refuse(op, {"splits", "a static number of partial results", "it is dynamic"});
    return Decision{StrategyKind::CombineRows, ::msa::combineConfig(splits, partial.getDimSize(3)), "the only recipe"};
  }
};
} // namespace
} // namespace mlir::msa
