//===- ReadTopK.cpp - choosing and ordering entries as plain loops --------===//
//
// An entry is one i64: its value's place in the order of floats, and behind it how far its position is from the end of all
// positions, so that no two are equal and the greater is the better.
//
//===----------------------------------------------------------------------===//
#include "BlockReader.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

namespace mlir::msa {

namespace {
constexpr int64_t kMaxPosition = std::numeric_limits<int32_t>::max();
constexpr int64_t kKept = std::numeric_limits<int32_t>::max(); // above every float
constexpr int64_t kNoEntry = std::numeric_limits<int64_t>::min();
constexpr int64_t kLast = -(int64_t(1) << 40); // below every other key

Value i64(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIntOp::create(b, loc, b.getI64Type(), value);
}

/// The place of a float in the order of floats, -0 counting as 0 and NaN as -inf: i32, widened.
Value wordOf(ImplicitLocOpBuilder &b, Value x) {
  auto f32 = b.getF32Type();
  Value zero = arith::ConstantFloatOp::create(b, f32, APFloat(0.0f));
  Value minusInf = arith::ConstantFloatOp::create(b, f32, APFloat::getInf(APFloat::IEEEsingle(), /*Negative=*/true));
  Value isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, zero);
  Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, x, x);
  x = arith::SelectOp::create(b, isNumber, arith::SelectOp::create(b, isZero, zero, x).getResult(), minusInf);
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), x);
  Value sign = arith::ShRSIOp::create(b, bits, arith::ConstantIntOp::create(b, b.getI32Type(), 31));
  Value rest = arith::AndIOp::create(b, sign, arith::ConstantIntOp::create(b, b.getI32Type(), kMaxPosition));
  return arith::ExtSIOp::create(b, b.getI64Type(), arith::XOrIOp::create(b, bits, rest).getResult());
}

Value entryOf(ImplicitLocOpBuilder &b, Value word, Value position) {
  Value behind = arith::SubIOp::create(b, i64(b, b.getLoc(), kMaxPosition), position);
  return arith::OrIOp::create(b, arith::ShLIOp::create(b, word, i64(b, b.getLoc(), 32)), behind);
}

Value positionOf(ImplicitLocOpBuilder &b, Value entry) {
  Value behind = arith::AndIOp::create(b, entry, i64(b, b.getLoc(), 0xffffffff));
  return arith::SubIOp::create(b, i64(b, b.getLoc(), kMaxPosition), behind);
}

