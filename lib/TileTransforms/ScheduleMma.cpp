#include "mlir/Transforms/RegionUtils.h"
#include "msa/TileTransforms/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_SCHEDULEMMA
#include "msa/TileTransforms/Passes.h.inc"

namespace {
/// Everything that `op` reads, in its regions too.
SetVector<Value> readBy(Operation *op) {
  SetVector<Value> values(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), values);
  return values;
}

/// Whether shared memory that a product reads may be written or given away by `op`. A channel's wait only reads.
bool writesSharedMemory(Operation *op) {
  if (isa<WaitOp, WaitMmaOp, ReleaseOp>(op)) return false;
  std::optional<SmallVector<MemoryEffects::EffectInstance>> effects = getEffectsRecursively(op);
  return !effects || llvm::any_of(*effects, [](const MemoryEffects::EffectInstance &effect) {
    return isa<MemoryEffects::Write>(effect.getEffect()) && effect.getResource() == SharedMemory::get();
  });
}

/// Goes through a block in order and knows what is in flight.
class Scheduler {
public:
  void schedule(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      for (Region &region : op.getRegions())
        if (!isa<MapOp>(op))
          for (Block &inner : region) Scheduler().schedule(inner);
      if (auto product = dyn_cast<MmaOp>(op)) {
        begin(product);
        continue;
      }
      for (Value value : readBy(&op)) waitFor(value, &op);
      bool multiplies = op.walk([](MmaOp) { return WalkResult::interrupt(); }).wasInterrupted();
      if (multiplies || writesSharedMemory(&op) || op.hasTrait<OpTrait::IsTerminator>()) waitForAll(&op);
      if (isa<ReleaseOp>(op) && !flying.empty()) held.emplace_back(&op, count); // until what reads the slot is done
    }
  }

private:
  struct Product {
    MmaOp op;
    int64_t number;
  };

  void begin(MmaOp product) {
    // What it adds to may be in flight: products end in order. Its other operands may not.
    waitFor(product.getA(), product);
    Value acc = product.getAcc();
    if (acc.hasOneUse()) llvm::erase_if(flying, [&](Product &earlier) { return earlier.op.getResult() == acc; });
    else waitFor(acc, product);
    product.setAsync(true);
    flying.push_back({product, count++});
  }

  void waitFor(Value value, Operation *before) {
    auto found = llvm::find_if(flying, [&](Product &product) { return product.op.getResult() == value; });
    if (found == flying.end()) return;
    Product product = *found;
    OpBuilder b(before);
    auto wait = WaitMmaOp::create(b, before->getLoc(), value.getType(), value, uint64_t(count - 1 - product.number));
    value.replaceAllUsesExcept(wait.getResult(), wait);
    flying.erase(found);
    ended = std::max(ended, product.number + 1);
    // Slots whose readers are done now.
    while (!held.empty() && held.front().second <= ended) {
      held.front().first->moveAfter(wait);
      held.erase(held.begin());
    }
  }

  void waitForAll(Operation *before) {
    while (!flying.empty()) waitFor(flying.front().op.getResult(), before);
  }

  SmallVector<Product> flying;
  SmallVector<std::pair<Operation *, int64_t>> held; ///< releases, and how many products must have ended
  int64_t count = 0, ended = 0;                      ///< products begun, and known to have ended
};

struct ScheduleMma : impl::ScheduleMmaBase<ScheduleMma> {
  using Base::Base;

  void runOnOperation() override {
    if (getOperation().usesWgmma()) Scheduler().schedule(getOperation().getBody().front());
  }
};
} // namespace
} // namespace mlir::msa
