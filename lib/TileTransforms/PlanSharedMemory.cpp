#include "dialects/Tile/IR/TileContracts.h"
#include "msa/TileTransforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_PLANSHAREDMEMORY
#include "msa/TileTransforms/Passes.h.inc"

namespace {
/// The ops of the kernel's body between which a place is in use, by their order.
struct Life {
  int64_t offset, bytes, first, last;
};

struct PlanSharedMemory : impl::PlanSharedMemoryBase<PlanSharedMemory> {
  using Base::Base;

  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    int64_t count = 0, end = 0;
    order.clear();
    for (Operation &op : body) order[&op] = count++;
    SmallVector<Life> lives;
    // The coarsest alignment first: what is aligned to less then leaves no gaps before it.
    for (int64_t alignment : {tile::kSwizzleAlignment, tile::kSharedAlignment})
      getOperation().walk([&](Operation *op) {
        int64_t bytes = llvm::alignTo(tile::sharedBytes(op), tile::kSharedAlignment);
        if (bytes == 0 || tile::sharedAlignment(op) != alignment) return;
        Life life{0, bytes, positionOf(op), positionOf(op)};
        for (Value result : op->getResults()) findLastUse(result, life.last);
        // Only tile.to_smem waits for everyone before it writes: the others get places that nothing had before.
        life.offset = isa<tile::ToSmemOp>(op) ? lowestFree(lives, life) : llvm::alignTo(end, alignment);
        op->setAttr("smem_offset", IntegerAttr::get(IntegerType::get(&getContext(), 64), life.offset));
        end = std::max(end, life.offset + bytes);
        lives.push_back(life);
      });
    getOperation().setSmemBytes(end);
  }

private:
  int64_t positionOf(Operation *op) { return order[getOperation().getBody().front().findAncestorOpInBlock(*op)]; }

  void findLastUse(Value value, int64_t &last) {
    for (Operation *user : value.getUsers()) {
      last = std::max(last, positionOf(user));
      for (Value result : user->getResults()) // a slot of a ring is the ring
        if (isa<tile::SmemType>(result.getType())) findLastUse(result, last);
    }
  }

  /// The lowest place that no tile alive at the same time has.
  static int64_t lowestFree(ArrayRef<Life> lives, const Life &wanted) {
    SmallVector<Life> taken;
    for (const Life &life : lives)
      if (life.last >= wanted.first && life.first <= wanted.last) taken.push_back(life);
    llvm::sort(taken, [](const Life &lhs, const Life &rhs) { return lhs.offset < rhs.offset; });
    int64_t offset = 0;
    for (const Life &life : taken)
      if (life.offset < offset + wanted.bytes) offset = std::max(offset, life.offset + life.bytes);
    return offset;
  }

  llvm::DenseMap<Operation *, int64_t> order;
};
} // namespace
} // namespace mlir::msa