/// Puts `key` into the descending list of `count` keys, which holds no more than its size; returns the new count.
Value insertDescending(ImplicitLocOpBuilder &b, Value list, Value count, Value key) {
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
  int64_t capacity = cast<MemRefType>(list.getType()).getDimSize(0);
  Value zero = constant(0), one = constant(1), last = constant(capacity - 1);
  // The last place holds anything while the list is not full; then there is room, whatever it says.
  Value hasRoom = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, count, constant(capacity));
  Value beats = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, key, memref::LoadOp::create(b, list, last));
  Value enters = arith::OrIOp::create(b, hasRoom, beats);
  auto branch = scf::IfOp::create(b, b.getIndexType(), enters, /*addThen=*/true, /*addElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, count);
  b.setInsertionPointToStart(branch.thenBlock());
  auto place = scf::WhileOp::create(
      b, TypeRange(b.getIndexType()), ValueRange(arith::MinSIOp::create(b, count, last).getResult()),
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Value isBehind = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, args[0], zero);
        Value before =
            arith::MaxSIOp::create(builder, loc, arith::SubIOp::create(builder, loc, args[0], one).getResult(), zero);
        Value other = memref::LoadOp::create(builder, loc, list, before);
        Value isGreater = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, key, other);
        scf::ConditionOp::create(builder, loc, arith::AndIOp::create(builder, loc, isBehind, isGreater).getResult(),
                                 args);
      },
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Value before = arith::SubIOp::create(builder, loc, args[0], one);
        memref::StoreOp::create(builder, loc, memref::LoadOp::create(builder, loc, list, before), list, args[0]);
        scf::YieldOp::create(builder, loc, before);
      });
  memref::StoreOp::create(b, key, list, place.getResult(0));
  scf::YieldOp::create(b,
                       arith::MinSIOp::create(b, arith::AddIOp::create(b, count, one), constant(capacity)).getResult());
  return branch.getResult(0);
}
} // namespace

LogicalResult BlockReader::readTopK(tile::TopKOp op) {
  int64_t k = op.getK();
  auto i64Type = b.getI64Type();
  Value source = scalars.lookup(op.getSource()), ids = scalars.lookup(op.getIds());
  Value values = op.getValues() ? scalars.lookup(op.getValues()) : Value();
  Value best = allocate(MemRefType::get({k}, i64Type)), ordered = allocate(MemRefType::get({k}, i64Type));
  auto constant = [&](int64_t value) { return i64(b, b.getLoc(), value); };
  auto toI64 = [&](Value index) -> Value { return arith::IndexCastOp::create(b, i64Type, index); };
  auto toIndex = [&](Value value) -> Value { return arith::IndexCastOp::create(b, b.getIndexType(), value); };
  auto isLess = [&](Value lhs, Value rhs) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
  };
  /// for (i = 0; i < end; ++i) count = body(i, count), from 0
  auto counting = [&](Value end, function_ref<Value(Value i, Value count)> body) -> Value {
    auto loop = scf::ForOp::create(b, index(0), end, index(1), index(0));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(b, body(loop.getInductionVar(), loop.getRegionIterArg(0)));
    return loop.getResult(0);
  };

  LogicalResult status = success();
  loop(index(0), index(op.getRows()), index(1), [&](Value row) {
    auto place = inlineRegion(op.getRowMap(), row);
    if (failed(place)) {
      status = failure();
      return;
    }
    Value exists = place->pop_back_val(), high = place->pop_back_val(), low = place->pop_back_val();
    Value head = place->pop_back_val(), size = place->pop_back_val();
    size_t sourceCoords = cast<MemRefType>(source.getType()).getRank() - 1;
    SmallVector<Value> from(place->begin(), place->begin() + sourceCoords),
        to(place->begin() + sourceCoords, place->end());
    from.push_back({}), to.push_back({});
    auto load = [&](Value position) -> Value {
      from.back() = position;
      return memref::LoadOp::create(b, source, from);
    };

    auto branch = scf::IfOp::create(b, isLess(index(0), exists), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value count = counting(size, [&](Value position, Value count) {
      Value behindLow = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, position, low);
      Value inTail = arith::AndIOp::create(b, behindLow, isLess(position, high));
      Value isKept = arith::OrIOp::create(b, isLess(position, head), inTail);
      Value word = arith::SelectOp::create(b, isKept, constant(kKept), wordOf(b, load(position)));
      return insertDescending(b, best, count, entryOf(b, word, toI64(position)));
    });

    // Once more, by what the order asks for.
    auto order = op.getOrder();
    Value last = toI64(arith::SubIOp::create(b, high, index(1)));
    last = arith::SelectOp::create(b, isLess(low, high), last, constant(-1));
    counting(count, [&](Value i, Value sorted) {
      Value position = positionOf(b, memref::LoadOp::create(b, best, i));
      Value key = arith::SubIOp::create(b, constant(0), position);
      if (order == tile::TopKOrder::Value) {
        key = entryOf(b, wordOf(b, load(toIndex(position))), position);
      } else if (order == tile::TopKOrder::KeptLast) {
        Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, position, last);
        key = arith::SelectOp::create(b, isLast, constant(kLast), key);
      }
      return insertDescending(b, ordered, sorted, key);
    });

    auto store = [&](Value i, Value id, Value value) {
      to.back() = i;
      memref::StoreOp::create(b, id, ids, to);
      if (values) memref::StoreOp::create(b, value, values, to);
    };
    loop(index(0), count, index(1), [&](Value i) {
      Value key = memref::LoadOp::create(b, ordered, i), position;
      if (order == tile::TopKOrder::Value) {
        position = positionOf(b, key);
      } else {
        position = arith::SubIOp::create(b, constant(0), key);
        if (order == tile::TopKOrder::KeptLast) {
          Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, key, constant(kLast));
          position = arith::SelectOp::create(b, isLast, last, position);
        }
      }
      store(i, arith::TruncIOp::create(b, b.getI32Type(), position), values ? load(toIndex(position)) : Value());
    });
    Value none = arith::ConstantIntOp::create(b, b.getI32Type(), -1);
    Value minusInf = arith::ConstantFloatOp::create(b, b.getF32Type(), APFloat::getInf(APFloat::IEEEsingle(), true));
    loop(count, index(k), index(1), [&](Value i) { store(i, none, minusInf); });
  });
  return status;
}

//===----------------------------------------------------------------------===//
// Lists of the best that grow
//===----------------------------------------------------------------------===//

void BlockReader::readTopKInsert(tile::TopKInsertOp op) {
  Value values = bufferOf(op.getValues()), takes = bufferOf(op.getTake());
  Value lists = resultBuffer(op, op.getType(), op.getBest());
  moveTo(op.getBest(), lists);
  buffers[op.getResult()] = lists;
  int64_t k = op.getType().getK();
  Value position = arith::IndexCastOp::create(b, b.getI64Type(), scalars.lookup(op.getPosition()));
  loop(index(0), index(op.getType().getRows()), index(1), [&](Value row) {
    Value take = memref::LoadOp::create(b, takes, row);
    Value takesPart =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, take, arith::ConstantIntOp::create(b, b.getI32Type(), 0));
    auto branch = scf::IfOp::create(b, takesPart, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value key = entryOf(b, wordOf(b, memref::LoadOp::create(b, values, row)), position);
    // Full from the start: places left hold what everything beats.
    insertDescending(b, rowOf(lists, {row, b.getIndexAttr(0)}, k), index(k), key);
  });
}

LogicalResult BlockReader::readTopKStore(tile::TopKStoreOp op) {
  Value lists = bufferOf(op.getBest()), ids = scalars.lookup(op.getIds());
  tile::BestType type = op.getBest().getType();
  int64_t k = op.getK();
  auto i64Type = b.getI64Type();
  Value ordered = allocate(MemRefType::get({k}, i64Type));
  auto isLess = [&](Value lhs, Value rhs) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
  };
  auto constant = [&](int64_t value) { return i64(b, b.getLoc(), value); };
  auto toI64 = [&](Value index) -> Value { return arith::IndexCastOp::create(b, i64Type, index); };
  LogicalResult status = success();
  loop(index(0), index(type.getRows()), index(1), [&](Value row) {
    auto place = inlineRegion(op.getRowMap(), row);
    if (failed(place)) {
      status = failure();
      return;
    }
    Value exists = place->pop_back_val(), high = place->pop_back_val(), low = place->pop_back_val();
    Value head = place->pop_back_val();
    SmallVector<Value> to(*place);
    to.push_back({});
    auto branch = scf::IfOp::create(b, isLess(index(0), exists), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value last =
        arith::SelectOp::create(b, isLess(low, high), toI64(arith::SubIOp::create(b, high, index(1))), constant(-1));
    Value from = arith::MaxSIOp::create(b, low, head), end = arith::MaxSIOp::create(b, high, head);
    Value kept = arith::AddIOp::create(b, head, arith::SubIOp::create(b, end, from));
    Value room = arith::SubIOp::create(b, index(k), kept);

    auto enter = [&](Value position, Value count) -> Value { // descending keys are ascending positions
      Value key = arith::SubIOp::create(b, constant(0), position);
      if (op.getOrder() == tile::TopKOrder::KeptLast) {
        Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, position, last);
        key = arith::SelectOp::create(b, isLast, constant(kLast), key);
      }
      return insertDescending(b, ordered, count, key);
    };
    Value mine = arith::MinSIOp::create(b, room, index(type.getK()));
    auto chosen = scf::ForOp::create(b, index(0), mine, index(1), index(0));
    {
      OpBuilder::InsertionGuard inner(b);
      b.setInsertionPointToStart(chosen.getBody());
      Value entry = memref::LoadOp::create(b, lists, ValueRange{row, chosen.getInductionVar()});
      Value isEntry = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, entry, constant(kNoEntry));
      auto some = scf::IfOp::create(b, b.getIndexType(), isEntry, /*addThen=*/true, /*addElse=*/true);
      scf::YieldOp::create(b, some.getResult(0));
      b.setInsertionPointToStart(some.thenBlock());
      scf::YieldOp::create(b, enter(positionOf(b, entry), chosen.getRegionIterArg(0)));
      b.setInsertionPointToStart(some.elseBlock());
      scf::YieldOp::create(b, chosen.getRegionIterArg(0));
    }
    auto all = scf::ForOp::create(b, index(0), kept, index(1), chosen.getResult(0));
    {
      OpBuilder::InsertionGuard inner(b);
      b.setInsertionPointToStart(all.getBody());
      Value n = all.getInductionVar();
      Value behind = arith::AddIOp::create(b, from, arith::SubIOp::create(b, n, head));
      Value position = arith::SelectOp::create(b, isLess(n, head), n, behind);
      scf::YieldOp::create(b, enter(toI64(position), all.getRegionIterArg(0)));
    }
    loop(index(0), index(k), index(1), [&](Value at) {
      Value key = memref::LoadOp::create(b, ordered, at);
      Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, key, constant(kLast));
      Value position = arith::SelectOp::create(b, isLast, last, arith::SubIOp::create(b, constant(0), key).getResult());
      position = arith::SelectOp::create(b, isLess(at, all.getResult(0)), position, constant(-1));
      to.back() = at;
      memref::StoreOp::create(b, arith::TruncIOp::create(b, b.getI32Type(), position), ids, to);
    });
  });
  return status;
}

