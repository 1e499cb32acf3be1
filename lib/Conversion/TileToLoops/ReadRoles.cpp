//===- ReadRoles.cpp - two roles, turn by turn ----------------------------===//
//
// The loops that hold handshakes are the same in both roles. One turn of such a loop is the producer's part, then the
// consumer's: what the producer may do ahead of time it does just in time here. That each side waits for the other
// where it must is asserted at every handshake.
//
//===----------------------------------------------------------------------===//
#include "BlockReader.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

static bool isShared(Operation &op) {
  return isa<scf::ForOp>(op) && op.walk([](Operation *inner) {
                                    bool found = isa<tile::AcquireOp, tile::WaitOp>(inner);
                                    return found ? WalkResult::interrupt() : WalkResult::advance();
                                  }).wasInterrupted();
}

LogicalResult BlockReader::readRoles(tile::RolesOp op) {
  return readTogether(op.getConsumer().front(), op.getProducer().front());
}

LogicalResult BlockReader::readTogether(Block &consumer, Block &producer) {
  auto next = producer.begin();
  /// Reads the producer's ops up to its next shared loop, which it returns.
  auto upToLoop = [&]() -> FailureOr<scf::ForOp> {
    for (; next != producer.end(); ++next) {
      if (isShared(*next)) return cast<scf::ForOp>(*next++);
      b.setLoc(next->getLoc());
      if (!next->hasTrait<OpTrait::IsTerminator>() && failed(readOp(&*next))) return failure();
    }
    return scf::ForOp();
  };
  FailureOr<scf::ForOp> loop = upToLoop();
  if (failed(loop)) return failure();
  for (Operation &op : consumer) {
    b.setLoc(op.getLoc());
    if (!isShared(op)) {
      if (!op.hasTrait<OpTrait::IsTerminator>() && failed(readOp(&op))) return failure();
      continue;
    }
    if (!*loop) return op.emitOpError("expects a loop of the producer that makes the same turns");
    if (failed(readFor(cast<scf::ForOp>(op), *loop))) return failure();
    if (failed(loop = upToLoop())) return failure();
  }
  if (*loop) return (*loop).emitOpError("expects a loop of the consumer that makes the same turns");
  return success();
}

void BlockReader::require(Value condition, StringRef message) { cf::AssertOp::create(b, condition, message); }

void BlockReader::readHandshake(Operation *op) {
  Value channel = op->getOperand(0), use = scalars.lookup(op->getOperand(1)), state = channels[channel];
  Value slot = arith::RemUIOp::create(b, use, index(cast<tile::ChannelType>(channel.getType()).getStages()));
  Value now = memref::LoadOp::create(b, state, slot);
  auto is = [&](Value wanted) { return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, now, wanted); };
  auto become = [&](Value next) { memref::StoreOp::create(b, next, state, slot); };
  Value filled = arith::IndexCastOp::create(b, b.getI64Type(), add(use, index(1)));
  Value filling = arith::ConstantIntOp::create(b, b.getI64Type(), -1),
        empty = arith::ConstantIntOp::create(b, b.getI64Type(), 0);
  if (isa<tile::AcquireOp>(op)) {
    require(is(empty), "a slot is filled while it is in use");
    become(filling);
  } else if (isa<tile::CommitOp>(op)) {
    require(is(filling), "a slot is committed that was not acquired");
    become(filled);
  } else if (isa<tile::WaitOp>(op)) {
    require(is(filled), "a slot does not hold what is waited for");
  } else {
    require(is(filled), "a slot is released that does not hold what was read");
    become(empty);
    // Whoever reads on is found out.
    SetVector<Value> rings;
    for (Operation *user : channel.getUsers())
      if (isa<tile::AcquireOp>(user))
        for (Operation *copy = user->getNextNode(); copy && !isa<tile::CommitOp>(copy); copy = copy->getNextNode())
          if (auto load = dyn_cast<tile::LoadAsyncOp>(copy)) rings.insert(load.getRing());
    for (Value ring : rings) {
      auto element = dyn_cast<FloatType>(cast<tile::RingType>(ring.getType()).getElementType());
      if (!element) continue;
      Value nan = arith::ConstantOp::create(b, b.getFloatAttr(element, APFloat::getNaN(element.getFloatSemantics())));
      linalg::FillOp::create(b, nan, slotOf(buffers[ring], slot));
    }
  }
}

} // namespace mlir::msa
