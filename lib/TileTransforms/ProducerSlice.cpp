#include "ProducerSlice.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::msa {
using namespace mlir::tile;

bool isDealt(Type type) {
  return isa<TileDialect>(type.getDialect()) && !isa<SmemType, RingType, ListType, ChannelType>(type);
}

void ProducerSlice::need(Operation *op) {
  if (!ops.insert(op).second) return;
  if (auto inner =
          dyn_cast<scf::ForOp>(op)) { // what it carries, as far as that is needed, and its body come by themselves
    llvm::append_range(todo, ValueRange{inner.getLowerBound(), inner.getUpperBound(), inner.getStep()});
    return;
  }
  llvm::append_range(todo, op->getOperands());
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  llvm::append_range(todo, captured);
}

LogicalResult ProducerSlice::follow(Value value) {
  auto refuse = [&](Operation *op) {
    return emitError(op->getLoc()) << "[specialize] needs copies whose places are known without the math, but "
                                   << op->getName().getStringRef() << " is part of it";
  };
  auto carried = [&](scf::ForOp inner, unsigned number) -> LogicalResult {
    Value argument = inner.getRegionIterArg(number);
    if (isDealt(argument.getType())) return refuse(inner);
    if (!arguments.insert(argument).second) return success();
    todo.push_back(inner.getInitArgs()[number]);
    todo.push_back(inner.getBody()->getTerminator()->getOperand(number));
    return success();
  };
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto inner = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!inner || !loop->isAncestor(inner) || argument.getArgNumber() == 0) return success();
    return carried(inner, argument.getArgNumber() - 1);
  }
  Operation *op = value.getDefiningOp();
  if (!loop->isAncestor(op)) return consumers.contains(op) ? refuse(op) : success();
  if (isDealt(value.getType()) || isa<IfRowsOp>(op)) return refuse(op);
  need(op);
  if (auto inner = dyn_cast<scf::ForOp>(op)) return carried(inner, cast<OpResult>(value).getResultNumber());
  return success();
}

LogicalResult ProducerSlice::find() {
  loop.walk([&](Operation *op) {
    if (!isa<AcquireOp, LoadAsyncOp, CommitOp>(op)) return;
    need(op);
    for (Operation *parent = op->getParentOp(); parent != loop->getParentOp(); parent = parent->getParentOp())
      need(parent);
  });
  while (!todo.empty())
    if (failed(follow(todo.pop_back_val()))) return failure();
  return success();
}

void ProducerSlice::clone(OpBuilder &builder) {
  IRMapping mapping;
  cloneLoop(loop, builder, mapping);
}

void ProducerSlice::cloneOps(Block &from, OpBuilder &builder, IRMapping &mapping) {
  for (Operation &op : from.without_terminator()) {
    if (!ops.contains(&op)) continue;
    if (auto inner = dyn_cast<scf::ForOp>(op)) cloneLoop(inner, builder, mapping);
    else builder.clone(op, mapping);
  }
}

void ProducerSlice::cloneLoop(scf::ForOp from, OpBuilder &builder, IRMapping &mapping) {
  SmallVector<unsigned> kept;
  SmallVector<Value> inits;
  for (auto [number, argument] : llvm::enumerate(from.getRegionIterArgs()))
    if (arguments.contains(argument)) {
      kept.push_back(number);
      inits.push_back(mapping.lookupOrDefault(from.getInitArgs()[number]));
    }
  auto bound = [&](Value value) { return mapping.lookupOrDefault(value); };
  auto made = scf::ForOp::create(builder, from.getLoc(), bound(from.getLowerBound()), bound(from.getUpperBound()),
                                 bound(from.getStep()), inits);
  mapping.map(from.getInductionVar(), made.getInductionVar());
  for (auto [place, number] : llvm::enumerate(kept)) {
    mapping.map(from.getRegionIterArg(number), made.getRegionIterArg(place));
    mapping.map(from.getResult(number), made.getResult(place));
  }
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(made.getBody());
  cloneOps(*from.getBody(), builder, mapping);
  if (kept.empty()) return;
  SmallVector<Value> yielded;
  for (unsigned number : kept)
    yielded.push_back(mapping.lookupOrDefault(from.getBody()->getTerminator()->getOperand(number)));
  scf::YieldOp::create(builder, from.getLoc(), yielded);
}

} // namespace mlir::msa
