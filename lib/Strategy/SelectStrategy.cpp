//===- SelectStrategy.cpp - normal -> decided -----------------------------===//
#include "Decide.h"
#include "msa/Strategy/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_SELECTSTRATEGY
#include "msa/Strategy/Passes.h.inc"

namespace {
using ::msa::GpuSpec;
using ::msa::Refusal;

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
    if (!gpu) decision = Decision{StrategyKind::Cpu, std::nullopt, "the target is the CPU"};
    else decision = decideOnGpu(op, {*gpu, overlap, explain});
    if (failed(decision)) return failure();
    op->setAttr("strategy", StrategyAttr::get(&getContext(), decision->kind, target));
    if (decision->config) op->setAttr("tile_config", tileConfigAttrOf(&getContext(), *decision->config));
    if (explain)
      op->emitRemark() << "strategy " << stringifyStrategyKind(decision->kind) << " for " << target
                       << (decision->config ? " with " + ::msa::spell(*decision->config) : "") << ": "
                       << decision->reason;
    return success();
  }

  static FailureOr<Decision> decideFromIndex(SelectBlocksOp op, const DecideFor &target) {
    StrategyAttr given = op.getStrategyAttr();
    ::msa::IndexSizes sizes = indexSizesOf(op);
    if (given && given.getKind() == StrategyKind::IndexSelect) return decideIndexSelect(op, target, sizes);
    std::string reason = "given on the op";
    if (!given && !op.getTileConfigAttr())
      if (std::optional<Decision> decision = preferOneLaunch(op, target, sizes, reason)) return *decision;
    FailureOr<Decision> decision = decideAsTwo(op, target);
    if (succeeded(decision)) decision->reason = reason + "; " + decision->reason;
    return decision;
  }

  /// As two launches it is decided as they are. Its tile config is that of the
  /// scores; the numbers of the selection from them follow from the op alone (`selectConfig`).
  static FailureOr<Decision> decideAsTwo(SelectBlocksOp op, const DecideFor &target) {
    if (StrategyAttr given = op.getStrategyAttr(); given && given.getKind() != StrategyKind::ScoresThenTopK)
      return refuse(op,
                    {"no-recipe", "a recipe that computes msa.select_blocks from an index branch on " + target.name(),
                     "the op asks for " + stringifyStrategyKind(given.getKind()).str()});
    OpBuilder builder(op);
    Operation *before = op->getPrevNode();
    FailureOr<SmallVector<Value>> values = op.decomposeOperation(builder);
    if (failed(values)) return failure();
    auto select = values->front().getDefiningOp<SelectBlocksOp>();
    auto scores = select.getScores().getDefiningOp<IndexScoresOp>();
    for (Operation *part : {scores.getOperation(), select.getOperation()}) part->removeAttr("strategy");
    if (op.getTileConfigAttr()) scores.setTileConfigAttr(op.getTileConfigAttr());
    select.removeTileConfigAttr();
    FailureOr<Decision> first = decideOnGpu(scores, target), second = decideOnGpu(select, target);
    while (op->getPrevNode() != before) op->getPrevNode()->erase();
    if (failed(first) || failed(second)) return failure();
    return Decision{StrategyKind::ScoresThenTopK, first->config,
                    "scores (" + first->reason + "), then a selection (" + second->reason + ")"};
  }

  static FailureOr<Decision> decideOnGpu(Operation *op, const DecideFor &target) {
    if (auto attend = dyn_cast<AttendOp>(op)) return mlir::msa::decide(attend, target);
    if (auto combine = dyn_cast<CombineOp>(op)) return mlir::msa::decide(combine, target);
    if (auto relayout = dyn_cast<RelayoutSelectionOp>(op)) return mlir::msa::decide(relayout, target);
    if (auto select = dyn_cast<SelectBlocksOp>(op))
      return select.getScores() ? mlir::msa::decide(select, target) : decideFromIndex(select, target);
    if (auto transpose = dyn_cast<TransposeSelectionOp>(op)) return mlir::msa::decide(transpose, target);
    if (auto scores = dyn_cast<IndexScoresOp>(op)) return mlir::msa::decide(scores, target);
    return refuse(op, {"no-recipe", "a recipe for " + op->getName().getStringRef().str(),
                       target.name() +
                           " has recipes for msa.attend, msa.combine, msa.index_scores, msa.relayout_selection, "
                           "msa.transpose_selection and msa.select_blocks over scores only"});
  }
};
} // namespace
} // namespace mlir::msa
