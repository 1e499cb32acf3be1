//===- Combine.cpp - partial outputs merged by their LSE ------------------===//
#include "Decompose.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::msa {

using Values = TensorBuilder::Values;

/// One turn merges all heads of a token: weight[s, h] = exp(lse[s, h] - max_s), output = sum_s weight * partial / sum_s weight.
SmallVector<Value> decompose(TensorBuilder &b, CombineOp op) {
  auto type = cast<RankedTensorType>(op.getPartial().getType());
  int64_t splits = type.getDimSize(0), heads = type.getDimSize(2), dim = type.getDimSize(3);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1), allHeads = b.getIndexAttr(heads),
               wholeDim = b.getIndexAttr(dim);
  OpFoldResult allSplits = sizeOf(b, b.getLoc(), op.getPartial(), 0);
  Value totalQ = b.index(sizeOf(b, b.getLoc(), op.getPartial(), 1));
  Type f32 = b.getF32Type();

  Values empty;
  for (Value result : op.getResults()) {
    auto resultType = cast<RankedTensorType>(result.getType());
    SmallVector<OpFoldResult> sizes = {totalQ, allHeads, wholeDim};
    sizes.resize(resultType.getRank());
    empty.push_back(b.empty(resultType, sizes));
  }
  return b.forall({getAsOpFoldResult(totalQ)}, empty, [&](ValueRange indices, ValueRange outputs) {
    Value token = indices[0];
    Value partial =
        b.slice(op.getPartial(), {zero, token, zero, zero}, {allSplits, one, allHeads, wholeDim}, {splits, heads, dim});
    Value lse = b.slice(op.getPartialLse(), {zero, token, zero}, {allSplits, one, allHeads}, {splits, heads});

    Value top = b.generic(
        "hs", "s", lse, {"sh"}, b.fill(b.negativeInfinity(), b.empty({heads}, f32)), {"h"},
        [](TensorBuilder &b, ValueRange args) -> Values { return {arith::MaxNumFOp::create(b, args[0], args[1])}; })[0];
    // exp(lse - top), and exactly 0 for an empty partial: there lse - top may be -inf - -inf.
    auto weightOf = [](TensorBuilder &b, Value lse, Value top) -> Value {
      Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, lse, b.negativeInfinity());
      return b.select(isEmpty, b.f32(0), math::ExpOp::create(b, arith::SubFOp::create(b, lse, top)));
    };
    Value weights = b.generic(
        "sh", "", {lse, top}, {"sh", "h"}, b.empty(RankedTensorType::get({splits, heads}, f32), {allSplits, allHeads}),
        {"sh"}, [&](TensorBuilder &b, ValueRange args) -> Values { return {weightOf(b, args[0], args[1])}; })[0];
    Value sum = b.generic(
        "hs", "s", weights, {"sh"}, b.fill(b.f32(0), b.empty({heads}, f32)), {"h"},
        [](TensorBuilder &b, ValueRange args) -> Values { return {arith::AddFOp::create(b, args[0], args[1])}; })[0];
    Value merged =
        b.generic("hds", "s", {weights, partial}, {"sh", "shd"}, b.fill(b.f32(0), b.empty({heads, dim}, f32)), {"hd"},
                  [](TensorBuilder &b, ValueRange args) -> Values {
                    // What a partial of weight 0 holds may be NaN.
                    Value counts = arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, args[0], b.f32(0));
                    Value share = b.select(counts, arith::MulFOp::create(b, args[0], args[1]), b.f32(0));
                    return {arith::AddFOp::create(b, args[2], share)};
                  })[0];

    SmallVector<OpFoldResult> offsets = {token, zero, zero}, sizes = {one, allHeads, wholeDim};
    Value target = b.slice(outputs[0], offsets, sizes, {heads, dim});
    Value output = b.generic("hd", "", {merged, sum}, {"hd", "h"}, target, {"hd"},
                             [](TensorBuilder &b, ValueRange args) -> Values {
                               Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, args[1], b.f32(0));
                               Value value = b.select(isEmpty, b.f32(0), arith::DivFOp::create(b, args[0], args[1]));
                               if (!args[2].getType().isF32())
                                 value = arith::TruncFOp::create(b, args[2].getType(), value);
                               return {value};
                             })[0];
    SmallVector<TensorBuilder::Piece> pieces = {{output, offsets, sizes}};
    if (outputs.size() > 1) {
      offsets.pop_back();
      sizes.pop_back();
      Value total = b.generic("h", "", {top, sum}, {"h", "h"}, b.slice(outputs[1], offsets, sizes, {heads}), {"h"},
                              [](TensorBuilder &b, ValueRange args) -> Values {
                                Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, args[1], b.f32(0));
                                Value total = arith::AddFOp::create(b, args[0], math::LogOp::create(b, args[1]));
                                return {b.select(isEmpty, b.negativeInfinity(), total)};
                              })[0];
      pieces.push_back({total, offsets, sizes});
    }
    return pieces;
  });
}

} // namespace mlir::msa
