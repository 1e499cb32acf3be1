// Scalar work shared out to threads: turn i belongs to thread i mod threads. Vectors lie in shared memory as they are; sets
// lie word by word, word w of all sets before word w + 1, so that neighbouring sets are in neighbouring banks.
#include "KernelEmitter.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::tile {

static constexpr int64_t kWord = 4; ///< bytes of an element of a vector, of 32 members of a set

/// The op's place in shared memory, or a failure with a diagnostic. What an earlier turn of a loop around it left there may
/// still be read by other threads.
FailureOr<Value> KernelEmitter::placeOf(Operation *op) {
  auto offset = op->getAttrOfType<IntegerAttr>("smem_offset");
  if (!offset) return op->emitOpError("has no place in shared memory: run plan-shared-memory first");
  if (op->getParentOp() != kernel) barrier();
  return shared(offset.getInt());
}

Value KernelEmitter::word(Value base, Value position) { return at(base, toI32(mul(position, index(kWord)))); }

void KernelEmitter::forThreads(Value begin, Value end, function_ref<void(Value i)> body) {
  auto loop = scf::ForOp::create(b, begin, end, index(threads));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

LogicalResult KernelEmitter::emitParallel(ParallelOp op) {
  Value count = one(op.getCount()), place;
  if (op.getResult()) {
    FailureOr<Value> found = placeOf(op);
    if (failed(found)) return failure();
    place = *found;
  }
  LogicalResult status = success();
  auto turn = [&](Value i) {
    FailureOr<Values> element = inlineRegion(op.getBody(), i);
    if (failed(element)) status = failure();
    else if (place) LLVM::StoreOp::create(b, element->front(), word(place, i));
  };
  // Loads of four turns in flight, where it is known that there are as many.
  constexpr int64_t kUnroll = 4;
  std::optional<int64_t> known = getConstantIntValue(op.getCount());
  if (known && *known % (threads * kUnroll) == 0) {
    auto loop = scf::ForOp::create(b, tid, index(*known), index(threads * kUnroll));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    for (int64_t n = 0; n < kUnroll; ++n) turn(add(loop.getInductionVar(), index(n * threads)));
  } else {
    forThreads(tid, count, turn);
  }
  if (place) {
    int64_t size = cast<SmemType>(op.getResult().getType()).getCols();
    if (known != size)
      forThreads(add(count, tid), index(size), [&](Value i) { LLVM::StoreOp::create(b, i32(0), word(place, i)); });
    set(op.getResult(), {place});
  }
  barrier();
  return status;
}

void KernelEmitter::emitAt(AtOp op) {
  set(op.getElement(), {LLVM::LoadOp::create(b, b.getI32Type(), word(one(op.getVector()), one(op.getPosition())))});
}

/// Each thread adds up neighbouring elements, the lanes of a warp those sums, and every thread the sums of the warps.
LogicalResult KernelEmitter::emitScan(ScanOp op) {
  FailureOr<Value> place = placeOf(op);
  if (failed(place)) return failure();
  SmemType type = op.getResult().getType();
  int64_t size = type.getCols(), share = (size + threads - 1) / threads;
  Value source = one(op.getVector()), sums = at(*place, sharedPitch(size, type.getElementType()));
  Value first = mul(tid, index(share));
  Values elements, inside;
  Value sum = i32(0);
  for (int64_t n = 0; n < share; ++n) {
    Value i = add(first, index(n));
    inside.push_back(less(i, index(size)));
    Value element =
        LLVM::LoadOp::create(b, b.getI32Type(), word(source, arith::MinSIOp::create(b, i, index(size - 1))));
    elements.push_back(arith::SelectOp::create(b, inside.back(), element, i32(0)));
    sum = add(sum, elements.back());
  }
  Value upTo = sum; // the sums of this lane and of those before it
  for (int64_t distance = 1; distance < 32; distance *= 2) {
    Value other =
        NVVM::ShflOp::create(b, b.getI32Type(), i32(-1), upTo, i32(distance), i32(0), NVVM::ShflKind::up, nullptr);
    upTo = add(upTo, arith::SelectOp::create(b, less(lane, index(distance)), i32(0), other));
  }
  auto last = scf::IfOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lane, index(31)),
                                /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(last.thenBlock());
    LLVM::StoreOp::create(b, upTo, word(sums, warp));
  }
  barrier();
  Value before = arith::SubIOp::create(b, upTo, sum), total = i32(0);
  for (int64_t w = 0; w < warps; ++w) {
    Value ofWarp = LLVM::LoadOp::create(b, b.getI32Type(), word(sums, index(w)));
    before = add(before, arith::SelectOp::create(b, less(index(w), warp), ofWarp, i32(0)));
    total = add(total, ofWarp);
  }
  for (int64_t n = 0; n < share; ++n) {
    auto branch = scf::IfOp::create(b, inside[n], /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      LLVM::StoreOp::create(b, before, word(*place, add(first, index(n))));
    }
    before = add(before, elements[n]);
  }
  barrier();
  set(op.getResult(), {*place});
  set(op.getTotal(), {toIndex(total)});
  return success();
}

