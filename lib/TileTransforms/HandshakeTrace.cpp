#include "HandshakeTrace.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/TypeSwitch.h"
#include <optional>

namespace mlir::msa {
using namespace mlir::tile;

static bool isHandshake(Operation *op) { return isa<AcquireOp, CommitOp, WaitOp, ReleaseOp>(op); }

static bool holdsHandshakes(Operation *op) {
  return op->walk([](Operation *inner) { return isHandshake(inner) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

namespace {
/// Follows a role with the numbers that are known: constants, loop counters and sums of them.
class Tracer {
public:
  Tracer(int64_t turns, TakesPart part, std::vector<Handshake> &trace) : turns(turns), part(part), trace(trace) {}

  LogicalResult follow(Block &block) {
    for (Operation &op : block) {
      if (isHandshake(&op)) {
        if (failed(record(&op))) return failure();
      } else if (auto loop = dyn_cast<scf::ForOp>(op)) {
        if (holdsHandshakes(loop) && failed(followLoop(loop))) return failure();
      } else if (op.getNumRegions() != 0 && holdsHandshakes(&op)) {
        if (!isa<IfRowsOp>(op)) // a condition that only one role knows
          return emitError(op.getLoc())
                 << "[handshake] needs handshakes in loops and in tile.if_rows only, but some stand in "
                 << op.getName().getStringRef();
        bool in = part == TakesPart::Always || (part == TakesPart::EveryOther && ++visits % 2);
        if (in && failed(follow(op.getRegion(0).front()))) return failure();
      } else {
        compute(&op);
      }
    }
    return success();
  }

private:
  std::optional<int64_t> known(Value value) {
    APInt constant;
    if (matchPattern(value, m_ConstantInt(&constant))) return constant.getSExtValue();
    auto found = numbers.find(value);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
  }
  void set(Value value, std::optional<int64_t> number) {
    numbers.erase(value);
    if (number) numbers[value] = *number;
  }

  void compute(Operation *op) {
    if (op->getNumOperands() != 2 || op->getNumResults() != 1) return;
    std::optional<int64_t> lhs = known(op->getOperand(0)), rhs = known(op->getOperand(1)), result;
    if (lhs && rhs)
      result = llvm::TypeSwitch<Operation *, std::optional<int64_t>>(op)
                   .Case<arith::AddIOp>([&](auto) { return *lhs + *rhs; })
                   .Case<arith::SubIOp>([&](auto) { return *lhs - *rhs; })
                   .Case<arith::MulIOp>([&](auto) { return *lhs * *rhs; })
                   .Default([](Operation *) { return std::nullopt; });
    set(op->getResult(0), result);
  }

  LogicalResult followLoop(scf::ForOp loop) {
    std::optional<int64_t> from = known(loop.getLowerBound()), to = known(loop.getUpperBound()),
                           step = known(loop.getStep());
    int64_t trips = turns;
    if (from && to && step && *step > 0) trips = std::max<int64_t>(0, (*to - *from + *step - 1) / *step);
    SmallVector<std::optional<int64_t>> carried;
    for (Value init : loop.getInitArgs()) carried.push_back(known(init));
    for (int64_t turn = 0; turn < trips; ++turn) {
      set(loop.getInductionVar(), from && step ? std::optional(*from + turn * *step) : std::nullopt);
      for (auto [argument, number] : llvm::zip(loop.getRegionIterArgs(), carried)) set(argument, number);
      if (failed(follow(*loop.getBody()))) return failure();
      for (auto [number, yielded] : llvm::zip(carried, loop.getBody()->getTerminator()->getOperands()))
        number = known(yielded);
    }
    for (auto [result, number] : llvm::zip(loop.getResults(), carried)) set(result, number);
    return success();
  }

  LogicalResult record(Operation *op) {
    Operation *channel = op->getOperand(0).getDefiningOp();
    std::optional<int64_t> use = known(op->getOperand(1));
    if (!use)
      return emitError(op->getLoc())
             << "[handshake] needs uses that are computed from loop counters, but this one is not";
    if (!isa_and_nonnull<MakeChannelOp>(channel))
      return emitError(op->getLoc())
             << "[handshake] needs a channel that tile.make_channel made, but it comes from elsewhere";
    trace.push_back({op, channel, *use});
    return success();
  }

  int64_t turns;
  TakesPart part;
  std::vector<Handshake> &trace;
  int64_t visits = 0;
  DenseMap<Value, int64_t> numbers;
};

/// Compares two roles' loops and the computations of their bounds.
class Twins {
public:
  bool sameLoops(Block &lhs, Block &rhs, Operation *&odd) {
    SmallVector<scf::ForOp> left = loopsOf(lhs), right = loopsOf(rhs);
    for (auto [one, other] : llvm::zip(left, right)) {
      odd = other;
      if (!same(one.getLowerBound(), other.getLowerBound()) || !same(one.getUpperBound(), other.getUpperBound()) ||
          !same(one.getStep(), other.getStep()))
        return false;
      twins[one.getInductionVar()] = other.getInductionVar();
      if (!sameLoops(*one.getBody(), *other.getBody(), odd)) return false;
    }
    if (left.size() == right.size()) return true;
    odd = left.size() > right.size() ? left[right.size()] : right[left.size()];
    return false;
  }

private:
  static SmallVector<scf::ForOp> loopsOf(Block &block) {
    SmallVector<scf::ForOp> loops;
    block.walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
      if (holdsHandshakes(loop)) loops.push_back(loop);
      return WalkResult::skip();
    });
    return loops;
  }

  /// One value for both roles, the counter of twin loops, or the same op on such values.
  bool same(Value lhs, Value rhs) {
    if (lhs == rhs) return true;
    auto twin = twins.find(lhs);
    if (twin != twins.end()) return twin->second == rhs;
    auto left = dyn_cast<OpResult>(lhs), right = dyn_cast<OpResult>(rhs);
    if (!left || !right) return sameCarried(lhs, rhs);
    if (left.getResultNumber() != right.getResultNumber()) return false;
    return OperationEquivalence::isEquivalentTo(
        left.getOwner(), right.getOwner(), [&](Value one, Value other) { return success(same(one, other)); },
        /*markEquivalent=*/nullptr, OperationEquivalence::IgnoreLocations);
  }

  /// Carried by twin loops, from the same start, by the same step.
  bool sameCarried(Value lhs, Value rhs) {
    auto left = dyn_cast<BlockArgument>(lhs), right = dyn_cast<BlockArgument>(rhs);
    if (!left || !right) return false;
    auto one = dyn_cast<scf::ForOp>(left.getOwner()->getParentOp()),
         other = dyn_cast<scf::ForOp>(right.getOwner()->getParentOp());
    if (!one || !other || twins.lookup(one.getInductionVar()) != other.getInductionVar()) return false;
    if (left.getArgNumber() == 0 || right.getArgNumber() == 0) return false;
    twins[lhs] = rhs; // assumed while it is shown
    unsigned i = left.getArgNumber() - 1, j = right.getArgNumber() - 1;
    if (same(one.getInitArgs()[i], other.getInitArgs()[j]) &&
        same(one.getBody()->getTerminator()->getOperand(i), other.getBody()->getTerminator()->getOperand(j)))
      return true;
    twins.erase(lhs);
    return false;
  }

  DenseMap<Value, Value> twins;
};
} // namespace

LogicalResult traceHandshakes(Region &role, int64_t turns, TakesPart part, std::vector<Handshake> &trace) {
  return Tracer(turns, part, trace).follow(role.front());
}

LogicalResult verifySameTurns(RolesOp roles) {
  Operation *odd = nullptr;
  if (Twins().sameLoops(roles.getProducer().front(), roles.getConsumer().front(), odd)) return success();
  return emitError(odd->getLoc())
         << "[handshake] needs the same turns in both roles, but this loop has no twin in the other one";
}

} // namespace mlir::msa
