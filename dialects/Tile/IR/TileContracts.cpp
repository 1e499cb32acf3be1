#include "dialects/Tile/IR/TileContracts.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::tile {

int64_t sharedPitch(int64_t cols, Type element) { return cols * element.getIntOrFloatBitWidth() / 8 + 16; }

int64_t sharedBytes(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op)) {
    SmemType type = load.getResult().getType();
    return type.getRows() * sharedPitch(type.getCols(), type.getElementType());
  }
  if (auto write = dyn_cast<ToSmemOp>(op)) {
    SmemType type = write.getResult().getType();
    return type.getRows() * sharedPitch(type.getCols(), type.getElementType());
  }
  if (auto ring = dyn_cast<RingOp>(op)) {
    RingType type = ring.getRing().getType();
    return type.getStages() * type.getRows() * sharedPitch(type.getCols(), type.getElementType());
  }
  if (auto visit = dyn_cast<VisitUnionOp>(op)) // keys (8), first flags (4), entries (12), size (16 with padding)
    return visit.getResult().getType().getCapacity() * 24 + 16;
  if (auto topK = dyn_cast<TopKOp>(op)) {
    auto kernel = topK->getParentOfType<KernelOp>();
    return (kernel ? kernel.getWarps() : 1) * kTopKWarpBytes;
  }
  if (auto parallel = dyn_cast<ParallelOp>(op)) {
    auto type = parallel.getResult() ? cast<SmemType>(parallel.getResult().getType()) : SmemType();
    return type ? sharedPitch(type.getCols(), type.getElementType()) : 0;
  }
  if (auto scan = dyn_cast<ScanOp>(op)) {
    SmemType type = scan.getResult().getType(); // and a sum a warp
    return sharedPitch(type.getCols(), type.getElementType()) + 32 * 4;
  }
  if (auto bits = dyn_cast<MakeBitsOp>(op)) {
    BitsType type = bits.getBits().getType();
    return type.getSets() * type.getMembers() / 8;
  }
  return 0;
}

int64_t sharedBytes(KernelOp kernel) {
  int64_t bytes = 0;
  kernel.getBody().walk([&](Operation *op) { bytes += llvm::alignTo(sharedBytes(op), kSharedAlignment); });
  return bytes;
}

int64_t rowsOf(Type tile) {
  auto frag = dyn_cast<FragType>(tile);
  return frag ? frag.getRows() : cast<RowsType>(tile).getRows();
}

Type elementOf(Type tile) {
  auto frag = dyn_cast<FragType>(tile);
  return frag ? frag.getElementType() : cast<RowsType>(tile).getElementType();
}

} // namespace mlir::tile
