//===- SplitIntoLaunches.cpp - decided -> split, first half ---------------===//
#include "mlir/IR/PatternMatch.h"
#include "msa/Strategy/SelectConfig.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_SPLITINTOLAUNCHES
#include "msa/Transforms/Passes.h.inc"

namespace {
bool isScoresThenTopK(Operation *op) {
  auto select = dyn_cast<SelectBlocksOp>(op);
  StrategyAttr strategy = select ? select.getStrategyAttr() : StrategyAttr();
  return strategy && strategy.getKind() == StrategyKind::ScoresThenTopK;
}

/// True where no recipe computes `op` in one launch.
bool isSeveralLaunches(linalg::AggregatedOpInterface op) {
  return isa<AttentionOp>(op.getOperation()) || isScoresThenTopK(op);
}

/// The two launches of a selection that was decided so.
void decideParts(SelectBlocksOp whole, SelectBlocksOp select) {
  MLIRContext *context = whole.getContext();
  StringRef target = whole.getStrategyAttr().getTarget();
  auto scores = select.getScores().getDefiningOp<IndexScoresOp>();
  scores.setStrategyAttr(StrategyAttr::get(context, StrategyKind::IndexScore, target));
  scores.setTileConfigAttr(whole.getTileConfigAttr());
  select.setStrategyAttr(StrategyAttr::get(context, StrategyKind::SelectTopK, target));
  select.setTileConfigAttr(tileConfigAttrOf(context, selectConfig(select)));
}

struct SplitIntoLaunches : impl::SplitIntoLaunchesBase<SplitIntoLaunches> {
  void runOnOperation() override {
    SmallVector<linalg::AggregatedOpInterface> ops;
    getOperation()->walk([&](linalg::AggregatedOpInterface op) {
      if (isSeveralLaunches(op)) ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::AggregatedOpInterface op : ops) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
      if (failed(values)) return signalPassFailure();
      if (isScoresThenTopK(op))
        decideParts(cast<SelectBlocksOp>(op.getOperation()), values->front().getDefiningOp<SelectBlocksOp>());
      rewriter.replaceOp(op, *values);
    }
  }
};
} // namespace
} // namespace mlir::msa
