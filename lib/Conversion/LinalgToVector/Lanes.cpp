#include "Lanes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::msa {

Type laneType(Type type, int64_t lanes) { return lanes == 1 ? type : VectorType::get({lanes}, type); }

Value loadLanes(ImplicitLocOpBuilder &b, Value memref, ValueRange indices, int64_t lanes) {
  if (lanes == 1) return memref::LoadOp::create(b, memref, indices);
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  return vector::LoadOp::create(b, cast<VectorType>(laneType(element, lanes)), memref, indices);
}

void storeLanes(ImplicitLocOpBuilder &b, Value value, Value memref, ValueRange indices, int64_t lanes) {
  value = broadcastLanes(b, value, lanes);
  if (lanes == 1) memref::StoreOp::create(b, value, memref, indices);
  else vector::StoreOp::create(b, value, memref, indices);
}

Value broadcastLanes(ImplicitLocOpBuilder &b, Value value, int64_t lanes) {
  if (lanes == 1 || isa<VectorType>(value.getType())) return value;
  return vector::BroadcastOp::create(b, cast<VectorType>(laneType(value.getType(), lanes)), value);
}

Value extendLanes(ImplicitLocOpBuilder &b, Value value) {
  if (getElementTypeOrSelf(value.getType()).isF32()) return value;
  Type wide = b.getF32Type();
  if (auto vector = dyn_cast<VectorType>(value.getType())) wide = vector.clone(wide);
  return arith::ExtFOp::create(b, wide, value);
}

Value indexConstant(ImplicitLocOpBuilder &b, int64_t value) { return arith::ConstantIndexOp::create(b, value); }

OpFoldResult sizeOfAxis(ImplicitLocOpBuilder &b, Value memref, int64_t axis) {
  int64_t size = cast<MemRefType>(memref.getType()).getDimSize(axis);
  if (!ShapedType::isDynamic(size)) return b.getIndexAttr(size);
  return memref::DimOp::create(b, memref, axis).getResult();
}

Value addIndex(ImplicitLocOpBuilder &b, Value lhs, Value rhs) { return b.createOrFold<arith::AddIOp>(lhs, rhs); }
Value addIndex(ImplicitLocOpBuilder &b, Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : addIndex(b, lhs, indexConstant(b, rhs));
}

bool hasUnitStride(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() > 0 && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

/// `body` in a loop from `lo` to `hi`, or straight where it runs exactly once.
static void forRange(ImplicitLocOpBuilder &b, Value lo, Value hi, int64_t step, bool once,
                     function_ref<void(Value)> body) {
  if (once) return body(lo);
  auto loop = scf::ForOp::create(b, lo, hi, indexConstant(b, step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
}

void forSteps(ImplicitLocOpBuilder &b, OpFoldResult size, ArrayRef<int64_t> steps, bool exactRest,
              function_ref<void(Value, int64_t)> body) {
  if (std::optional<int64_t> known = getConstantIntValue(size)) {
    int64_t lo = 0;
    for (int64_t step : steps) {
      int64_t rest = *known - lo;
      if (exactRest && rest > 0 && rest < steps.front()) step = rest;
      int64_t hi = lo + rest / step * step;
      if (hi == lo) continue;
      forRange(b, indexConstant(b, lo), indexConstant(b, hi), step, hi - lo == step, [&](Value at) { body(at, step); });
      lo = hi;
    }
    return;
  }
  Value whole = cast<Value>(size), lo = indexConstant(b, 0);
  for (int64_t step : steps) {
    Value hi = whole;
    if (step != 1) {
      Value width = indexConstant(b, step);
      Value rest = arith::SubIOp::create(b, whole, lo);
      hi = arith::SubIOp::create(b, whole, arith::RemUIOp::create(b, rest, width));
    }
    forRange(b, lo, hi, step, /*once=*/false, [&](Value at) { body(at, step); });
    lo = hi;
  }
}

void forBlocks(ImplicitLocOpBuilder &b, OpFoldResult size, int64_t block,
               function_ref<void(Value, OpFoldResult)> body) {
  std::optional<int64_t> known = getConstantIntValue(size);
  Value zero = indexConstant(b, 0);
  if (block == kUnblocked || (known && *known <= block)) return body(zero, size);
  Value whole = getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  forRange(b, zero, whole, block, /*once=*/false, [&](Value at) {
    if (known && *known % block == 0) return body(at, b.getIndexAttr(block));
    Value rest = arith::SubIOp::create(b, whole, at);
    body(at, arith::MinUIOp::create(b, rest, indexConstant(b, block)).getResult());
  });
}

Value allocateScratch(ImplicitLocOpBuilder &b, MemRefType type) {
  Operation *scope = nullptr, *parent = b.getInsertionBlock()->getParentOp();
  for (; !isa<FunctionOpInterface>(parent); parent = parent->getParentOp())
    if (isa<scf::ParallelOp, scf::ForallOp>(parent)) scope = parent;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&(scope ? scope : parent)->getRegion(0).front());
  return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
}

} // namespace mlir::msa
