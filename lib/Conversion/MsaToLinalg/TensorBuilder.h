//===- TensorBuilder.h - tensor code in few words ---------------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_MSATOLINALG_TENSORBUILDER_H
#define MSA_LIB_CONVERSION_MSATOLINALG_TENSORBUILDER_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::msa {

/// A builder with the words that the decompositions are written in. Indices are `index`, tiles f32 unless said otherwise.
class TensorBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Values = SmallVector<Value>;

  //===--- index arithmetic, folded where constant ------------------------===//
  Value index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }
  Value index(OpFoldResult value) { return getValueOrCreateConstantIndexOp(*this, getLoc(), value); }
  Value add(Value lhs, Value rhs) { return createOrFold<arith::AddIOp>(lhs, rhs); }
  Value sub(Value lhs, Value rhs) { return createOrFold<arith::SubIOp>(lhs, rhs); }
  Value mul(Value lhs, Value rhs) { return createOrFold<arith::MulIOp>(lhs, rhs); }
  Value div(Value lhs, Value rhs) { return createOrFold<arith::DivUIOp>(lhs, rhs); }
  Value rem(Value lhs, Value rhs) { return createOrFold<arith::RemUIOp>(lhs, rhs); }
  Value min(Value lhs, Value rhs) { return createOrFold<arith::MinSIOp>(lhs, rhs); }
  Value max(Value lhs, Value rhs) { return createOrFold<arith::MaxSIOp>(lhs, rhs); }
  /// ceil(lhs / rhs) of numbers >= 0.
  Value ceilDiv(Value lhs, int64_t rhs) { return div(add(lhs, index(rhs - 1)), index(rhs)); }
  Value less(Value lhs, Value rhs) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, lhs, rhs); }
  Value select(Value condition, Value lhs, Value rhs) { return createOrFold<arith::SelectOp>(condition, lhs, rhs); }
  Value f32(float value);
  Value negativeInfinity();
  Value i32(int32_t value);

  //===--- tensors --------------------------------------------------------===//
  /// An i32 element as an index.
  Value loadIndex(Value tensor, ValueRange indices);
  Value empty(ArrayRef<int64_t> shape, Type element);
  /// An empty tensor of `type`, whose dynamic sizes are taken from `sizes` (one a dimension).
  Value empty(RankedTensorType type, ArrayRef<OpFoldResult> sizes);
  Value fill(Value scalar, Value tensor);
  /// tensor[offsets][sizes] with unit strides; dimensions of size 1 not in `shape` are dropped.
  Value slice(Value tensor, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> shape);
  Value insertSlice(Value source, Value tensor, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes);
  /// tensor[:, 0:count] of a 2-D tensor, or tensor[0:count] of a 1-D one; the tensor itself where that is all of it.
  Value leading(Value tensor, int64_t axis, OpFoldResult count);

  /// linalg.generic; `dims` names the loops of each operand's axes, as "kr" of a tensor indexed [k, r]; a loop is a reduction where
  /// `reductions` has it. The loops, in order, are `loops`.
  Values generic(StringRef loops, StringRef reductions, ValueRange ins, ArrayRef<StringRef> inDims, ValueRange outs,
                 ArrayRef<StringRef> outDims, function_ref<Values(TensorBuilder &, ValueRange)> body);

  //===--- control flow ---------------------------------------------------===//
  Values forLoop(Value lo, Value hi, Value step, ValueRange inits, function_ref<Values(Value, ValueRange)> body);
  Values ifElse(Value condition, TypeRange types, function_ref<Values()> thenBody, function_ref<Values()> elseBody);
  /// while (condition(args)) args = body(args).
  Values whileLoop(ValueRange inits, function_ref<Value(ValueRange)> condition, function_ref<Values(ValueRange)> body);

  /// What one turn of a parallel loop gives to one of its outputs.
  struct Piece {
    Value tensor;
    SmallVector<OpFoldResult> offsets, sizes;
  };
  /// scf.forall over `counts`; `body` gets the indices and the shared outputs and returns one piece of each.
  Values forall(ArrayRef<OpFoldResult> counts, ValueRange outputs,
                function_ref<SmallVector<Piece>(ValueRange indices, ValueRange outputs)> body);
};

} // namespace mlir::msa
#endif
