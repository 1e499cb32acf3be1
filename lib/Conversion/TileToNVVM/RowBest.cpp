// The k best of each row of a fragment. The four lanes that hold a row (a quad) share its list: entry e is register e mod p of lane e / p,
// p = ceil(k / 4), so that a list is sorted along the quad. Beside it each lane has the row's bar, the k-th value, as a float: an
// entry that does not beat it costs one comparison, and where no lane of the warp has one that does, nothing else is done.
//
// Values are compared as TopK.cpp does: words in the order of floats. The word of no entry, back as a float, is a NaN, which every
// value beats (an unordered comparison).
#include "KernelEmitter.h"
#include "WarpSort.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace mlir::tile {

namespace {
constexpr int64_t kQuad = 4;
constexpr int64_t kNothing = std::numeric_limits<int32_t>::min();
constexpr int64_t kUnused = std::numeric_limits<int32_t>::max();
/// Shuffles inside a quad: segments of four lanes, clamped at a segment's first (up) or last (idx) lane.
constexpr int64_t kQuadUp = (32 - kQuad) << 8, kQuadIndex = kQuadUp | 31;
} // namespace

int64_t KernelEmitter::listRegisters(BestType type) { return llvm::divideCeil(type.getK(), kQuad); }

SmallVector<Type> KernelEmitter::loweredBest(BestType type) {
  SmallVector<Type> row(2 * listRegisters(type), b.getI32Type()), all;
  row.push_back(b.getF32Type());
  for (int64_t n = 0; n < subtiles(type.getRows()) * 2; ++n) llvm::append_range(all, row);
  return all;
}

SmallVector<KernelEmitter::RowList> KernelEmitter::rowLists(TypedValue<BestType> best) {
  int64_t registers = listRegisters(best.getType());
  ArrayRef<Value> all = get(best);
  SmallVector<RowList> lists;
  for (; !all.empty(); all = all.drop_front(2 * registers + 1))
    lists.push_back({Values(all.take_front(registers)), Values(all.slice(registers, registers)), all[2 * registers]});
  return lists;
}

void KernelEmitter::emitTopKEmpty(TopKEmptyOp op) {
  Values all;
  Value nothing = i32(kNothing), nowhere = i32(-1);
  Value bar = arith::ConstantOp::create(b, b.getF32FloatAttr(std::numeric_limits<float>::quiet_NaN()));
  int64_t registers = listRegisters(op.getType());
  for (int64_t n = 0; n < subtiles(op.getType().getRows()) * 2; ++n) {
    all.append(registers, nothing);
    all.append(registers, nowhere);
    all.push_back(bar);
  }
  set(op.getResult(), all);
}

Value KernelEmitter::quadShuffle(Value x, Value lane, bool up) {
  return NVVM::ShflOp::create(b, x.getType(), i32(-1), x, lane, i32(up ? kQuadUp : kQuadIndex),
                              up ? NVVM::ShflKind::up : NVVM::ShflKind::idx, nullptr);
}

/// The list with one more value, the last dropped: what is not less stays, the rest moves on by one, along the quad.
KernelEmitter::RowList KernelEmitter::insertInRow(const RowList &list, Value word, Value position, int64_t k) {
  auto stays = [&](Value other) -> Value { return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, other, word); };
  Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, quadColumn, index(0));
  Value wordBefore = quadShuffle(list.words.back(), i32(1), /*up=*/true);
  Value positionBefore = quadShuffle(list.positions.back(), i32(1), /*up=*/true);
  Value beforeStays = arith::OrIOp::create(b, isFirst, stays(wordBefore));
  RowList next;
  for (size_t j = 0; j < list.words.size(); ++j) {
    Value thisStays = stays(list.words[j]);
    auto choose = [&](Value mine, Value entered, Value before) -> Value {
      Value moved = arith::SelectOp::create(b, beforeStays, entered, before);
      return arith::SelectOp::create(b, thisStays, mine, moved);
    };
    next.words.push_back(choose(list.words[j], word, wordBefore));
    next.positions.push_back(choose(list.positions[j], position, positionBefore));
    beforeStays = thisStays, wordBefore = list.words[j], positionBefore = list.positions[j];
  }
  int64_t registers = list.words.size(), last = k - 1;
  Value bar = quadShuffle(next.words[last % registers], i32(last / registers), /*up=*/false);
  Value sign = arith::ShRSIOp::create(b, bar, i32(31));
  Value bits = arith::XOrIOp::create(b, bar, arith::AndIOp::create(b, sign, i32(std::numeric_limits<int32_t>::max())));
  next.bar = LLVM::BitcastOp::create(b, b.getF32Type(), bits);
  return next;
}

