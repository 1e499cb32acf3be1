//===- ForwardCopiesToOutputs.cpp - write results where they are wanted ---===//
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_FORWARDCOPIESTOOUTPUTS
#include "msa/Transforms/Passes.h.inc"

namespace {

bool isView(Operation *op) {
  return isa<memref::CastOp, memref::CollapseShapeOp, memref::ExpandShapeOp, memref::SubViewOp>(op);
}

/// Calls `check` on every op that reads or writes `memory`, views seen through; fails where one does, or where an op may
/// keep the memref (a call, a terminator, a loop that carries it).
bool allAccesses(Value memory, function_ref<bool(Operation *, Value)> check) {
  for (Operation *user : memory.getUsers()) {
    if (isa<memref::DimOp, memref::DeallocOp>(user)) continue;
    if (isView(user)) {
      if (!allAccesses(user->getResult(0), check)) return false;
      continue;
    }
    bool mayKeep = user->getNumRegions() > 0 && !isa<MemoryEffectOpInterface>(user);
    mayKeep |= user->hasTrait<OpTrait::IsTerminator>() || isa<CallOpInterface>(user);
    mayKeep |= llvm::any_of(user->getResultTypes(), llvm::IsaPred<BaseMemRefType>);
    if (mayKeep || !check(user, memory)) return false;
  }
  return true;
}

bool mayWrite(Operation *op, Value memory) {
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  return !effects || effects.getEffectOnValue<MemoryEffects::Write>(memory).has_value();
}

/// Replaces `from` by `to`, whose strides differ: views of it are made again with the types they now have.
void replaceMemory(Value from, Value to, IRRewriter &rewriter) {
  for (OpOperand &use : llvm::make_early_inc_range(from.getUses())) {
    Operation *user = use.getOwner();
    if (!isView(user)) {
      rewriter.modifyOpInPlace(user, [&] { use.set(to); });
      continue;
    }
    rewriter.setInsertionPoint(user);
    auto type = cast<MemRefType>(to.getType());
    auto result = cast<MemRefType>(user->getResult(0).getType());
    Value view;
    if (auto cast = dyn_cast<memref::CastOp>(user)) {
      auto shape = MemRefType::get(result.getShape(), type.getElementType(), type.getLayout(), type.getMemorySpace());
      view = memref::CastOp::create(rewriter, cast.getLoc(), shape, to);
    } else if (auto collapse = dyn_cast<memref::CollapseShapeOp>(user)) {
      view = memref::CollapseShapeOp::create(rewriter, collapse.getLoc(), to, collapse.getReassociationIndices());
    } else if (auto expand = dyn_cast<memref::ExpandShapeOp>(user)) {
      view = memref::ExpandShapeOp::create(rewriter, expand.getLoc(), result.getShape(), to,
                                           expand.getReassociationIndices(), expand.getMixedOutputShape());
    } else {
      auto subview = llvm::cast<memref::SubViewOp>(user);
      auto shape = memref::SubViewOp::inferRankReducedResultType(result.getShape(), type, subview.getMixedOffsets(),
                                                                 subview.getMixedSizes(), subview.getMixedStrides());
      view = memref::SubViewOp::create(rewriter, subview.getLoc(), shape, to, subview.getMixedOffsets(),
                                       subview.getMixedSizes(), subview.getMixedStrides());
    }
    replaceMemory(user->getResult(0), view, rewriter);
    rewriter.eraseOp(user);
  }
}

bool isArgument(Value value, func::FuncOp function) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner() == &function.getBody().front();
}

/// `value` with the shape `shape` and its own strides.
Value castShape(Value value, ArrayRef<int64_t> shape, IRRewriter &rewriter) {
  auto type = cast<MemRefType>(value.getType());
  if (type.getShape() == shape) return value;
  auto wanted = MemRefType::get(shape, type.getElementType(), type.getLayout(), type.getMemorySpace());
  return memref::CastOp::create(rewriter, value.getLoc(), wanted, value);
}

struct ForwardCopiesToOutputs : impl::ForwardCopiesToOutputsBase<ForwardCopiesToOutputs> {
  using Base::Base;

