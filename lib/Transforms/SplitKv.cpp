//===- SplitKv.cpp - decided -> split, second half ------------------------===//
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/IR/PatternMatch.h"
#include "msa/Strategy/Candidates.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_SPLITKV
#include "msa/Transforms/Passes.h.inc"

namespace {
/// Replaces `op` by an attend with partial results and a combine that gives what `op` gave.
void splitKv(AttendOp op, int64_t splits, IRRewriter &rewriter) {
  MLIRContext *context = op.getContext();
  rewriter.setInsertionPoint(op);
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape = llvm::to_vector(output.getShape()); // [total_q, num_q_heads, head_dim]
  int64_t headDim = shape.back();
  shape.insert(shape.begin(), splits);
  Type f32 = rewriter.getF32Type();
  SmallVector<Type> types = {RankedTensorType::get(shape, f32),
                             RankedTensorType::get(ArrayRef(shape).drop_back(), f32)};
  AttendOp::Properties properties = op.getProperties();
  properties.splits = rewriter.getI64IntegerAttr(splits);
  auto partial = AttendOp::create(rewriter, op.getLoc(), types, op->getOperands(), properties,
                                  llvm::to_vector(op->getDiscardableAttrs()));
  auto strategy = StrategyAttr::get(context, StrategyKind::CombineRows, op.getStrategyAttr().getTarget());
  auto combine = CombineOp::create(rewriter, op.getLoc(), op->getResultTypes(), partial->getResult(0),
                                   partial->getResult(1), /*outs=*/ValueRange(), strategy,
                                   tileConfigAttrOf(context, ::msa::combineConfig(splits, headDim)));
  rewriter.replaceOp(op, combine);
}

struct SplitKv : impl::SplitKvBase<SplitKv> {
  void runOnOperation() override {
    SmallVector<AttendOp> ops;
    getOperation()->walk([&](AttendOp op) {
      TileConfigAttr config = op.getTileConfigAttr();
      if (config && config.getSplits() > 1 && op.getSplits() == 0 && !isBufferForm(op)) ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (AttendOp op : ops) {
      if (!op.getStrategyAttr() || queryShapeOf(shapedTypeOf(op.getQuery())).dense) {
        op.emitOpError() << "expects a strategy and packed queries to split KV, but has "
                         << (op.getStrategyAttr() ? "dense queries" : "no strategy");
        return signalPassFailure();
      }
      splitKv(op, op.getTileConfigAttr().getSplits(), rewriter);
    }
  }
};
} // namespace
} // namespace mlir::msa
