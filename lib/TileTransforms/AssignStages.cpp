#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/RegionUtils.h"
#include "msa/TileTransforms/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_ASSIGNSTAGES
#include "msa/TileTransforms/Passes.h.inc"

namespace {
SetVector<Operation *> inBlockOrder(const SetVector<Operation *> &ops) {
  SmallVector<Operation *> sorted(ops.begin(), ops.end());
  llvm::sort(sorted, [](Operation *lhs, Operation *rhs) { return lhs->isBeforeInBlock(rhs); });
  return SetVector<Operation *>(sorted.begin(), sorted.end());
}

/// The ops of the loop's body that a load's row map needs; fails where one of them depends on a carried value or is
/// itself a copy.
FailureOr<SetVector<Operation *>> sliceOf(LoadOp load, scf::ForOp loop) {
  SetVector<Operation *> slice;
  SmallVector<Value> todo;
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(load.getRowMap(), captured);
  llvm::append_range(todo, captured);
  todo.push_back(load.getView());
  while (!todo.empty()) {
    Value value = todo.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (argument.getOwner() == loop.getBody() && argument != loop.getInductionVar()) return failure();
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (op->getBlock() != loop.getBody() || slice.contains(op)) continue;
    if (isa<LoadOp>(op)) return failure();
    slice.insert(op);
    llvm::append_range(todo, op->getOperands());
    SetVector<Value> inner;
    for (Region &region : op->getRegions()) getUsedValuesDefinedAbove(region, inner);
    llvm::append_range(todo, inner);
  }
  return slice;
}

/// The loads before a loop in its block that can arrive while the loop's first copies are under way: nothing looks at them before the
/// loop but copies to fragments, which may wait as long.
SmallVector<LoadOp> loadsAhead(scf::ForOp loop) {
  auto inOrBehindLoop = [&](Operation *user) {
    Operation *here = loop->getBlock()->findAncestorOpInBlock(*user);
    return here && !here->isBeforeInBlock(loop);
  };
  SmallVector<LoadOp> ahead;
  for (LoadOp load : loop->getBlock()->getOps<LoadOp>()) {
    if (!load->isBeforeInBlock(loop)) break;
    bool canWait = llvm::all_of(load.getResult().getUsers(), [&](Operation *user) {
      return inOrBehindLoop(user) || (isa<ToFragOp>(user) && llvm::all_of(user->getUsers(), inOrBehindLoop));
    });
    if (canWait) ahead.push_back(load);
  }
  return ahead;
}

/// A ring of an earlier loop of the block that nobody needs any more, and that is not `taken`.
RingOp ringBefore(scf::ForOp loop, RingType type, ArrayRef<Value> taken) {
  for (RingOp ring : loop->getBlock()->getOps<RingOp>()) {
    if (!ring->isBeforeInBlock(loop)) break;
    bool done = llvm::all_of(ring->getUsers(), [&](Operation *user) {
      Operation *here = loop->getBlock()->findAncestorOpInBlock(*user);
      return here && here->isBeforeInBlock(loop);
    });
    if (ring.getType() == type && done && !llvm::is_contained(taken, ring.getRing())) return ring;
  }
  return {};
}

/// The last op of the loop's body that reads what `load` made; null where the tile is handed on or nobody reads it.
Operation *lastReader(LoadOp load, scf::ForOp loop) {
  Operation *last = nullptr;
  for (Operation *reader : readersOf(load.getResult())) {
    Operation *here = loop.getBody()->findAncestorOpInBlock(*reader);
    if (!here || here->hasTrait<OpTrait::IsTerminator>()) return nullptr;
    if (!last || last->isBeforeInBlock(here)) last = here;
  }
  return last;
}

/// Where the slot of a tile that `reader` was the last to read is filled again: before the next product, where what was made of
/// the last one's result is smallest, or at once.
Operation *refillPlace(Operation *reader) {
  for (Operation *op = reader->getNextNode(); op; op = op->getNextNode())
    if (isa<MmaOp>(op)) return op;
  return reader->getNextNode();
}

struct AssignStages : impl::AssignStagesBase<AssignStages> {
  using Base::Base;

  void runOnOperation() override {
    int64_t depth = stages;
    if (depth == 0) {
      auto attribute = getOperation()->getAttrOfType<IntegerAttr>("kv_stages");
      depth = attribute ? attribute.getInt() : 2;
    }
    if (depth < 1) return; // loads stay where they are
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (scf::ForOp loop : loops) pipeline(loop, depth);
  }

  static RingType ringType(LoadOp load, int64_t depth) {
    SmemType type = load.getResult().getType();
    return RingType::get(load.getContext(), depth, type.getRows(), type.getCols(), type.getElementType());
  }

  static Value ringFor(ImplicitLocOpBuilder &b, LoadOp load, int64_t depth) {
    return RingOp::create(b, ringType(load, depth), IntegerAttr());
  }

  static void copyToSlot(ImplicitLocOpBuilder &b, LoadOp load, Value ring, Value slot, IRMapping mapping) {
    auto copy = LoadAsyncOp::create(b, load.getView(), ring, slot, load.getPiece(), load.getRowDim());
    load.getRowMap().cloneInto(&copy.getRowMap(), mapping);
  }

