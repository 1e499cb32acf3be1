#include "ProducerSlice.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "msa/Support/ResourceModel.h"
#include "msa/TileTransforms/Passes.h"

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_SPECIALIZEWARPS
#include "msa/TileTransforms/Passes.h.inc"

namespace {
InFlightDiagnostic refuse(Operation *op, const Twine &need, const Twine &have) {
  return emitError(op->getLoc()) << "[specialize] needs " << need << ", but " << have;
}

/// The loops around `op`, outermost first; fails where anything else stands between it and the kernel.
FailureOr<SmallVector<scf::ForOp>> loopsAround(Operation *op) {
  SmallVector<scf::ForOp> loops;
  for (Operation *parent = op->getParentOp(); !isa<KernelOp>(parent); parent = parent->getParentOp()) {
    auto loop = dyn_cast<scf::ForOp>(parent);
    if (!loop) {
      refuse(op, "loads in loops only, so that both roles make the same turns",
             Twine("one stands in ") + parent->getName().getStringRef());
      return failure();
    }
    loops.push_back(loop);
  }
  std::reverse(loops.begin(), loops.end());
  return loops;
}

struct Specializer {
  KernelOp kernel;
  int64_t producerWarps, stages;
  ImplicitLocOpBuilder b;

  Specializer(KernelOp kernel, int64_t producerWarps, int64_t stages)
      : kernel(kernel), producerWarps(producerWarps), stages(stages), b(kernel.getLoc(), kernel.getContext()) {}

  LogicalResult run() {
    SmallVector<LoadOp> loads;
    kernel.walk([&](LoadOp load) {
      if (load->getParentOp() != kernel) loads.push_back(load);
    });
    if (loads.empty()) return refuse(kernel, "a loop that loads tiles", "the kernel has none");
    for (LoadOp load : loads)
      if (failed(makeChannel(load))) return failure();
    return split();
  }

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

  //===--------------------------------------------------------------------===//
  // A load becomes both ends of a channel, in place
  //===--------------------------------------------------------------------===//

  /// The channel of an earlier loop beside this load's, whose ring serves here too: the loops run one after the other, and count on.
  static AcquireOp channelBefore(LoadOp load, RingType type) {
    auto isAlone = [](auto ops) {
      return llvm::hasSingleElement(ops);
    }; // in a loop; of several, each has a use for its own ring
    if (!isAlone(load->getBlock()->getOps<LoadOp>()) || !load->getBlock()->getOps<AcquireOp>().empty()) return {};
    for (Operation *op = load->getParentOp()->getPrevNode(); op; op = op->getPrevNode())
      if (auto before = dyn_cast<scf::ForOp>(op); before && isAlone(before.getBody()->getOps<AcquireOp>())) {
        AcquireOp acquire = *before.getBody()->getOps<AcquireOp>().begin();
        auto use = dyn_cast<BlockArgument>(acquire.getUse());
        if (copyOf(acquire).getRing().getType() == type && use && use.getArgNumber() > 0) return acquire;
      }
    return {};
  }

  static LoadAsyncOp copyOf(AcquireOp acquire) { return cast<LoadAsyncOp>(acquire->getNextNode()); }

  /// Counts on from where the loop of `before` ended.
  Value useAfter(AcquireOp before, scf::ForOp loop) {
    auto earlier = cast<scf::ForOp>(before->getParentOp());
    Value start = earlier.getResult(cast<BlockArgument>(before.getUse()).getArgNumber() - 1);
    IRRewriter rewriter(b);
    rewriter.setInsertionPoint(loop);
    auto yields = [&](OpBuilder &builder, Location loc, ArrayRef<BlockArgument> args) -> SmallVector<Value> {
      Value one = arith::ConstantIndexOp::create(builder, loc, 1);
      return {arith::AddIOp::create(builder, loc, args.front(), one).getResult()};
    };
    auto made = cast<scf::ForOp>(
        (*loop.replaceWithAdditionalYields(rewriter, start, /*replaceInitOperandUsesInLoop=*/false, yields))
            .getOperation());
    start.replaceAllUsesExcept(made.getResults().back(), made);
    return made.getRegionIterArgs().back();
  }