void KernelEmitter::emitTopKInsert(TopKInsertOp op) {
  SmallVector<RowList> lists = rowLists(op.getBest());
  Values values = get(op.getValues()), takes = get(op.getTake()), beats;
  Value some;
  for (size_t n = 0; n < lists.size(); ++n) {
    Value isGreater = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, values[n], lists[n].bar);
    Value takesPart = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, takes[n], i32(0));
    beats.push_back(arith::AndIOp::create(b, isGreater, takesPart));
    some = some ? Value(arith::OrIOp::create(b, some, beats[n])) : beats[n];
  }
  Value any = intrinsic("llvm.nvvm.vote.any.sync", b.getI1Type(), ValueRange{i32(-1), some});
  Values before = get(op.getBest());
  auto branch = scf::IfOp::create(b, ValueRange(before).getTypes(), any, true, true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value position = toI32(one(op.getPosition()));
    Values after;
    for (size_t n = 0; n < lists.size(); ++n) {
      Value word =
          arith::SelectOp::create(b, beats[n], orderedWord(values[n]), i32(kNothing)); // no one gives way to nothing
      RowList next = insertInRow(lists[n], word, position, op.getBest().getType().getK());
      llvm::append_range(after, next.words);
      llvm::append_range(after, next.positions);
      after.push_back(next.bar);
    }
    scf::YieldOp::create(b, after);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, before);
  }
  set(op.getResult(), Values(branch.getResults()));
}

/// Where an id goes in its row is a count: of the chosen before it, which each lane of the quad has all of, and of the kept before it.
LogicalResult KernelEmitter::emitTopKStore(TopKStoreOp op) {
  BestType type = op.getBest().getType();
  int64_t k = op.getK(), registers = listRegisters(type);
  SmallVector<RowList> lists = rowLists(op.getBest());
  Value quadLane = toI32(quadColumn);
  auto isLess = [&](Value lhs, Value rhs) { return less(lhs, rhs); };
  auto count = [&](Value condition) -> Value { return arith::ExtUIOp::create(b, b.getI32Type(), condition); };
  auto whenever = [&](Value condition, function_ref<void()> body) {
    auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
  };
  /// for (i = begin; i < end; i += 4) body(i), in i32
  auto stride = [&](Value begin, Value end, function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(b, toIndex(begin), toIndex(end), index(kQuad));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(toI32(loop.getInductionVar()));
  };

  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      const RowList &list = lists[i * 2 + half];
      FailureOr<Values> yielded = inlineRegion(op.getRowMap(), rowNumber(type.getRows(), i, half));
      if (failed(yielded)) return failure();
      ArrayRef<Value> place(*yielded);
      Value exists = less(index(0), place.back());
      Values coords(place.drop_back(4));
      place = place.take_back(4);
      Value head = toI32(place[0]), givenLow = toI32(place[1]), givenHigh = toI32(place[2]);
      Value low = arith::MaxSIOp::create(b, givenLow, head), high = arith::MaxSIOp::create(b, givenHigh, head);
      Value length = arith::SubIOp::create(b, high, low), kept = add(head, length);
      Value room = arith::SubIOp::create(b, i32(k), kept);

      // This lane's chosen positions, then everyone's: what is chosen is the same in all lanes of the quad.
      Values mine, all;
      for (int64_t j = 0; j < registers; ++j) {
        Value number = add(mul(quadLane, i32(registers)), i32(j));
        Value isEntry = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, list.words[j], i32(kNothing));
        Value isChosen = arith::AndIOp::create(b, isEntry, isLess(number, room));
        mine.push_back(arith::SelectOp::create(b, isChosen, list.positions[j], i32(kUnused)));
      }
      for (int64_t lane = 0; lane < kQuad; ++lane)
        for (Value position : mine) all.push_back(quadShuffle(position, i32(lane), /*up=*/false));
      auto chosenBefore = [&](Value position) {
        Value before = i32(0);
        for (Value other : all) before = add(before, count(isLess(other, position)));
        return before;
      };
      Value chosen = chosenBefore(i32(kUnused)), total = add(chosen, kept);

      Value last; // the position that comes after all others
      if (op.getOrder() == TopKOrder::KeptLast) {
        Value isThere = isLess(givenLow, givenHigh);
        last = arith::SelectOp::create(b, isThere, arith::SubIOp::create(b, givenHigh, i32(1)), i32(kUnused));
      }
      auto write = [&](Value position, Value at) {
        if (last) {
          at = arith::SubIOp::create(b, at, count(isLess(last, position)));
          Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, position, last);
          at = arith::SelectOp::create(b, isLast, arith::SubIOp::create(b, total, i32(1)), at);
        }
        Values here = coords;
        here.push_back(toIndex(at));
        LLVM::StoreOp::create(b, position, address(op.getIds(), here, 0, nullptr, nullptr));
      };
      Values ranks; // counted outside of branches: all lanes compare
      for (Value position : mine) ranks.push_back(chosenBefore(position));
      whenever(exists, [&] {
        for (int64_t j = 0; j < registers; ++j)
          whenever(isLess(mine[j], i32(kUnused)), [&] {
            Value behindLow = arith::MaxSIOp::create(b, arith::SubIOp::create(b, mine[j], low), i32(0));
            Value keptBefore = add(head, arith::MinSIOp::create(b, behindLow, length));
            write(mine[j], add(ranks[j], keptBefore));
          });
        stride(quadLane, kept, [&](Value n) {
          Value behind = add(low, arith::SubIOp::create(b, n, head));
          Value position = arith::SelectOp::create(b, isLess(n, head), n, behind);
          write(position, add(n, chosenBefore(position)));
        });
        stride(add(total, quadLane), i32(k), [&](Value at) {
          Values here = coords;
          here.push_back(toIndex(at));
          LLVM::StoreOp::create(b, i32(-1), address(op.getIds(), here, 0, nullptr, nullptr));
        });
      });
    }
  return success();
}

} // namespace mlir::tile
