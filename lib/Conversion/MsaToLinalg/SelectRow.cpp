//===- SelectRow.cpp - exact top-k of one row of scores -------------------===//
//
// Forced blocks are the ids [0, sink) and [localLo, localHi); the candidates are the rest of the visible ones, in ascending order.
// The best are kept in a list, best first: a candidate enters past every one that is not worse, so that of equal scores the lower
// id stays ahead, and the last drops out. Candidates come in chunks of 32, whose maximum is found in vectors first: once the list
// is full, few chunks hold anything that enters (about k * ln(n / k) entries in a random row).
//
//===----------------------------------------------------------------------===//
#include "SelectRow.h"

namespace mlir::msa {

using Values = TensorBuilder::Values;

constexpr int64_t kChunk = 32;

/// Opens a place for an element in the sorted list [0, at): moves up while `isBefore(i)` says that it belongs before element i.
/// Returns the place; elements behind it are shifted, in all `lists` alike.
static Values openPlace(TensorBuilder &b, Value at, ValueRange lists,
                        function_ref<Value(Value i, ValueRange lists)> isBefore) {
  Value zero = b.index(0), one = b.index(1);
  Values state = {at};
  state.append(lists.begin(), lists.end());
  return b.whileLoop(
      state,
      [&](ValueRange args) {
        Value isFirst = b.less(args[0], one);
        Value before = isBefore(b.max(b.sub(args[0], one), zero), args.drop_front());
        return b.select(isFirst, arith::ConstantOp::create(b, b.getBoolAttr(false)), before);
      },
      [&](ValueRange args) {
        Value previous = b.sub(args[0], one);
        Values next = {previous};
        for (Value list : args.drop_front()) {
          Value element = tensor::ExtractOp::create(b, list, previous);
          next.push_back(tensor::InsertOp::create(b, element, list, args[0]));
        }
        return next;
      });
}

Value sortAscending(TensorBuilder &b, Value ids, Value count, Value last) {
  auto rank = [&](Value id) -> Value {
    if (!last) return id;
    Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, id, last);
    return b.select(isLast, b.i32(INT32_MAX), id);
  };
  return b.forLoop(b.index(1), count, b.index(1), ids, [&](Value i, ValueRange state) -> Values {
    Value id = tensor::ExtractOp::create(b, state[0], i);
    Value idRank = rank(id);
    Values opened = openPlace(b, i, state, [&](Value at, ValueRange lists) {
      return b.less(idRank, rank(tensor::ExtractOp::create(b, lists[0], at)));
    });
    return {tensor::InsertOp::create(b, id, opened[1], opened[0])};
  })[0];
}

namespace {

/// The list of the best: `count` elements of [topk] tensors.
struct Best {
  Value scores, ids, count;
  Values values() const { return {scores, ids, count}; }
  explicit Best(ValueRange values) : scores(values[0]), ids(values[1]), count(values[2]) {}
};

class RowWriter {
public:
  RowWriter(TensorBuilder &b, const RowSelector &how, const RowSelector::Row &row) : b(b), how(how), row(row) {}

  /// The score of a block as it ranks.
  Value rankOf(Value block) {
    Value score = scoreOf(block);
    Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, score, score);
    return b.select(isNumber, score, b.negativeInfinity());
  }
  Value scoreOf(Value block) {
    return tensor::ExtractOp::create(b, row.scores, ValueRange{row.row[0], row.row[1], block});
  }