  void pipeline(scf::ForOp loop, int64_t depth) {
    SmallVector<LoadOp> loads(loop.getBody()->getOps<LoadOp>());
    if (loads.empty()) return;
    SetVector<Operation *> slice;
    for (LoadOp load : loads) {
      FailureOr<SetVector<Operation *>> needed = sliceOf(load, loop);
      if (failed(needed)) return;
      slice.insert(needed->begin(), needed->end());
    }
    slice = inBlockOrder(slice);
    if (depth == 1 && llvm::any_of(loads, [&](LoadOp load) { return !lastReader(load, loop); })) return;

    ImplicitLocOpBuilder b(loop.getLoc(), loop);
    SmallVector<LoadOp> ahead = loadsAhead(loop);
    SmallVector<Value> aheadRings;
    for (LoadOp load : ahead) {
      b.setInsertionPoint(load);
      aheadRings.push_back(ringFor(b, load, 1));
      copyToSlot(b, load, aheadRings.back(), arith::ConstantIndexOp::create(b, 0), IRMapping());
      CommitGroupOp::create(b);
    }
    b.setInsertionPoint(loop);
    SmallVector<Value> rings, taken = aheadRings; // those are not read yet
    bool reuses = false;
    for (LoadOp load : loads) {
      RingOp before = ringBefore(loop, ringType(load, depth), taken);
      reuses |= bool(before);
      rings.push_back(before ? before.getRing() : ringFor(b, load, depth));
      taken.push_back(rings.back());
    }
    auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
    // The copies of one iteration, under a guard: it may be past the end.
    auto issueSome = [&](ArrayRef<LoadOp> loads, ArrayRef<Value> rings, Value iteration, Value slot) {
      Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, iteration, loop.getUpperBound());
      auto guard = scf::IfOp::create(b, inside, /*withElseRegion=*/false);
      {
        OpBuilder::InsertionGuard restore(b);
        b.setInsertionPointToStart(guard.thenBlock());
        IRMapping mapping;
        mapping.map(loop.getInductionVar(), iteration);
        for (Operation *op : slice) b.clone(*op, mapping);
        for (auto [load, ring] : llvm::zip(loads, rings)) copyToSlot(b, load, ring, slot, mapping);
      }
      CommitGroupOp::create(b);
    };
    auto issue = [&](Value iteration, Value slot) { issueSome(loads, rings, iteration, slot); };

    // A ring that was used before, by an earlier loop or in an outer loop's last turn: everyone must be done with its tiles.
    if (reuses || loop->getParentOfType<scf::ForOp>()) WaitGroupOp::create(b, uint64_t(0));
    for (int64_t stage = 0; stage < std::max<int64_t>(depth - 1, 1); ++stage) issue(constant(stage), constant(stage));
    // The copies ahead of the loop are the oldest: all but the loop's own have arrived.
    if (!ahead.empty()) WaitGroupOp::create(b, uint64_t(std::max<int64_t>(depth - 1, 1)));
    for (auto [load, ring] : llvm::zip(ahead, aheadRings)) {
      Value tile = SlotOp::create(b, load.getResult().getType(), ring, constant(0));
      for (Operation *user : llvm::make_early_inc_range(load.getResult().getUsers()))
        if (user->getBlock() == loop->getBlock() && user->isBeforeInBlock(loop)) user->moveBefore(loop);
      load.getResult().replaceAllUsesWith(tile);
      load.erase();
    }
    b.setInsertionPointToStart(loop.getBody());
    Value i = loop.getInductionVar();
    if (depth == 1) {
      // One slot: the next iteration's copy follows the last look at this one's, and its way is hidden by what comes after.
      WaitGroupOp::create(b, uint64_t(0));
      Value next = arith::AddIOp::create(b, i, constant(1)), slot = constant(0);
      llvm::MapVector<Operation *, SmallVector<size_t>> refills; // by their place in the body
      SmallVector<Operation *> readers;
      for (LoadOp load : loads) readers.push_back(lastReader(load, loop));
      for (Operation &op : *loop.getBody())
        for (auto [n, reader] : llvm::enumerate(readers))
          if (reader == &op) refills[reader].push_back(n);
      uint64_t inFlight = 0;
      for (auto &[reader, numbers] : refills) {
        b.setInsertionPoint(refillPlace(reader));
        WaitGroupOp::create(b, inFlight++); // for the other threads; the copies issued here stay in flight
        SmallVector<LoadOp> some;
        SmallVector<Value> theirs;
        for (size_t n : numbers) some.push_back(loads[n]), theirs.push_back(rings[n]);
        issueSome(some, theirs, next, slot);
      }
      for (auto [load, ring] : llvm::zip(loads, rings)) {
        b.setInsertionPoint(load);
        load.getResult().replaceAllUsesWith(SlotOp::create(b, load.getResult().getType(), ring, slot).getTile());
        load.erase();
      }
      return;
    }
    WaitGroupOp::create(b, uint64_t(depth - 2));
    Value next = arith::AddIOp::create(b, i, constant(depth - 1));
    issue(next, arith::RemUIOp::create(b, next, constant(depth)));
    Value slot = arith::RemUIOp::create(b, i, constant(depth));
    for (auto [load, ring] : llvm::zip(loads, rings)) {
      b.setInsertionPoint(load);
      Value tile = SlotOp::create(b, load.getResult().getType(), ring, slot);
      load.getResult().replaceAllUsesWith(tile);
      load.erase();
    }
  }
};
} // namespace
} // namespace mlir::msa
