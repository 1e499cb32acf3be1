// The k best entries of rows, a warp a row (or all warps one row): filtered candidates, sorted a warp's worth at a time.
//
// A warp streams the row in steps of kTopKStep entries, in ascending order, and holds the best so far as a sorted list across its
// lanes. An entry that does not beat the list's last is left out by one comparison; the others wait in shared memory until there are
// 32 of them, which are then sorted and merged into the list. Most steps of a long row have none.
//
// Entries are compared as signed integers: the bits of a float in the order of floats (-0 made 0, NaN made -inf), and behind them the
// complement of the position, so that no two are equal and of equal values the lower position is greater. Kept entries have the
// greatest value word, places without an entry the least.
#include "KernelEmitter.h"
#include "WarpSort.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace mlir::tile {

namespace {
constexpr int64_t kLanes = 32;
constexpr int64_t kKept = std::numeric_limits<int32_t>::max();    // above every float
constexpr int64_t kNothing = std::numeric_limits<int32_t>::min(); // below every float: -inf is 0x807fffff
/// From this k on, the maxima of 32 lanes say too little about the k-th best.
constexpr int64_t kMostMaxima = 24;

/// Where one row is, on the device: index values.
struct Row {
  Value source; ///< address of entry 0
  Value stride; ///< bytes from one entry to the next, i64
  Value size, head, low, high;
  Values ids; ///< coordinates of its list
};
} // namespace

/// Chooses for one kernel op; all methods emit code for one row.
class TopKEmitter {
public:
  TopKEmitter(KernelEmitter &e, TopKOp op, Value buffer)
      : e(e),
        b(e.b),
        op(op),
        buffer(buffer),
        sorter(e.b, e.toI32(e.lane)),
        lane(e.toI32(e.lane)),
        k(op.getK()),
        registers(llvm::divideCeil(k, kLanes)) {
    Value all = i32(-1);
    lanesBefore = arith::XOrIOp::create(b, arith::ShLIOp::create(b, all, lane), all);
    nothing = arith::ConstantIntOp::create(b, kNothing * (int64_t(1) << 32), 64);
  }

  void emit(const Row &row, bool shared) {
    // Warps that share a row take its parts in order. The first one's list starts with what is kept.
    Value begin = e.index(0), end = row.size, isFirst;
    if (shared) {
      int64_t quantum = e.warps * kLanes;
      Value part =
          e.mul(arith::DivUIOp::create(b, e.add(row.size, e.index(quantum - 1)), e.index(quantum)), e.index(kLanes));
      begin = least(e.mul(e.warp, part), row.size);
      end = least(e.add(begin, part), row.size);
      isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, e.warp, e.index(0));
    }
    Values list = stream(row, begin, end, keptEntries(row, isFirst), shared);
    if (!shared) return write(row, list);
    list = mergeWarps(list);
    whenever(isFirst, [&] { write(row, list); });
  }

