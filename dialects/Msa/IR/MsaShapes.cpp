// What every op says of itself to passes that do not know it: memory effects, and its results' shapes.
#include "dialects/Msa/IR/MsaShapes.h"
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

namespace mlir::msa {

//===----------------------------------------------------------------------===//
// Memory effects
//===----------------------------------------------------------------------===//

/// On tensors an op has none. On memrefs it reads its operands and writes its `outs`, which are always its last operands.
template <typename OpTy> static void addEffects(OpTy op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  if (!isBufferForm(op)) return;
  unsigned firstOut = op->getNumOperands() - op.getOuts().size();
  for (OpOperand &operand : op->getOpOperands()) {
    MemoryEffects::Effect *effect = MemoryEffects::Read::get();
    if (operand.getOperandNumber() >= firstOut) effect = MemoryEffects::Write::get();
    effects.emplace_back(effect, &operand, SideEffects::DefaultResource::get());
  }
}

//===----------------------------------------------------------------------===//
// Result shapes
//===----------------------------------------------------------------------===//

using Sizes = SmallVector<OpFoldResult>;

/// Says what a result's type knows as attributes and the rest as values, as the interface wants it.
static void finish(Operation *op, OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  for (auto [result, sizes] : llvm::zip(op->getResults(), shapes)) {
    auto type = shapedTypeOf(result);
    for (auto [axis, size] : llvm::enumerate(sizes)) {
      if (type.isDynamicDim(axis)) size = getValueOrCreateConstantIndexOp(builder, op->getLoc(), size);
      else size = builder.getIndexAttr(type.getDimSize(axis));
    }
  }
}

/// The sizes of `value` along `axes`.
static Sizes sizesOf(OpBuilder &builder, Value value, ArrayRef<int64_t> axes) {
  Sizes sizes;
  for (int64_t axis : axes) sizes.push_back(sizeOf(builder, value.getLoc(), value, axis));
  return sizes;
}

/// The sizes of a query: those of its output, packed or dense.
static Sizes querySizes(OpBuilder &builder, Value query) {
  return shapedTypeOf(query).getRank() == 4 ? sizesOf(builder, query, {0, 1, 2, 3})
                                            : sizesOf(builder, query, {0, 1, 2});
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, IndexScoresOp op) {
  ReifiedRankedShapedTypeDims shapes;
  auto query = shapedTypeOf(op.getIndexQuery());
  shapes.push_back(
      {sizeOf(builder, op.getLoc(), op.getIndexQuery(), query.getRank() - 2),
       totalQOf(builder, op.getLoc(), op.getIndexQuery()),
       maxBlocksOf(builder, op.getLoc(), op.getIndexKey(), /*isIndexKey=*/true, op.getPageTable(), op.getBlockSize())});
  return shapes;
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, SelectBlocksOp op) {
  ReifiedRankedShapedTypeDims shapes;
  OpFoldResult heads, totalQ;
  if (Value scores = op.getScores()) {
    heads = sizeOf(builder, op.getLoc(), scores, 0);
    totalQ = sizeOf(builder, op.getLoc(), scores, 1);
  } else {
    heads = sizeOf(builder, op.getLoc(), op.getIndexQuery(), shapedTypeOf(op.getIndexQuery()).getRank() - 2);
    totalQ = totalQOf(builder, op.getLoc(), op.getIndexQuery());
  }
  Sizes sizes = {heads, totalQ, builder.getIndexAttr(op.getTopk())};
  if (selectionOf(op).getLayout() == SelectionLayout::QHK) std::swap(sizes[0], sizes[1]);
  shapes.assign(op->getNumResults(), sizes);
  return shapes;
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, TransposeSelectionOp op) {
  ReifiedRankedShapedTypeDims shapes;
  SelectionLayout layout = selectionOf(op).getLayout();
  Sizes sizes = sizesOf(builder, op.getSelected(), {headAxis(layout), tokenAxis(layout), 2});
  int64_t rows = int64_t(op.getBatch()) * int64_t(op.getMaxBlocks());
  Sizes entries = {sizes[0], mulSizes(builder, op.getLoc(), sizes[1], sizes[2])};
  shapes.push_back({sizes[0], builder.getIndexAttr(rows + 1)});
  shapes.push_back(entries);
  if (op.hasSlots()) shapes.push_back(entries);
  if (std::optional<int64_t> maxQueries = op.getMaxQueries()) {
    OpFoldResult capacity =
        worklistCapacityOf(builder, op.getLoc(), sizes[0], entries[1], sizes[1], builder.getIndexAttr(op.getBatch()),
                           builder.getIndexAttr(op.getMaxBlocks()), *maxQueries, op.getSubChunk());
    shapes.push_back({capacity, builder.getIndexAttr(4)});
    shapes.push_back({builder.getIndexAttr(1)});
  }
  return shapes;
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, RelayoutSelectionOp op) {
  ReifiedRankedShapedTypeDims shapes;
  bool swaps = op.getFrom().getLayout() != op.getTo().getLayout();
  shapes.push_back(swaps ? sizesOf(builder, op.getSelected(), {1, 0, 2})
                         : sizesOf(builder, op.getSelected(), {0, 1, 2}));
  return shapes;
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, AttendOp op) {
  ReifiedRankedShapedTypeDims shapes;
  Sizes output = querySizes(builder, op.getQuery());
  Sizes lse = {totalQOf(builder, op.getLoc(), op.getQuery()), output[output.size() - 2]};
  if (int64_t splits = op.getSplits()) {
    output.insert(output.begin(), builder.getIndexAttr(splits));
    lse.insert(lse.begin(), builder.getIndexAttr(splits));
  }
  shapes.push_back(output);
  if (op->getNumResults() > 1) shapes.push_back(lse);
  return shapes;
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, CombineOp op) {
  ReifiedRankedShapedTypeDims shapes;
  Sizes output = sizesOf(builder, op.getPartial(), {1, 2, 3});
  shapes.push_back(output);
  if (op->getNumResults() > 1) shapes.push_back({output[0], output[1]});
  return shapes;
}

ReifiedRankedShapedTypeDims resultSizes(OpBuilder &builder, AttentionOp op) {
  ReifiedRankedShapedTypeDims shapes;
  AttentionResults results = attentionResultsOf(op);
  Sizes output = querySizes(builder, op.getQuery());
  OpFoldResult totalQ = totalQOf(builder, op.getLoc(), op.getQuery());
  shapes.resize(op->getNumResults());
  shapes[results.output] = output;
  if (results.lse >= 0) shapes[results.lse] = {totalQ, output[output.size() - 2]};
  if (results.selection >= 0)
    shapes[results.selection] = {
        sizeOf(builder, op.getLoc(), op.getIndexQuery(), shapedTypeOf(op.getIndexQuery()).getRank() - 2), totalQ,
        builder.getIndexAttr(op.getTopk())};
  return shapes;
}

#define MSA_SHAPES_AND_EFFECTS(OP)                                                                                     \
  void OP::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) { addEffects(*this, effects); }         \
  LogicalResult OP::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {                       \
    shapes = resultSizes(builder, *this);                                                                              \
    finish(*this, builder, shapes);                                                                                    \
    return success();                                                                                                  \
  }
MSA_SHAPES_AND_EFFECTS(IndexScoresOp)
MSA_SHAPES_AND_EFFECTS(SelectBlocksOp)
MSA_SHAPES_AND_EFFECTS(TransposeSelectionOp)
MSA_SHAPES_AND_EFFECTS(RelayoutSelectionOp)
MSA_SHAPES_AND_EFFECTS(AttendOp)
MSA_SHAPES_AND_EFFECTS(CombineOp)
MSA_SHAPES_AND_EFFECTS(AttentionOp)
#undef MSA_SHAPES_AND_EFFECTS

} // namespace mlir::msa
