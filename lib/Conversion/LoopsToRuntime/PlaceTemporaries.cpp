//===- PlaceTemporaries.cpp - stack or heap, and when it ends -------------===//
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_PLACETEMPORARIES
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// The op that hands `alloc`'s memory out of its block, or null.
Operation *escapeOf(memref::AllocOp alloc) {
  SmallVector<Value> aliases = {alloc.getResult()};
  DenseSet<Value> seen(aliases.begin(), aliases.end());
  Block *home = alloc->getBlock();
  while (!aliases.empty()) {
    Value alias = aliases.pop_back_val();
    for (OpOperand &use : alias.getUses()) {
      Operation *user = use.getOwner();
      if (user->getBlock() == home && user->hasTrait<OpTrait::IsTerminator>()) return user;
      // A region op that takes the memory may hand it back as a result, a terminator inside gives it to its parent.
      SmallVector<Value> next;
      if (isa<ViewLikeOpInterface, CastOpInterface, RegionBranchOpInterface>(user) ||
          user->hasTrait<OpTrait::IsTerminator>() || isa<arith::SelectOp>(user)) {
        Operation *from = user->hasTrait<OpTrait::IsTerminator>() ? user->getParentOp() : user;
        next.append(from->result_begin(), from->result_end());
        for (Region &region : from->getRegions())
          for (Value arg : region.getArguments()) next.push_back(arg);
      }
      for (Value value : next)
        if (isa<MemRefType>(value.getType()) && seen.insert(value).second) aliases.push_back(value);
    }
  }
  return nullptr;
}

/// The body of the outermost parallel loop around `op`, or null.
Block *outermostParallelBody(Operation *op) {
  Block *body = nullptr;
  for (Operation *parent = op->getParentOp(); parent && !isa<func::FuncOp>(parent); parent = parent->getParentOp())
    if (isa<scf::ParallelOp, scf::ForallOp>(parent)) body = &parent->getRegion(0).front();
  return body;
}

struct PlaceTemporaries : impl::PlaceTemporariesBase<PlaceTemporaries> {
  using PlaceTemporariesBase::PlaceTemporariesBase;

  void runOnOperation() override {
    SmallVector<memref::AllocOp> allocs;
    getOperation().walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    OpBuilder builder(&getContext());
    for (memref::AllocOp alloc : allocs) {
      if (Operation *escape = escapeOf(alloc)) {
        auto diagnostic =
            alloc.emitError("place-temporaries: expects a temporary that dies in its block, but it is handed on");
        diagnostic.attachNote(escape->getLoc()) << "by '" << escape->getName() << "'";
        return signalPassFailure();
      }
      if (llvm::any_of(alloc->getUsers(), [](Operation *user) { return isa<memref::DeallocOp>(user); })) continue;
      MemRefType type = alloc.getType();
      Block *body = outermostParallelBody(alloc);
      bool isSmall = type.hasStaticShape() && type.getLayout().isIdentity() &&
                     type.getElementType().isIntOrIndexOrFloat() &&
                     type.getNumElements() * bytesOf(type.getElementType()) <= maxStackBytes;
      if (body && isSmall) {
        builder.setInsertionPointToStart(body);
        auto place = memref::AllocaOp::create(builder, alloc.getLoc(), type, builder.getI64IntegerAttr(64));
        alloc.replaceAllUsesWith(place.getResult());
        alloc.erase();
      } else {
        builder.setInsertionPoint(alloc->getBlock()->getTerminator());
        memref::DeallocOp::create(builder, alloc.getLoc(), alloc);
      }
    }
  }

private:
  static int64_t bytesOf(Type element) {
    return element.isIndex() ? 8 : std::max(1u, element.getIntOrFloatBitWidth() / 8);
  }
};

} // namespace
} // namespace mlir::msa