private:
  //===--------------------------------------------------------------------===//
  // Entries
  //===--------------------------------------------------------------------===//

  Value wordOf(Value x) { return e.orderedWord(x); }

  Value entry(Value word, Value position) { return sorter.pack(word, arith::XOrIOp::create(b, position, i32(-1))); }
  Value positionOf(Value entry) { return arith::XOrIOp::create(b, sorter.low(entry), i32(-1)); }
  Value isEntry(Value entry) { return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, entry, nothing); }

  Value isKept(const Row &row, Value position) {
    Value inHead = e.less(position, e.toI32(row.head));
    Value length = arith::SubIOp::create(b, e.toI32(row.high), e.toI32(row.low));
    Value fromLow = arith::SubIOp::create(b, position, e.toI32(row.low));
    Value inTail = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, fromLow, length);
    return arith::OrIOp::create(b, inHead, inTail);
  }

  Value load(const Row &row, Value position) {
    Value pointer = e.at(row.source, e.mul(arith::ExtSIOp::create(b, b.getI64Type(), position), row.stride));
    auto value = LLVM::LoadOp::create(b, b.getF32Type(), pointer);
    value.setInvariant(true);
    return value;
  }

  /// The list that holds what is kept, in order of positions; `isFirst` null: always.
  Values keptEntries(const Row &row, Value isFirst) {
    Value head = e.toI32(row.head), low = arith::MaxSIOp::create(b, e.toI32(row.low), head);
    Value high = arith::MaxSIOp::create(b, e.toI32(row.high), head);
    Value count = e.add(head, arith::SubIOp::create(b, high, low));
    if (isFirst) count = arith::SelectOp::create(b, isFirst, count, i32(0));
    Values list;
    for (int64_t r = 0; r < registers; ++r) {
      Value number = e.add(lane, i32(r * kLanes));
      Value behind = e.add(low, arith::SubIOp::create(b, number, head));
      Value position = arith::SelectOp::create(b, e.less(number, head), number, behind);
      list.push_back(arith::SelectOp::create(b, e.less(number, count), entry(i32(kKept), position), nothing));
    }
    return list;
  }

  /// The value word that a later entry must beat: that of the k-th in the list.
  Value bar(ValueRange list) { return sorter.broadcast(sorter.high(list[(k - 1) / kLanes]), (k - 1) % kLanes); }

  //===--------------------------------------------------------------------===//
  // One pass over a part of the row
  //===--------------------------------------------------------------------===//

  /// `ahead`: a step's loads are issued a step early. It costs registers, and pays where few warps are there to wait for one another.
  Values stream(const Row &row, Value begin, Value end, Values list, bool ahead) {
    Values state = list;
    state.append({i32(0), bar(list)}); // candidates waiting, and what beats the list
    Value last = arith::SubIOp::create(b, e.toI32(end), i32(1));
    if (ahead) {
      Values none(kTopKStep / kLanes, arith::ConstantOp::create(b, b.getF32FloatAttr(0)));
      llvm::append_range(state, either(less(begin, end), none, [&] { return loadStep(row, begin, last); }));
    }
    auto loop = scf::ForOp::create(b, begin, end, e.index(kTopKStep), state);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value first = loop.getInductionVar();
      ValueRange carried = loop.getRegionIterArgs();
      Values next, loaded(carried.drop_front(registers + 2));
      if (ahead) next = loadStep(row, e.add(first, e.index(kTopKStep)), last);
      else loaded = loadStep(row, first, last);
      Values after = look(row, first, last, loaded, Values(carried.take_front(registers + 2)));
      llvm::append_range(after, next);
      scf::YieldOp::create(b, after);
    }
    list.assign(loop.getResults().begin(), loop.getResults().begin() + registers);
    Value waiting = loop.getResult(registers);
    Value some = e.less(i32(0), waiting);
    return either(some, list, [&] {
      Value mine = e.less(lane, waiting);
      return insert(list, arith::SelectOp::create(b, mine, waitingEntry(lane), nothing));
    });
  }

  Value positionOf(Value first, int64_t j) { return e.add(e.add(e.toI32(first), lane), i32(j * kLanes)); }

  /// This lane's entries of the step that begins at `first`; past the end the last one again, so that loads need no branch.
  Values loadStep(const Row &row, Value first, Value last) {
    Values loaded;
    for (int64_t j = 0; j < kTopKStep / kLanes; ++j)
      loaded.push_back(load(row, arith::MinSIOp::create(b, positionOf(first, j), last)));
    return loaded;
  }

  /// One step: comparisons; the rest only where an entry beats the list.
  Values look(const Row &row, Value first, Value last, const Values &loaded, Values state) {
    Value bar = state[registers + 1], most;
    Values positions, words;
    for (int64_t j = 0; j < kTopKStep / kLanes; ++j) {
      positions.push_back(positionOf(first, j));
      Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, positions[j], last);
      words.push_back(arith::SelectOp::create(b, inside, wordOf(loaded[j]), i32(kNothing)));
      most = most ? Value(arith::MaxSIOp::create(b, most, words[j])) : words[j];
    }
    Value lanes = sorter.ballot(e.less(bar, most));
    Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, lanes, i32(0));
    return either(some, state, [&] { return collect(row, positions, words, most, lanes, state); });
  }

  /// Adds what beats the list to the candidates, and sorts them in as soon as they are a warp's worth.
  Values collect(const Row &row, const Values &positions, const Values &words, Value most, Value lanes, Values state) {
    Value floor = e.add(state[registers + 1], i32(1)), count = state[registers];
    if (k <= kMostMaxima) {
      // Where more than k lanes hold such an entry, the k-th greatest of the lanes' maxima is a better bar: k entries reach it.
      // (Kept ones among them are in a list already, or will be.) With a full step of a row's start that leaves about 1.3 k.
      Value many = e.less(i32(k), math::CtPopOp::create(b, lanes));
      floor = either(many, {floor}, [&]() -> Values {
                Value sorted = sorter.sort({most}, kLanes, /*descending=*/true).front();
                return {arith::MaxSIOp::create(b, floor, sorter.broadcast(sorted, k - 1))};
              }).front();
    }
    for (size_t j = 0; j < words.size(); ++j) {
      Value word = words[j], position = positions[j];
      Value reaches = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, word, floor);
      Value enters = arith::AndIOp::create(b, reaches, arith::XOrIOp::create(b, isKept(row, position), yes()));
      Value entering = sorter.ballot(enters);
      Value before = math::CtPopOp::create(b, arith::AndIOp::create(b, entering, lanesBefore));
      Value place = e.add(count, before), item = entry(word, position);
      whenever(enters, [&] { LLVM::StoreOp::create(b, item, waitingPlace(place)); });
      count = e.add(count, math::CtPopOp::create(b, entering));
    }
    NVVM::SyncWarpOp::create(b, i32(-1));
    state[registers] = count;
    Value full = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, count, i32(kLanes));
    return either(full, state, [&] { return drain(state); });
  }

  /// Whole warps' worths of candidates go to the list, what is left to the front.
  Values drain(Values state) {
    Value count = state[registers], rest = arith::AndIOp::create(b, count, i32(kLanes - 1));
    Value whole = arith::SubIOp::create(b, count, rest);
    auto loop =
        scf::ForOp::create(b, e.index(0), e.toIndex(whole), e.index(kLanes), ValueRange(state).take_front(registers));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value candidate = waitingEntry(e.add(e.toI32(loop.getInductionVar()), lane));
      Values list(loop.getRegionIterArgs());
      Value beats = sorter.any(e.less(bar(list), sorter.high(candidate)));
      scf::YieldOp::create(b, either(beats, list, [&] { return insert(list, candidate); }));
    }
    Values list(loop.getResults());
    Value left = waitingEntry(e.add(whole, lane)); // past the rest: anything
    NVVM::SyncWarpOp::create(b, i32(-1));
    LLVM::StoreOp::create(b, left, waitingPlace(lane));
    NVVM::SyncWarpOp::create(b, i32(-1));
    Values next = list;
    next.append({rest, bar(list)});
    return next;
  }

  Values insert(Values list, Value candidate) {
    WarpSort::List ascending(registers); // no more than 32 of them
    ascending.back() = sorter.sort({candidate}, kLanes, /*descending=*/false).front();
    return sorter.merge(list, ascending);
  }

  Value waitingPlace(Value number) { return e.at(buffer, e.mul(number, i32(8))); }
  Value waitingEntry(Value number) { return LLVM::LoadOp::create(b, b.getI64Type(), waitingPlace(number)); }

  //===--------------------------------------------------------------------===//
  // Several warps, one row
  //===--------------------------------------------------------------------===//

  /// A tree: each warp hands its list over once, to the one that its lowest set bit leads to.
  Values mergeWarps(Values list) {
    for (int64_t distance = 1; distance < e.warps; distance *= 2) {
      Value turn = arith::RemUIOp::create(b, e.warp, e.index(2 * distance));
      whenever(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, turn, e.index(distance)), [&] {
        for (int64_t r = 0; r < registers; ++r)
          LLVM::StoreOp::create(b, list[r], waitingPlace(e.add(lane, i32(r * kLanes))));
      });
      e.barrier();
      Value takes = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, turn, e.index(0));
      takes = arith::AndIOp::create(b, takes, e.less(e.add(e.warp, e.index(distance)), e.index(e.warps)));
      list = either(takes, list, [&] {
        WarpSort::List ascending; // the other's list from its end
        for (int64_t r = 0; r < registers; ++r) {
          Value number = arith::SubIOp::create(b, i32(registers * kLanes - 1 - r * kLanes), lane);
          Value place = e.at(waitingPlace(number), distance * kTopKWarpBytes);
          ascending.push_back(LLVM::LoadOp::create(b, b.getI64Type(), place));
        }
        return sorter.merge(list, ascending);
      });
    }
    return list;
  }

  //===--------------------------------------------------------------------===//
  // The result
  //===--------------------------------------------------------------------===//

  void write(const Row &row, Values list) {
    // Of the list the first k count. What is sorted further may stay a shorter network.
    int64_t width = llvm::PowerOf2Ceil(k);
    Values numbers, positions, values;
    for (int64_t r = 0; r < registers; ++r) {
      numbers.push_back(e.add(lane, i32(r * kLanes)));
      Value counts = isEntry(list[r]);
      if (k % kLanes != 0) counts = arith::AndIOp::create(b, counts, e.less(numbers[r], i32(k)));
      list[r] = arith::SelectOp::create(b, counts, list[r], nothing);
    }
    if (op.getOrder() == TopKOrder::Value) {
      for (Value &item : list) {
        Value counts = isEntry(item), position = positionOf(item);
        item = arith::SelectOp::create(b, counts, entry(wordOf(read(row, counts, position)), position), nothing);
      }
      list = sorter.sort(list, width, /*descending=*/true);
      for (Value item : list) positions.push_back(arith::SelectOp::create(b, isEntry(item), positionOf(item), i32(-1)));
    } else {
      bool keptLast = op.getOrder() == TopKOrder::KeptLast;
      Value last = keptLast ? arith::SubIOp::create(b, e.toI32(row.high), i32(1)) : Value();
      // Without a kept range there is none to come last.
      if (last) last = arith::SelectOp::create(b, less(row.low, row.high), last, i32(-1));
      constexpr int64_t kUnused = std::numeric_limits<int32_t>::max(), kLast = kUnused - 1;
      for (Value item : list) {
        Value position = positionOf(item), key = position;
        if (last)
          key = arith::SelectOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, key, last), i32(kLast),
                                        key);
        positions.push_back(arith::SelectOp::create(b, isEntry(item), key, i32(kUnused)));
      }
      positions = sorter.sort(positions, width, /*descending=*/false);
      for (Value &position : positions) {
        Value unused = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, position, i32(kUnused));
        if (last) {
          Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, position, i32(kLast));
          position = arith::SelectOp::create(b, isLast, last, position);
        }
        position = arith::SelectOp::create(b, unused, i32(-1), position);
      }
    }
    for (int64_t r = 0; r < registers; ++r) {
      Value position = positions[r], value;
      Value isUsed = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, position, i32(0));
      if (op.getValues()) value = read(row, isUsed, position);
      whenever(e.less(numbers[r], i32(k)), [&] {
        Values coords = row.ids;
        coords.push_back(e.toIndex(numbers[r]));
        LLVM::StoreOp::create(b, position, e.address(op.getIds(), coords, 0, nullptr, nullptr));
        if (value) LLVM::StoreOp::create(b, value, e.address(op.getValues(), coords, 0, nullptr, nullptr));
      });
    }
  }

  /// What the row holds at `position`, -inf where `condition` does not hold.
  Value read(const Row &row, Value condition, Value position) {
    auto branch = scf::IfOp::create(b, TypeRange{b.getF32Type()}, condition, true, true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, ValueRange{load(row, position)});
    b.setInsertionPointToStart(branch.elseBlock());
    Value minusInf = arith::ConstantOp::create(b, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
    scf::YieldOp::create(b, ValueRange{minusInf});
    return branch.getResult(0);
  }

  //===--------------------------------------------------------------------===//
  // Pens
  //===--------------------------------------------------------------------===//

  Value i32(int64_t value) { return e.i32(value); }
  Value yes() { return arith::ConstantIntOp::create(b, 1, 1); }
  Value less(Value lhs, Value rhs) { return e.less(lhs, rhs); }
  Value least(Value lhs, Value rhs) { return arith::MinSIOp::create(b, lhs, rhs); }

  void whenever(Value condition, function_ref<void()> body) {
    auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
  }

  /// What `body` makes, or `otherwise`.
  Values either(Value condition, const Values &otherwise, function_ref<Values()> body) {
    auto branch = scf::IfOp::create(b, ValueRange(otherwise).getTypes(), condition, true, true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, body());
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, otherwise);
    return Values(branch.getResults());
  }

  KernelEmitter &e;
  ImplicitLocOpBuilder &b;
  TopKOp op;
  Value buffer; ///< of this warp, in shared memory
  WarpSort sorter;
  Value lane, lanesBefore, nothing;
  int64_t k, registers;
};

