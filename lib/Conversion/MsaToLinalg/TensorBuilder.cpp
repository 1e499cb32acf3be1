#include "TensorBuilder.h"
#include <limits>

namespace mlir::msa {

using Values = TensorBuilder::Values;

Value TensorBuilder::f32(float value) { return arith::ConstantOp::create(*this, getF32FloatAttr(value)); }
Value TensorBuilder::negativeInfinity() { return f32(-std::numeric_limits<float>::infinity()); }
Value TensorBuilder::i32(int32_t value) { return arith::ConstantOp::create(*this, getI32IntegerAttr(value)); }

Value TensorBuilder::loadIndex(Value tensor, ValueRange indices) {
  Value element = tensor::ExtractOp::create(*this, tensor, indices);
  return arith::IndexCastOp::create(*this, getIndexType(), element);
}

Value TensorBuilder::empty(ArrayRef<int64_t> shape, Type element) {
  return tensor::EmptyOp::create(*this, shape, element);
}

Value TensorBuilder::empty(RankedTensorType type, ArrayRef<OpFoldResult> sizes) {
  Values dynamic;
  for (auto [known, size] : llvm::zip_equal(type.getShape(), sizes))
    if (ShapedType::isDynamic(known)) dynamic.push_back(index(size));
  return tensor::EmptyOp::create(*this, type, dynamic);
}

Value TensorBuilder::fill(Value scalar, Value tensor) {
  return linalg::FillOp::create(*this, scalar, tensor).getResult(0);
}

Value TensorBuilder::slice(Value tensor, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                           ArrayRef<int64_t> shape) {
  auto source = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> strides(offsets.size(), getIndexAttr(1));
  auto type = RankedTensorType::get(shape, source.getElementType());
  return tensor::ExtractSliceOp::create(*this, type, tensor, offsets, sizes, strides);
}

Value TensorBuilder::insertSlice(Value source, Value tensor, ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> strides(offsets.size(), getIndexAttr(1));
  return tensor::InsertSliceOp::create(*this, source, tensor, offsets, sizes, strides);
}

Value TensorBuilder::leading(Value tensor, int64_t axis, OpFoldResult count) {
  auto type = cast<RankedTensorType>(tensor.getType());
  std::optional<int64_t> known = getConstantIntValue(count);
  if (known && *known == type.getDimSize(axis)) return tensor;
  SmallVector<OpFoldResult> offsets(type.getRank(), getIndexAttr(0)),
      sizes = tensor::getMixedSizes(*this, getLoc(), tensor);
  sizes[axis] = count;
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = known.value_or(ShapedType::kDynamic);
  return slice(tensor, offsets, sizes, shape);
}

Values TensorBuilder::generic(StringRef loops, StringRef reductions, ValueRange ins, ArrayRef<StringRef> inDims,
                              ValueRange outs, ArrayRef<StringRef> outDims,
                              function_ref<Values(TensorBuilder &, ValueRange)> body) {
  SmallVector<AffineMap> maps;
  for (ArrayRef<StringRef> operands : {inDims, outDims})
    for (StringRef dims : operands) {
      SmallVector<AffineExpr> results;
      for (char dim : dims) results.push_back(getAffineDimExpr(loops.find(dim)));
      maps.push_back(AffineMap::get(loops.size(), 0, results, getContext()));
    }
  SmallVector<utils::IteratorType> iterators;
  for (char loop : loops)
    iterators.push_back(reductions.contains(loop) ? utils::IteratorType::reduction : utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(*this, outs.getTypes(), ins, outs, maps, iterators,
                                      [&](OpBuilder &inner, Location loc, ValueRange args) {
                                        TensorBuilder b(loc, inner);
                                        linalg::YieldOp::create(b, body(b, args));
                                      });
  return Values(op.getResults());
}

Values TensorBuilder::forLoop(Value lo, Value hi, Value step, ValueRange inits,
                              function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, lo, hi, step, inits);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Values results = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!inits.empty()) // else the loop was built with its terminator
    scf::YieldOp::create(*this, results);
  return Values(loop.getResults());
}

Values TensorBuilder::ifElse(Value condition, TypeRange types, function_ref<Values()> thenBody,
                             function_ref<Values()> elseBody) {
  auto op = scf::IfOp::create(*this, types, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(*this);
  for (auto [block, body] : {std::pair(op.thenBlock(), thenBody), std::pair(op.elseBlock(), elseBody)}) {
    setInsertionPointToStart(block);
    scf::YieldOp::create(*this, body());
  }
  return Values(op.getResults());
}

Values TensorBuilder::whileLoop(ValueRange inits, function_ref<Value(ValueRange)> condition,
                                function_ref<Values(ValueRange)> body) {
  auto loop = scf::WhileOp::create(*this, inits.getTypes(), inits);
  OpBuilder::InsertionGuard guard(*this);
  SmallVector<Location> locations(inits.size(), getLoc());
  Block *before = createBlock(&loop.getBefore(), {}, inits.getTypes(), locations);
  Value again = condition(before->getArguments());
  scf::ConditionOp::create(*this, again, before->getArguments());
  Block *after = createBlock(&loop.getAfter(), {}, inits.getTypes(), locations);
  Values next = body(after->getArguments());
  scf::YieldOp::create(*this, next);
  return Values(loop.getResults());
}

Values TensorBuilder::forall(ArrayRef<OpFoldResult> counts, ValueRange outputs,
                             function_ref<SmallVector<Piece>(ValueRange, ValueRange)> body) {
  auto loop = scf::ForallOp::create(*this, counts, outputs, std::nullopt);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  SmallVector<Piece> pieces = body(loop.getInductionVars(), loop.getRegionIterArgs());
  setInsertionPointToStart(loop.getTerminator().getBody());
  for (auto [piece, output] : llvm::zip_equal(pieces, loop.getRegionIterArgs())) {
    SmallVector<OpFoldResult> strides(piece.offsets.size(), getIndexAttr(1));
    tensor::ParallelInsertSliceOp::create(*this, piece.tensor, output, piece.offsets, piece.sizes, strides);
  }
  return Values(loop.getResults());
}

} // namespace mlir::msa
