// Folding and canonicalisation. Default attributes are left as they are: the normal phase wants them explicit, and a
// pattern that drops them would undo its work.
#include "dialects/Msa/IR/MsaContracts.h"
#include "dialects/Msa/IR/MsaShapes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::msa {

//===----------------------------------------------------------------------===//
// relayout_selection
//===----------------------------------------------------------------------===//

/// True where rows that keep `from` keep `to` as they are.
static bool isIdentity(SelectionAttr from, SelectionAttr to) {
  return from.getLayout() == to.getLayout() && impliesOrder(from.getOrder(), to.getOrder());
}

LogicalResult RelayoutSelectionOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  if (isBufferForm(*this) || !isIdentity(getFrom(), getTo()) || getSelected().getType() != getResult(0).getType())
    return failure();
  results.push_back(getSelected());
  return success();
}

namespace {

/// relayout(relayout(x, a -> b), b -> c) = relayout(x, a -> c): a reader may rely on c alone, and a may make it free.
struct MergeRelayouts : OpRewritePattern<RelayoutSelectionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RelayoutSelectionOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getSelected().getDefiningOp<RelayoutSelectionOp>();
    if (!inner || isBufferForm(op)) return failure();
    SelectionAttr from = inner.getFrom();
    rewriter.modifyOpInPlace(op, [&] {
      op.getSelectedMutable().assign(inner.getSelected());
      op.setFromAttr(from);
    });
    return success();
  }
};

//===----------------------------------------------------------------------===//
// All ops
//===----------------------------------------------------------------------===//

/// `op` with other result types. Operands and attributes stay.
Operation *withResultTypes(Operation *op, TypeRange types, PatternRewriter &rewriter) {
  OperationState state(op->getLoc(), op->getName(), op->getOperands(), types, op->getAttrs());
  return rewriter.create(state);
}

/// Drops optional results that nobody reads: trailing ones, which `keep` says are not needed.
LogicalResult dropTrailingResults(Operation *op, unsigned minResults, PatternRewriter &rewriter) {
  unsigned count = op->getNumResults();
  while (count > minResults && op->getResult(count - 1).use_empty()) --count;
  if (count == op->getNumResults()) return failure();
  Operation *smaller = withResultTypes(op, TypeRange(op->getResultTypes()).take_front(count), rewriter);
  SmallVector<Value> values(smaller->getResults());
  values.resize(op->getNumResults()); // null for results without uses
  rewriter.replaceOp(op, values);
  return success();
}

/// attend, combine, select_blocks: the second result where it is optional.
template <typename OpTy> struct DropUnusedResult : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    if constexpr (std::is_same_v<OpTy, AttendOp>)
      if (op.getSplits() > 0) // partial results are of no use without their LSE
        return failure();
    return op->getNumResults() < 2 ? failure() : dropTrailingResults(op, 1, rewriter);
  }
};

/// attention: LSE and selection, either or both.
struct DropUnusedAttentionResults : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter &rewriter) const override {
    SmallVector<Type> types;
    SmallVector<unsigned> kept;
    for (OpResult result : op->getResults()) {
      if (result.getResultNumber() > 0 && result.use_empty()) continue;
      types.push_back(result.getType());
      kept.push_back(result.getResultNumber());
    }
    if (kept.size() == op->getNumResults()) return failure();
    Operation *smaller = withResultTypes(op, types, rewriter);
    SmallVector<Value> values(op->getNumResults());
    for (auto [i, number] : llvm::enumerate(kept)) values[number] = smaller->getResult(i);
    rewriter.replaceOp(op, values);
    return success();
  }
};

/// No query tokens, no work: every result with a size of 0 is an empty tensor.
template <typename OpTy> struct ReplaceEmpty : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto isEmpty = [](Type type) { return llvm::is_contained(cast<RankedTensorType>(type).getShape(), 0); };
    if (op->getNumResults() == 0 || !llvm::all_of(op->getResultTypes(), isEmpty)) return failure();
    ReifiedRankedShapedTypeDims shapes;
    if (failed(reifyResultShapes(rewriter, op, shapes))) return failure();
    SmallVector<Value> values;
    for (auto [result, sizes] : llvm::zip(op->getResults(), shapes))
      values.push_back(tensor::EmptyOp::create(rewriter, op.getLoc(), sizes, shapedTypeOf(result).getElementType()));
    rewriter.replaceOp(op, values);
    return success();
  }
};

/// Sees through casts that forget sizes, and lets results know what their operands know.
template <typename OpTy> struct FoldCasts : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    bool changed = false;
    rewriter.startOpModification(op);
    for (OpOperand &operand : op->getOpOperands()) {
      auto cast = operand.get().getDefiningOp<tensor::CastOp>();
      if (!cast || !tensor::canFoldIntoConsumerOp(cast)) continue;
      operand.set(cast.getSource());
      changed = true;
    }
    if (!changed) {
      rewriter.cancelOpModification(op);
      return failure();
    }
    rewriter.finalizeOpModification(op);
    refineResults(op, rewriter);
    return success();
  }

private:
  /// Result types with the sizes that the operands make known; uses keep the types they had.
  static void refineResults(OpTy op, PatternRewriter &rewriter) {
    SmallVector<Type> types, old = llvm::to_vector(op->getResultTypes());
    for (auto [type, shape] : llvm::zip(old, resultSizes(rewriter, op))) {
      SmallVector<int64_t> sizes = llvm::to_vector(cast<RankedTensorType>(type).getShape());
      for (auto [size, known] : llvm::zip(sizes, shape))
        if (ShapedType::isDynamic(size)) size = getConstantIntValue(known).value_or(size);
      types.push_back(cast<RankedTensorType>(type).clone(sizes));
    }
    if (types == old) return;
    Operation *refined = withResultTypes(op, types, rewriter);
    SmallVector<Value> values;
    for (auto [value, type] : llvm::zip(refined->getResults(), old))
      values.push_back(value.getType() == type
                           ? Value(value)
                           : tensor::CastOp::create(rewriter, op.getLoc(), type, value).getResult());
    rewriter.replaceOp(op, values);
  }
};

template <typename OpTy> void addCommon(RewritePatternSet &patterns) {
  patterns.add<FoldCasts<OpTy>, ReplaceEmpty<OpTy>>(patterns.getContext());
}

} // namespace

void IndexScoresOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  addCommon<IndexScoresOp>(patterns);
}
void SelectBlocksOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  addCommon<SelectBlocksOp>(patterns);
  patterns.add<DropUnusedResult<SelectBlocksOp>>(context);
}
void TransposeSelectionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  // Not replaced where empty: its row offsets are zeros, not nothing.
  patterns.add<FoldCasts<TransposeSelectionOp>>(patterns.getContext());
}
void RelayoutSelectionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  addCommon<RelayoutSelectionOp>(patterns);
  patterns.add<MergeRelayouts>(context);
}
void AttendOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  addCommon<AttendOp>(patterns);
  patterns.add<DropUnusedResult<AttendOp>>(context);
}
void CombineOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  addCommon<CombineOp>(patterns);
  patterns.add<DropUnusedResult<CombineOp>>(context);
}
void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  addCommon<AttentionOp>(patterns);
  patterns.add<DropUnusedAttentionResults>(context);
}

} // namespace mlir::msa
