//===- NormalizeSelection.cpp - input -> normal ---------------------------===//
//
// Three steps, each on its own: queries become packed, defaults become explicit, selections get the one layout.
//
//===----------------------------------------------------------------------===//
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_NORMALIZESELECTION
#include "msa/Transforms/Passes.h.inc"

namespace {

//===----------------------------------------------------------------------===//
// Dense -> packed
//===----------------------------------------------------------------------===//

/// [batch, seqlen, heads, dim] <-> [total_q, heads, dim].
SmallVector<ReassociationIndices> packedAxes() { return {{0, 1}, {2}, {3}}; }

RankedTensorType packedType(RankedTensorType dense) {
  QueryShape shape = queryShapeOf(dense);
  return dense.clone({shape.totalQ, shape.heads, shape.dim});
}

/// `operand` holds a dense query: hands the op the packed one.
void packQuery(OpOperand &operand, OpBuilder &builder) {
  Value query = operand.get();
  auto type = cast<RankedTensorType>(query.getType());
  if (type.getRank() != 4) return;
  operand.set(tensor::CollapseShapeOp::create(builder, query.getLoc(), packedType(type), query, packedAxes()));
}

/// An attend on dense queries: packs them and its output. The LSE is packed already.
void packAttend(AttendOp op, IRRewriter &rewriter) {
  auto query = cast<RankedTensorType>(op.getQuery().getType());
  if (query.getRank() != 4) return;
  rewriter.setInsertionPoint(op);
  OpResult output = op->getResult(0);
  auto dense = cast<RankedTensorType>(output.getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t axis = 0; axis < 4; ++axis)
    sizes.push_back(dense.isDynamicDim(axis) ? sizeOf(rewriter, op.getLoc(), op.getQuery(), axis)
                                             : OpFoldResult(rewriter.getIndexAttr(dense.getDimSize(axis))));
  packQuery(op.getQueryMutable(), rewriter);
  output.setType(packedType(dense));
  rewriter.setInsertionPointAfter(op);
  auto expanded = tensor::ExpandShapeOp::create(rewriter, op.getLoc(), dense, output, packedAxes(), sizes);
  rewriter.replaceAllUsesExcept(output, expanded, expanded);
}

//===----------------------------------------------------------------------===//
// Explicit attributes
//===----------------------------------------------------------------------===//

template <typename OpTy> void makeScaleExplicit(OpTy op, Builder &builder) {
  if (!op.getSoftmaxScaleAttr()) op.setSoftmaxScaleAttr(builder.getF32FloatAttr(softmaxScaleOf(op)));
}
template <typename OpTy> void makeSelectionExplicit(OpTy op) { op.setSelectionAttr(selectionOf(op)); }

//===----------------------------------------------------------------------===//
// One layout
//===----------------------------------------------------------------------===//

/// The contract that the producer of `selected` gives it, if that is an op of ours.
SelectionAttr producedContract(Value selected) {
  if (auto select = selected.getDefiningOp<SelectBlocksOp>()) return selectionOf(select);
  if (auto relayout = selected.getDefiningOp<RelayoutSelectionOp>()) return relayout.getTo();
  return {};
}

/// The contract a reader names must be the one it gets; where it names a weaker or stronger order, the true one is noted.
template <typename OpTy> LogicalResult agreeWithProducer(OpTy reader) {
  SelectionAttr produced = producedContract(reader.getSelected()), read = selectionOf(reader);
  if (!produced) return success();
  if (produced.getLayout() != read.getLayout()) {
    InFlightDiagnostic diag = reader.emitOpError()
                              << "expects a selection of layout " << stringifySelectionLayout(read.getLayout())
                              << ", but it is produced in layout " << stringifySelectionLayout(produced.getLayout());
    diag.attachNote(reader.getSelected().getLoc()) << "produced here";
    return diag;
  }
  reader.setSelectionAttr(produced);
  return success();
}

bool isReader(Operation *op) { return isa<AttendOp, TransposeSelectionOp>(op); }

SelectionAttr inLayoutHqk(SelectionAttr contract) {
  return SelectionAttr::get(contract.getContext(), SelectionLayout::HQK, contract.getOrder());
}

/// A producer that only readers see changes its own layout, and theirs.
void produceHqk(SelectBlocksOp op) {
  SelectionAttr contract = selectionOf(op);
  OpResult selection = op->getResult(0);
  bool onlyReaders = llvm::all_of(selection.getUsers(), isReader);
  bool hasScores = op->getNumResults() > 1; // in the same layout, for someone else
  if (contract.getLayout() == SelectionLayout::HQK || !onlyReaders || hasScores) return;
  auto type = cast<RankedTensorType>(selection.getType());
  selection.setType(type.clone({type.getDimSize(1), type.getDimSize(0), type.getDimSize(2)}));
  op.setSelectionAttr(inLayoutHqk(contract));
  for (Operation *user : selection.getUsers()) user->setAttr("selection", inLayoutHqk(contract));
}

/// A reader of layout qhk reads a relayout.
template <typename OpTy> void readHqk(OpTy reader, OpBuilder &builder) {
  SelectionAttr from = selectionOf(reader);
  if (from.getLayout() == SelectionLayout::HQK) return;
  // Ids stay in place; the order by score survives, but is not a contract to go to.
  SelectionOrder order = from.getOrder() == SelectionOrder::Score ? SelectionOrder::Any : from.getOrder();
  auto to = SelectionAttr::get(builder.getContext(), SelectionLayout::HQK, order);
  Value selected = reader.getSelected();
  auto type = cast<RankedTensorType>(selected.getType());
  builder.setInsertionPoint(reader);
  auto relayout = RelayoutSelectionOp::create(
      builder, reader.getLoc(), TypeRange{type.clone({type.getDimSize(1), type.getDimSize(0), type.getDimSize(2)})},
      selected, /*outs=*/ValueRange(), from, to, StrategyAttr(), TileConfigAttr());
  reader.getSelectedMutable().assign(relayout->getResult(0));
  reader.setSelectionAttr(to);
}

struct NormalizeSelection : impl::NormalizeSelectionBase<NormalizeSelection> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> ops;
    bool failedOnce = false;
    getOperation()->walk([&](Operation *op) {
      if (!isa_and_nonnull<MsaDialect>(op->getDialect())) return;
      ops.push_back(op);
      if (llvm::any_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
        failedOnce |= failed(op->emitOpError() << "expects tensors in the input phase, but works on memrefs");
      else if (isa<AttentionOp>(op))
        failedOnce |= failed(op->emitOpError() << "expects to be decomposed before, but is whole");
    });
    if (failedOnce) return signalPassFailure();

    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      if (auto attend = dyn_cast<AttendOp>(op)) {
        packAttend(attend, rewriter);
        makeScaleExplicit(attend, rewriter);
        makeSelectionExplicit(attend);
      } else if (auto scores = dyn_cast<IndexScoresOp>(op)) {
        packQuery(scores.getIndexQueryMutable(), rewriter);
        makeScaleExplicit(scores, rewriter);
      } else if (auto select = dyn_cast<SelectBlocksOp>(op)) {
        if (select.getIndexQuery()) {
          packQuery(*select.getIndexQueryMutable().begin(), rewriter);
          makeScaleExplicit(select, rewriter);
        }
        makeSelectionExplicit(select);
      } else if (auto transpose = dyn_cast<TransposeSelectionOp>(op)) {
        makeSelectionExplicit(transpose);
      }
    }

    for (Operation *op : ops) {
      if (auto attend = dyn_cast<AttendOp>(op)) failedOnce |= failed(agreeWithProducer(attend));
      else if (auto transpose = dyn_cast<TransposeSelectionOp>(op)) failedOnce |= failed(agreeWithProducer(transpose));
    }
    if (failedOnce) return signalPassFailure();

    for (Operation *op : ops)
      if (auto select = dyn_cast<SelectBlocksOp>(op)) produceHqk(select);
    for (Operation *op : ops) {
      if (auto attend = dyn_cast<AttendOp>(op)) readHqk(attend, rewriter);
      else if (auto transpose = dyn_cast<TransposeSelectionOp>(op)) readHqk(transpose, rewriter);
    }

    // A relayout of a relayout is one, or none.
    RewritePatternSet patterns(&getContext());
    RelayoutSelectionOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) signalPassFailure();
  }
};
} // namespace
} // namespace mlir::msa