  /// How many times the loop's body was begun before, all turns of the loops around it counted.
  FailureOr<Value> useOf(LoadOp load) {
    FailureOr<SmallVector<scf::ForOp>> loops = loopsAround(load);
    if (failed(loops)) return failure();
    scf::ForOp innermost = loops->back();
    if (loops->size() == 1 && isConstantIntValue(innermost.getLowerBound(), 0) &&
        isConstantIntValue(innermost.getStep(), 1))
      return innermost.getInductionVar();
    for (AcquireOp acquire : load->getBlock()->getOps<AcquireOp>()) return acquire.getUse(); // counted already
    // A counter goes in from outside to the loop, and out again.
    IRRewriter rewriter(b);
    rewriter.setInsertionPoint(loops->front());
    Value start = arith::ConstantIndexOp::create(rewriter, load.getLoc(), 0);
    scf::ForOp around;
    for (scf::ForOp loop : *loops) {
      bool last = loop == innermost;
      auto yields = [&](OpBuilder &builder, Location loc, ArrayRef<BlockArgument> args) -> SmallVector<Value> {
        if (!last) return {args.front()}; // until the inner loop is there
        Value one = arith::ConstantIndexOp::create(builder, loc, 1);
        return {arith::AddIOp::create(builder, loc, args.front(), one).getResult()};
      };
      rewriter.setInsertionPoint(loop);
      auto made = cast<scf::ForOp>(
          (*loop.replaceWithAdditionalYields(rewriter, start, /*replaceInitOperandUsesInLoop=*/false, yields))
              .getOperation());
      if (around)
        around.getBody()->getTerminator()->setOperand(around.getNumRegionIterArgs() - 1, made.getResults().back());
      around = made;
      start = made.getRegionIterArgs().back();
    }
    return start;
  }

  LogicalResult makeChannel(LoadOp load) {
    SmemType type = load.getType();
    auto ringType =
        RingType::get(b.getContext(), stages, type.getRows(), type.getCols(), type.getElementType(), type.getLayout());
    if (failed(loopsAround(load))) return failure();
    AcquireOp before = channelBefore(load, ringType);
    FailureOr<Value> use = before ? useAfter(before, cast<scf::ForOp>(load->getParentOp())) : useOf(load);
    if (failed(use)) return failure();
    Block *body = load->getBlock();
    SmemType tile = load.getType();
    Operation *outermost = kernel.getBody().front().findAncestorOpInBlock(*load);
    b.setLoc(load.getLoc());
    b.setInsertionPoint(outermost);
    Value ring = before ? copyOf(before).getRing() : Value(RingOp::create(b, ringType, IntegerAttr()));
    // cp.async: every thread of the producer tells when its own copies have arrived. Of the consumers, one lane a warp.
    Value channel =
        before ? before.getChannel()
               : Value(MakeChannelOp::create(b, ChannelType::get(b.getContext(), stages), uint64_t(producerWarps * 32),
                                             uint64_t(kernel.getWarps()), IntegerAttr()));
    b.setInsertionPoint(load);
    Value slot = arith::RemUIOp::create(b, *use, constant(stages));
    AcquireOp::create(b, channel, *use);
    auto copy = LoadAsyncOp::create(b, load.getView(), ring, slot, load.getPiece(), load.getRowDim());
    copy.getRowMap().takeBody(load.getRowMap());
    CommitOp::create(b, channel, *use);
    Value there = SlotOp::create(b, tile, ring, slot);
    load.getResult().replaceAllUsesWith(there);
    load.erase();

    Operation *first = nullptr, *last = nullptr;
    for (Operation *reader : readersOf(there)) {
      Operation *here = body->findAncestorOpInBlock(*reader);
      if (!first || here->isBeforeInBlock(first)) first = here;
      if (!last || last->isBeforeInBlock(here)) last = here;
    }
    if (!first) first = last = there.getDefiningOp();
    bool always = waitBefore(first, there, channel, *use);
    b.setInsertionPointAfter(last);
    if (!always) WaitOp::create(b, channel, *use); // who left the work out must still have seen the slot full
    ReleaseOp::create(b, channel, *use);
    return success();
  }

  /// Waits just before the first op that reads the tile, inside of work that rows may leave out; true where every path waits.
  bool waitBefore(Operation *op, Value tile, Value channel, Value use) {
    auto rows = dyn_cast<IfRowsOp>(op);
    if (!rows) {
      b.setInsertionPoint(op);
      WaitOp::create(b, channel, use);
      return true;
    }
    Block &inner = rows.getBody().front();
    Operation *first = nullptr;
    for (Operation *user : tile.getUsers())
      if (Operation *here = inner.findAncestorOpInBlock(*user))
        if (!first || here->isBeforeInBlock(first)) first = here;
    waitBefore(first, tile, channel, use);
    return false;
  }