//===----------------------------------------------------------------------===//
// Sets
//===----------------------------------------------------------------------===//

LogicalResult KernelEmitter::emitMakeBits(MakeBitsOp op) {
  FailureOr<Value> place = placeOf(op);
  if (failed(place)) return failure();
  BitsType type = op.getBits().getType();
  int64_t words = type.getSets() * type.getMembers() / 32, perStore = words % 4 == 0 ? 4 : 1;
  auto chunk = VectorType::get({perStore}, b.getI32Type());
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(chunk));
  forThreads(tid, index(words / perStore), [&](Value i) {
    LLVM::StoreOp::create(b, zeros, word(*place, mul(i, index(perStore))), perStore * kWord);
  });
  barrier();
  set(op.getBits(), {*place});
  return success();
}

Value KernelEmitter::setWord(TypedValue<BitsType> bits, Value set, Value number) {
  return word(one(bits), add(mul(number, index(bits.getType().getSets())), set));
}

void KernelEmitter::emitSetBit(SetBitOp op) {
  Value set = one(op.getSet()), member = one(op.getMember());
  Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, set, index(op.getBits().getType().getSets()));
  auto branch = scf::IfOp::create(b, isThere, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value bit = arith::ShLIOp::create(b, i32(1), toI32(arith::RemUIOp::create(b, member, index(32))));
  Value place = setWord(op.getBits(), set, arith::DivUIOp::create(b, member, index(32)));
  LLVM::AtomicRMWOp::create(b, LLVM::AtomicBinOp::_or, place, bit, LLVM::AtomicOrdering::monotonic);
}

void KernelEmitter::emitCountBits(CountBitsOp op) {
  Value which = one(op.getSet()), end = one(op.getEnd());
  auto size = [&](Value members) -> Value { return LLVM::CtPopOp::create(b, b.getI32Type(), members); };
  auto load = [&](Value number) -> Value {
    return LLVM::LoadOp::create(b, b.getI32Type(), setWord(op.getBits(), which, number));
  };
  if (std::optional<int64_t> known = getConstantIntValue(op.getEnd()); known && *known % 32 == 0) { // whole words
    Value count = i32(0);
    for (int64_t w = 0; w < *known / 32; ++w) count = add(count, size(load(index(w))));
    set(op.getCount(), {toIndex(count)});
    return;
  }
  Value whole = arith::DivUIOp::create(b, end, index(32)), rest = toI32(arith::RemUIOp::create(b, end, index(32)));
  auto loop = scf::ForOp::create(b, index(0), whole, index(1), ValueRange{i32(0)});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value sum = add(loop.getRegionIterArg(0), size(load(loop.getInductionVar())));
    scf::YieldOp::create(b, ValueRange{sum});
  }
  // Of the last word the bits below `rest`; where that is none there may be no word any more.
  int64_t words = op.getBits().getType().getMembers() / 32;
  Value lastWord = load(arith::MinSIOp::create(b, whole, index(words - 1)));
  Value below = arith::SubIOp::create(b, arith::ShLIOp::create(b, i32(1), rest), i32(1));
  Value count = add(loop.getResult(0), size(arith::AndIOp::create(b, lastWord, below)));
  set(op.getCount(), {toIndex(count)});
}

} // namespace mlir::tile
