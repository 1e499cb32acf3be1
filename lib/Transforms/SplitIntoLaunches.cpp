//===- SplitIntoLaunches.cpp - decided -> split, first half ---------------===//
#include "mlir/IR/PatternMatch.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_SPLITINTOLAUNCHES
#include "msa/Transforms/Passes.h.inc"

namespace {
/// True where no recipe computes `op` in one launch. (The fused select_blocks, which can be taken apart too, is one.)
bool isSeveralLaunches(linalg::AggregatedOpInterface op) { return isa<AttentionOp>(op.getOperation()); }

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
      rewriter.replaceOp(op, *values);
    }
  }
};
} // namespace
} // namespace mlir::msa