  //===--------------------------------------------------------------------===//
  // One program becomes two
  //===--------------------------------------------------------------------===//

  LogicalResult split() {
    Block &body = kernel.getBody().front();
    SetVector<Operation *> consumers;
    SmallVector<scf::ForOp> loops; // with channels in them
    for (Operation &op : body.without_terminator()) {
      bool copies = op.walk([](AcquireOp) { return WalkResult::interrupt(); }).wasInterrupted();
      if (copies) loops.push_back(cast<scf::ForOp>(op));
      if (copies || isConsumers(&op, consumers)) consumers.insert(&op);
      else if (isa<LoadOp>(op) && !consumers.empty() && !loops.empty())
        return refuse(&op, "loads before or in the loops", "one stands after them");
    }
    Operation *end = body.getTerminator();
    b.setLoc(kernel.getLoc());
    b.setInsertionPoint(end);
    int64_t consumerWarps = kernel.getWarps();
    auto roles = RolesOp::create(b, uint64_t(producerWarps), IntegerAttr(), uint64_t(consumerWarps), IntegerAttr());
    kernel.setWarps(consumerWarps + producerWarps);
    for (Region *region : {&roles.getProducer(), &roles.getConsumer()}) {
      b.setInsertionPointToStart(&region->emplaceBlock());
      YieldOp::create(b);
    }
    b.setInsertionPointToStart(&roles.getProducer().front());
    for (scf::ForOp loop : loops) {
      ProducerSlice slice(loop, consumers);
      if (failed(slice.find())) return failure();
      slice.clone(b);
    }
    Operation *place = roles.getConsumer().front().getTerminator();
    for (Operation *op : consumers) op->moveBefore(place);
    SmallVector<Operation *> producers;
    roles.getConsumer().walk([&](Operation *op) {
      if (isa<AcquireOp, LoadAsyncOp, CommitOp>(op)) producers.push_back(op);
    });
    for (Operation *op : producers) op->erase();
    setRegisters(roles);
    return success();
  }

  /// What rows are dealt to, what it is computed from, and what leaves the thread block. All else is done by all warps, before
  /// the roles part.
  static bool isConsumers(Operation *op, const SetVector<Operation *> &consumers) {
    if (isa<StoreOp, StoreRowsOp>(op) || llvm::any_of(op->getResultTypes(), isDealt)) return true;
    bool found = false;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        found |= isDealt(operand.getType());
        Operation *from = operand.getDefiningOp();
        found |= from && consumers.contains(from);
      }
    });
    return found;
  }

  /// Registers of an SM are dealt out in eights by warpgroup: what the producer does not need, the consumers get.
  void setRegisters(RolesOp roles) {
    // setmaxnreg is of the same chips as wgmma, and warpgroups give and take.
    if (!kernel.usesWgmma() || producerWarps != 4 || roles.getConsumerWarps() % 4 != 0) return;
    auto resident = kernel->getAttrOfType<IntegerAttr>("blocks_per_sm"),
         copying = kernel->getAttrOfType<IntegerAttr>("producer_registers");
    ::msa::RoleRegisters registers =
        ::msa::roleRegisters(roles.getConsumerWarps() / 4, resident ? resident.getInt() : 1,
                             copying ? copying.getInt() : ::msa::kCopyRegisters);
    roles.setProducerRegisters(registers.producer);
    roles.setConsumerRegisters(registers.consumer);
  }
};

struct SpecializeWarps : impl::SpecializeWarpsBase<SpecializeWarps> {
  using Base::Base;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    auto number = [&](StringRef name, int64_t otherwise) {
      auto attribute = kernel->getAttrOfType<IntegerAttr>(name);
      return attribute ? attribute.getInt() : otherwise;
    };
    int64_t warps = producerWarps ? producerWarps : number("producer_warps", 0);
    if (warps == 0) return;
    if (failed(Specializer(kernel, warps, stages ? stages : number("kv_stages", 2)).run())) signalPassFailure();
  }
};
} // namespace
} // namespace mlir::msa
