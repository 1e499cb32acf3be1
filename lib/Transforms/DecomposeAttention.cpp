//===- DecomposeAttention.cpp - msa.attention -> select_blocks + attend ---===//
#include "mlir/IR/PatternMatch.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_DECOMPOSEATTENTION
#include "msa/Transforms/Passes.h.inc"

namespace {
struct DecomposeAttention : impl::DecomposeAttentionBase<DecomposeAttention> {
  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
      if (failed(values)) return signalPassFailure();
      rewriter.replaceOp(op, *values);
    }
  }
};
} // namespace
} // namespace mlir::msa