LogicalResult BlockReader::readMoveLists(tile::MoveListsOp op) {
  Value source = scalars.lookup(op.getSource()), target = scalars.lookup(op.getTarget());
  auto sourceType = cast<MemRefType>(source.getType());
  int64_t places = sourceType.getShape().back();
  Value keys = allocate(MemRefType::get({places}, b.getI64Type()));
  auto i32 = b.getI32Type(), i64Type = b.getI64Type();
  LogicalResult status = success();
  loop(index(0), index(op.getRows()), index(1), [&](Value row) {
    auto place = inlineRegion(op.getRowMap(), row);
    if (failed(place)) {
      status = failure();
      return;
    }
    Value exists = place->pop_back_val();
    SmallVector<Value> from(place->begin(), place->begin() + sourceType.getRank() - 1);
    SmallVector<Value> to(place->begin() + from.size(), place->end());
    from.push_back({}), to.push_back({});
    Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, exists, index(0));
    auto branch = scf::IfOp::create(b, isThere, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    auto load = [&](Value i) -> Value {
      from.back() = i;
      return memref::LoadOp::create(b, source, from);
    };
    auto store = [&](Value id, Value i) {
      to.back() = i;
      memref::StoreOp::create(b, id, target, to);
    };
    if (!op.getSorted()) {
      loop(index(0), index(places), index(1), [&](Value i) { store(load(i), i); });
      return;
    }
    // Descending keys are ascending ids; those below 0 come last.
    auto sort = scf::ForOp::create(b, index(0), index(places), index(1), index(0));
    {
      OpBuilder::InsertionGuard inner(b);
      b.setInsertionPointToStart(sort.getBody());
      Value id = load(sort.getInductionVar());
      Value unused = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, id, arith::ConstantIntOp::create(b, i32, 0));
      Value key = arith::SubIOp::create(b, i64(b, b.getLoc(), 0), arith::ExtSIOp::create(b, i64Type, id).getResult());
      key = arith::SelectOp::create(b, unused, i64(b, b.getLoc(), kLast), key);
      scf::YieldOp::create(b, insertDescending(b, keys, sort.getRegionIterArg(0), key));
    }
    loop(index(0), index(places), index(1), [&](Value i) {
      Value key = memref::LoadOp::create(b, keys, i);
      Value unused = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, key, i64(b, b.getLoc(), kLast));
      Value id = arith::TruncIOp::create(b, i32, arith::SubIOp::create(b, i64(b, b.getLoc(), 0), key).getResult());
      store(arith::SelectOp::create(b, unused, arith::ConstantIntOp::create(b, i32, -1), id), i);
    });
  });
  return status;
}

} // namespace mlir::msa