  void runOnOperation() override {
    if (getOperation().isExternal()) return;
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    IRRewriter rewriter(&getContext());
    for (memref::CopyOp copy : copies)
      if (!forwardToOutput(copy, rewriter) && adjacentRequests) forwardFromInput(copy, rewriter);
  }

  /// Whether `reassociation` puts [batch, seqlen, ...] together, and we may.
  bool mayJoin(MemRefType type, ArrayRef<ReassociationIndices> reassociation) {
    if (memref::CollapseShapeOp::isGuaranteedCollapsible(type, reassociation)) return true;
    bool joinsRequests = !reassociation.empty() && reassociation.front() == ReassociationIndices{0, 1};
    return adjacentRequests && joinsRequests &&
           llvm::all_of(reassociation.drop_front(), [](const ReassociationIndices &axes) { return axes.size() == 1; });
  }

  /// alloc, ..., copy(view(alloc), %out) -> ... on unview(%out).
  bool forwardToOutput(memref::CopyOp copy, IRRewriter &rewriter) {
    Value output = copy.getTarget();
    if (!isArgument(output, getOperation()) || !output.hasOneUse())
      return false;                 // someone else reads or writes it, and may mind when
    SmallVector<Operation *> views; // nearest to the copy first
    Value source = copy.getSource();
    while (Operation *view = source.getDefiningOp()) {
      if (!isa<memref::CastOp, memref::ExpandShapeOp>(view)) break;
      views.push_back(view);
      source = view->getOperand(0);
    }
    auto alloc = source.getDefiningOp<memref::AllocOp>();
    if (!alloc || alloc->getBlock() != copy->getBlock()) return false;
    bool isFinal = allAccesses(alloc, [&](Operation *user, Value memory) {
      Operation *ancestor = copy->getBlock()->findAncestorOpInBlock(*user);
      return user == copy || ancestor->isBeforeInBlock(copy) || !mayWrite(user, memory);
    });
    if (!isFinal) return false;
    auto type = cast<MemRefType>(output.getType());
    for (Operation *view : views)
      if (auto expand = dyn_cast<memref::ExpandShapeOp>(view)) {
        if (!mayJoin(type, expand.getReassociationIndices())) return false;
        type = memref::CollapseShapeOp::computeCollapsedType(type, expand.getReassociationIndices());
      }

    rewriter.setInsertionPoint(alloc);
    Value memory = output;
    for (Operation *view : views) {
      memory = castShape(memory, cast<MemRefType>(view->getResult(0).getType()).getShape(), rewriter);
      if (auto expand = dyn_cast<memref::ExpandShapeOp>(view))
        memory = memref::CollapseShapeOp::create(rewriter, copy.getLoc(), memory, expand.getReassociationIndices());
    }
    memory = castShape(memory, alloc.getType().getShape(), rewriter);
    rewriter.eraseOp(copy);
    for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
      if (isa<memref::DeallocOp>(user)) rewriter.eraseOp(user);
    replaceMemory(alloc, memory, rewriter);
    rewriter.eraseOp(alloc);
    return true;
  }

  /// alloc, copy(%in, alloc), collapse_shape(alloc) -> collapse_shape(%in).
  bool forwardFromInput(memref::CopyOp copy, IRRewriter &rewriter) {
    Value input = copy.getSource();
    auto alloc = copy.getTarget().getDefiningOp<memref::AllocOp>();
    if (!isArgument(input, getOperation()) || !alloc || alloc->getBlock() != copy->getBlock()) return false;
    bool joins = false;
    for (Operation *user : alloc->getUsers()) {
      if (auto collapse = dyn_cast<memref::CollapseShapeOp>(user))
        joins = mayJoin(cast<MemRefType>(input.getType()), collapse.getReassociationIndices());
      else if (user != copy && !isa<memref::DimOp, memref::DeallocOp>(user)) return false;
    }
    auto onlyRead = [&](Operation *user, Value memory) { return user == copy || !mayWrite(user, memory); };
    if (!joins || !allAccesses(alloc, onlyRead) || !allAccesses(input, onlyRead)) return false;
    rewriter.eraseOp(copy);
    for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
      if (isa<memref::DeallocOp>(user)) rewriter.eraseOp(user);
    replaceMemory(alloc, input, rewriter);
    rewriter.eraseOp(alloc);
    return true;
  }
};
} // namespace
} // namespace mlir::msa
