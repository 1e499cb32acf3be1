// Ops that are several ops in one, taken apart: `attention` into `select_blocks` and `attend`, and a `select_blocks` over
// index queries and keys into `index_scores` and a `select_blocks` over scores.
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {

FailureOr<SmallVector<Value>> AttentionOp::decomposeOperation(OpBuilder &builder) {
  if (isBufferForm(*this)) // `outs` of the selection would have to be invented
    return emitOpError() << "expects tensors to decompose, but works on memrefs";
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(*this);
  AttentionResults results = attentionResultsOf(*this);
  QueryShape indexQuery = queryShapeOf(shapedTypeOf(getIndexQuery()));
  auto selectionType =
      RankedTensorType::get({indexQuery.heads, indexQuery.totalQ, int64_t(getTopk())}, builder.getI32Type());
  if (results.selection >= 0) selectionType = cast<RankedTensorType>(getResult(results.selection).getType());
  // A tile config is made for the attending kernel; a selecting one needs its own.
  auto select = SelectBlocksOp::create(
      builder, getLoc(), TypeRange{selectionType}, /*scores=*/Value(), getIndexQuery(), getIndexKey(), getCuSeqlensQ(),
      getCuSeqlensK(), getPageTable(), getSequsedK(), /*outs=*/ValueRange(), getBlockSizeAttr(), getTopkAttr(),
      getSinkBlocksAttr(), getLocalBlocksAttr(), getIndexScaleAttr(), getCausalAttr(),
      /*selection=*/SelectionAttr(), getStrategyAttr(), /*tile_config=*/TileConfigAttr());
  SmallVector<Type> types = {getResult(results.output).getType()};
  if (results.lse >= 0) types.push_back(getResult(results.lse).getType());
  auto attend =
      AttendOp::create(builder, getLoc(), types, getQuery(), getKey(), getValue(), select->getResult(0),
                       getCuSeqlensQ(), getCuSeqlensK(), getPageTable(), getSequsedK(), /*outs=*/ValueRange(),
                       getBlockSizeAttr(), getSoftmaxScaleAttr(), getCausalAttr(), /*selection=*/SelectionAttr(),
                       builder.getI64IntegerAttr(0), getStrategyAttr(), getTileConfigAttr());
  SmallVector<Value> values(getNumResults());
  values[results.output] = attend->getResult(0);
  if (results.lse >= 0) values[results.lse] = attend->getResult(1);
  if (results.selection >= 0) values[results.selection] = select->getResult(0);
  return values;
}

/// Each request's keys, where only the shape of the keys says so: [batch] i32, all the same.
static Value keysPerRequest(OpBuilder &builder, SelectBlocksOp op) {
  Location loc = op.getLoc();
  KeyShape key = indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), /*paged=*/false);
  OpFoldResult batch = batchSizeOf(builder, loc, op);
  OpFoldResult length = sizeOf(builder, loc, op.getIndexKey(), key.layout == ::msa::KvLayout::Dense ? 1 : 0);
  std::optional<int64_t> staticBatch = getConstantIntValue(batch), staticLength = getConstantIntValue(length);
  Type i32 = builder.getI32Type();
  auto type = RankedTensorType::get({staticBatch.value_or(ShapedType::kDynamic)}, i32);
  if (staticBatch && staticLength)
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(type, builder.getI32IntegerAttr(*staticLength)));
  Value lengthValue =
      arith::IndexCastOp::create(builder, loc, i32, getValueOrCreateConstantIndexOp(builder, loc, length));
  SmallVector<Value> dynamicSizes;
  if (!staticBatch) dynamicSizes.push_back(cast<Value>(batch));
  return tensor::SplatOp::create(builder, loc, lengthValue, type, dynamicSizes);
}

FailureOr<SmallVector<Value>> SelectBlocksOp::decomposeOperation(OpBuilder &builder) {
  if (isBufferForm(*this)) return emitOpError() << "expects tensors to decompose, but works on memrefs";
  if (getScores()) return failure(); // one op already
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(*this);
  QueryShape query = queryShapeOf(shapedTypeOf(getIndexQuery()));
  auto scoresType = RankedTensorType::get({query.heads, query.totalQ, maxBlocksOf(*this)}, builder.getF32Type());
  auto scores = IndexScoresOp::create(builder, getLoc(), TypeRange{scoresType}, getIndexQuery(), getIndexKey(),
                                      getCuSeqlensQ(), getCuSeqlensK(), getPageTable(), getSequsedK(),
                                      /*outs=*/ValueRange(), getBlockSizeAttr(), getSoftmaxScaleAttr(), getCausalAttr(),
                                      getStrategyAttr(), TileConfigAttr());
  Value sequsedK = getSequsedK();
  if (!sequsedK && !getCuSeqlensK()) sequsedK = keysPerRequest(builder, *this);
  auto select = SelectBlocksOp::create(
      builder, getLoc(), getResultTypes(), scores->getResult(0), /*index_query=*/Value(),
      /*index_key=*/Value(), getCuSeqlensQ(), getCuSeqlensK(),
      /*page_table=*/Value(), sequsedK, /*outs=*/ValueRange(), getBlockSizeAttr(), getTopkAttr(), getSinkBlocksAttr(),
      getLocalBlocksAttr(),
      /*softmax_scale=*/FloatAttr(), getCausalAttr(), getSelectionAttr(), getStrategyAttr(), getTileConfigAttr());
  return SmallVector<Value>(select->getResults());
}

} // namespace mlir::msa
