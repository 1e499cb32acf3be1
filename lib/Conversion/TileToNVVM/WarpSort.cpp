#include "WarpSort.h"

namespace mlir::tile {

static constexpr int64_t kLogLanes = 5;

static Value constant(ImplicitLocOpBuilder &b, int64_t value) { return arith::ConstantIntOp::create(b, value, 32); }

WarpSort::WarpSort(ImplicitLocOpBuilder &b, Value lane) : b(b) {
  for (int64_t n = 0; n < kLogLanes; ++n) {
    Value masked = arith::AndIOp::create(b, lane, constant(b, int64_t(1) << n));
    bits.push_back(arith::CmpIOp::create(b, arith::CmpIPredicate::ne, masked, constant(b, 0)));
  }
}

//===----------------------------------------------------------------------===//
// Across lanes
//===----------------------------------------------------------------------===//

Value WarpSort::shuffle(Value x, Value lane, NVVM::ShflKind kind) {
  auto move = [&](Value word) -> Value {
    return NVVM::ShflOp::create(b, word.getType(), constant(b, -1), word, lane, constant(b, 31), kind, nullptr);
  };
  if (x.getType().isInteger(32)) return move(x);
  return pack(move(high(x)), move(low(x)));
}

Value WarpSort::exchange(Value x, int64_t distance) { return shuffle(x, constant(b, distance), NVVM::ShflKind::bfly); }
Value WarpSort::broadcast(Value x, int64_t from) { return shuffle(x, constant(b, from), NVVM::ShflKind::idx); }

Value WarpSort::ballot(Value condition) {
  return LLVM::CallIntrinsicOp::create(b, b.getI32Type(), b.getStringAttr("llvm.nvvm.vote.ballot.sync"),
                                       ValueRange{constant(b, -1), condition})
      .getResult(0);
}

Value WarpSort::any(Value condition) {
  return LLVM::CallIntrinsicOp::create(b, b.getI1Type(), b.getStringAttr("llvm.nvvm.vote.any.sync"),
                                       ValueRange{constant(b, -1), condition})
      .getResult(0);
}

// A vector of two words is a register pair: no instruction is spent on these.
Value WarpSort::pack(Value high, Value low) {
  Value pair = LLVM::PoisonOp::create(b, VectorType::get({2}, b.getI32Type()));
  pair = LLVM::InsertElementOp::create(b, pair, low, constant(b, 0));
  pair = LLVM::InsertElementOp::create(b, pair, high, constant(b, 1));
  return LLVM::BitcastOp::create(b, b.getI64Type(), pair);
}

static Value word(ImplicitLocOpBuilder &b, Value packed, int64_t n) {
  Value pair = LLVM::BitcastOp::create(b, VectorType::get({2}, b.getI32Type()), packed);
  return LLVM::ExtractElementOp::create(b, pair, constant(b, n));
}
Value WarpSort::high(Value packed) { return word(b, packed, 1); }
Value WarpSort::low(Value packed) { return word(b, packed, 0); }

//===----------------------------------------------------------------------===//
// Bitonic networks
//===----------------------------------------------------------------------===//

Value WarpSort::isTrue(bool value) { return arith::ConstantIntOp::create(b, value, 1); }

Value WarpSort::keep(Value x, Value other, Value keepGreater) {
  Value isGreater = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, other, x);
  Value take = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, isGreater, keepGreater);
  return arith::SelectOp::create(b, take, other, x); // equal ones change places or not: the same
}

void WarpSort::step(List &list, int64_t log, ArrayRef<Value> descends) {
  if (log == kLogLanes) { // partners are the two registers of a lane
    Value first = keep(list[0], list[1], descends[0]);
    Value second = keep(list[1], list[0], arith::XOrIOp::create(b, descends[0], isTrue(true)));
    list = {first, second};
    return;
  }
  // The partner behind keeps the greater, where the order ascends.
  for (auto [x, descend] : llvm::zip(list, descends))
    x = keep(x, exchange(x, int64_t(1) << log), arith::XOrIOp::create(b, bit(log), descend));
}

WarpSort::List WarpSort::sort(List list, int64_t width, bool descending) {
  // Runs of 2^run elements are sorted in alternating directions, from pairs to the whole.
  for (int64_t run = 1; int64_t(1) << run <= width; ++run) {
    SmallVector<Value> descends;
    for (size_t r = 0; r < list.size(); ++r) {
      Value odd = run < kLogLanes ? bit(run) : isTrue(run == kLogLanes && r == 1);
      descends.push_back(descending ? Value(arith::XOrIOp::create(b, odd, isTrue(true))) : odd);
    }
    for (int64_t log = run - 1; log >= 0; --log) step(list, log, descends);
  }
  return list;
}

WarpSort::List WarpSort::merge(List list, const List &ascending) {
  // The element-wise greater of a descending and an ascending list are the greatest of both, first falling, then rising.
  for (auto [x, other] : llvm::zip(list, ascending))
    if (other) x = arith::MaxSIOp::create(b, x, other);
  SmallVector<Value> descends(list.size(), isTrue(true));
  for (int64_t log = list.size() == 2 ? kLogLanes : kLogLanes - 1; log >= 0; --log) step(list, log, descends);
  return list;
}

} // namespace mlir::tile