Value KernelEmitter::orderedWord(Value x) {
  Value minusInf = arith::ConstantOp::create(b, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  x = arith::AddFOp::create(b, x, arith::ConstantOp::create(b, b.getF32FloatAttr(0))); // -0 + 0 is 0
  x = arith::MaxNumFOp::create(b, x, minusInf); // of a number and a NaN the number
  Value bits = LLVM::BitcastOp::create(b, b.getI32Type(), x);
  Value sign = arith::ShRSIOp::create(b, bits, i32(31)); // negative ones go the other way round
  return arith::XOrIOp::create(b, bits, arith::AndIOp::create(b, sign, i32(kKept)));
}

LogicalResult KernelEmitter::emitTopK(TopKOp op) {
  auto offset = op->getAttrOfType<IntegerAttr>("smem_offset");
  if (!offset) return op.emitOpError("has no place in shared memory: run plan-shared-memory first");
  bool shared = op.getRows() == 1 && warps > 1;
  Value buffer = at(this->shared(offset.getInt()), toI32(mul(warp, index(kTopKWarpBytes))));
  TopKEmitter emitter(*this, op, buffer);

  auto emitRow = [&](Value number) -> LogicalResult {
    FailureOr<Values> yielded = inlineRegion(op.getRowMap(), number);
    if (failed(yielded)) return failure();
    ArrayRef<Value> place(*yielded);
    auto branch = scf::IfOp::create(b, less(index(0), place.back()), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    auto source = cast<MemRefType>(op.getSource().getType());
    Values coords(place.take_front(source.getRank() - 1));
    coords.push_back(index(0));
    Row row;
    row.source = address(op.getSource(), coords, 0, nullptr, nullptr);
    row.stride = mul(get(op.getSource())[source.getRank()], arith::ConstantIntOp::create(b, 4, 64));
    row.ids = Values(place.drop_front(source.getRank() - 1).drop_back(5));
    place = place.take_back(5);
    row.size = place[0], row.head = place[1], row.low = place[2], row.high = place[3];
    emitter.emit(row, shared);
    return success();
  };
  int64_t each = shared ? 1 : op.getRows() / warps;
  if (each == 1) return emitRow(shared ? index(0) : warp);
  auto loop = scf::ForOp::create(b, index(0), index(each), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  return emitRow(add(mul(loop.getInductionVar(), index(warps)), warp));
}

} // namespace mlir::tile
