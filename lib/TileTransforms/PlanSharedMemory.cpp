#include "msa/TileTransforms/Passes.h"
#include "msa/TileTransforms/SharedMemory.h"

namespace mlir::tile {

int64_t sharedPitch(int64_t cols, Type element) { return cols * element.getIntOrFloatBitWidth() / 8 + 16; }

int64_t sharedBytes(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op)) {
    SmemType type = load.getResult().getType();
    return type.getRows() * sharedPitch(type.getCols(), type.getElementType());
  }
  if (auto ring = dyn_cast<RingOp>(op)) {
    RingType type = ring.getRing().getType();
    return type.getStages() * type.getRows() * sharedPitch(type.getCols(), type.getElementType());
  }
  if (auto visit = dyn_cast<VisitUnionOp>(op)) // keys (8), first flags (4), entries (12), size (16 with padding)
    return visit.getResult().getType().getCapacity() * 24 + 16;
  return 0;
}

} // namespace mlir::tile

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
      next += (bytes + 127) / 128 * 128;
    });
    getOperation().setSmemBytes(next);
  }
};
} // namespace
} // namespace mlir::msa