  /// Puts a block into the list of at most `slots`, if it is better than the last or there is room.
  Best enter(Best best, Value block, Value slots) {
    Value score = rankOf(block), one = b.index(1), lastSlot = b.sub(slots, one);
    Value hasRoom = b.less(best.count, slots);
    Value worst = tensor::ExtractOp::create(b, best.scores, lastSlot);
    Value isBetter = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
    auto insert = [&]() -> Values {
      Value at = b.min(best.count, lastSlot);
      Values opened = openPlace(b, at, {best.scores, best.ids}, [&](Value i, ValueRange lists) -> Value {
        Value other = tensor::ExtractOp::create(b, lists[0], i);
        return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, other);
      });
      Value id = arith::IndexCastOp::create(b, b.getI32Type(), block);
      return {tensor::InsertOp::create(b, score, opened[1], opened[0]),
              tensor::InsertOp::create(b, id, opened[2], opened[0]), b.min(b.add(best.count, one), slots)};
    };
    Value enters = arith::OrIOp::create(b, hasRoom, isBetter);
    SmallVector<Type> types(ValueRange(best.values()).getTypes());
    return Best(b.ifElse(enters, types, insert, [&] { return best.values(); }));
  }

  /// The best `slots` (at least 1) of the blocks [lo, hi).
  Best scan(Best best, Value lo, Value hi, Value slots) {
    Value one = b.index(1), chunk = b.index(kChunk);
    OpFoldResult unit = b.getIndexAttr(1);
    return Best(b.forLoop(lo, hi, chunk, best.values(), [&](Value first, ValueRange outer) -> Values {
      Best before(outer);
      Value end = b.min(b.add(first, chunk), hi);
      Value size = b.sub(end, first);
      Value scores = b.slice(row.scores, {row.row[0], row.row[1], first}, {unit, unit, size}, {ShapedType::kDynamic});
      Value top = b.generic("i", "i", scores, {"i"}, b.fill(b.negativeInfinity(), b.empty({}, b.getF32Type())), {""},
                            [](TensorBuilder &b, ValueRange args) -> Values {
                              return {arith::MaxNumFOp::create(b, args[0], args[1])};
                            })[0];
      Value worst = tensor::ExtractOp::create(b, before.scores, b.sub(slots, one));
      Value isBetter =
          arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, tensor::ExtractOp::create(b, top, ValueRange()), worst);
      Value mayEnter = arith::OrIOp::create(b, isBetter, b.less(before.count, slots));
      auto scanChunk = [&] {
        return b.forLoop(first, end, one, before.values(),
                         [&](Value block, ValueRange inner) { return enter(Best(inner), block, slots).values(); });
      };
      SmallVector<Type> types(outer.getTypes());
      return b.ifElse(mayEnter, types, scanChunk, [&] { return before.values(); });
    }));
  }

  /// Appends the blocks [lo, hi) whatever their scores.
  Best append(Best best, Value lo, Value hi) {
    bool ranks = how.order == SelectionOrder::Score;
    return Best(b.forLoop(lo, hi, b.index(1), best.values(), [&](Value block, ValueRange state) -> Values {
      Best before(state);
      Value id = arith::IndexCastOp::create(b, b.getI32Type(), block);
      Value next = b.add(before.count, b.index(1));
      if (!ranks) return {before.scores, tensor::InsertOp::create(b, id, before.ids, before.count), next};
      Value score = rankOf(block);
      Values opened = openPlace(b, before.count, {before.scores, before.ids}, [&](Value i, ValueRange lists) -> Value {
        Value other = tensor::ExtractOp::create(b, lists[0], i), otherId = tensor::ExtractOp::create(b, lists[1], i);
        Value isBetter = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, other);
        Value isEqual = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, score, other);
        return arith::OrIOp::create(b, isBetter, arith::AndIOp::create(b, isEqual, b.less(id, otherId)));
      });
      return {tensor::InsertOp::create(b, score, opened[1], opened[0]),
              tensor::InsertOp::create(b, id, opened[2], opened[0]), next};
    }));
  }

private:
  TensorBuilder &b;
  const RowSelector &how;
  const RowSelector::Row &row;
};

} // namespace

std::pair<Value, Value> RowSelector::select(TensorBuilder &b, const Row &row, Value ids, Value chosen) const {
  Value zero = b.index(0), one = b.index(1), k = b.index(topk);
  Value sink = b.min(b.index(sinkBlocks), row.blocks);
  // Without a local block (-1) this is the empty range [sink, sink).
  Value localHi = b.max(b.add(row.local, one), sink);
  Value localLo = b.max(b.sub(localHi, b.index(localBlocks)), sink);
  Value slots = b.sub(b.sub(k, sink), b.sub(localHi, localLo));

  RowWriter writer(b, *this, row);
  Best best(Values{b.empty({topk}, b.getF32Type()), b.fill(b.i32(-1), ids), zero});
  // No slot, no candidates.
  Value hasSlots = b.less(zero, slots), spare = b.max(slots, one);
  best = writer.scan(best, sink, b.select(hasSlots, localLo, sink), spare);
  best = writer.scan(best, localHi, b.select(hasSlots, row.blocks, localHi), spare);
  best = writer.append(best, zero, sink);
  best = writer.append(best, localLo, localHi);
  if (order != SelectionOrder::Score) {
    Value last;
    if (order == SelectionOrder::LocalLast) last = arith::IndexCastOp::create(b, b.getI32Type(), row.local);
    best.ids = sortAscending(b, best.ids, best.count, last);
  }
  if (!chosen) return {best.ids, Value()};
  chosen = b.fill(b.negativeInfinity(), chosen);
  chosen = b.forLoop(zero, best.count, one, chosen, [&](Value slot, ValueRange state) -> Values {
    Value score = writer.scoreOf(b.loadIndex(best.ids, slot));
    return {tensor::InsertOp::create(b, score, state[0], slot)};
  })[0];
  return {best.ids, chosen};
}

} // namespace mlir::msa
