#include "msa/TileTransforms/Passes.h"
#include "dialects/Tile/IR/TileContracts.h"

namespace mlir::msa {
#define GEN_PASS_DEF_PLANSHAREDMEMORY
#include "msa/TileTransforms/Passes.h.inc"

namespace {
struct PlanSharedMemory : impl::PlanSharedMemoryBase<PlanSharedMemory> {
  using Base::Base;

  void runOnOperation() override {
    int64_t next = 0;
    getOperation().walk([&](Operation *op) {
      int64_t bytes = tile::sharedBytes(op);
      if (bytes == 0) return;
      op->setAttr("smem_offset", IntegerAttr::get(IntegerType::get(&getContext(), 64), next));
      next += llvm::alignTo(bytes, tile::kSharedAlignment);
    });
    getOperation().setSmemBytes(next);
  }
};
} // namespace
} // namespace mlir::msa
