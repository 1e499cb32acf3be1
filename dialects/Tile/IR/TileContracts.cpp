#include "dialects/Tile/IR/TileContracts.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::tile {

int64_t sharedPitch(int64_t cols, Type element) { return cols * element.getIntOrFloatBitWidth() / 8 + 16; }

SmallVector<Operation *> readersOf(Value tile) {
  SmallVector<Operation *> readers;
  for (Operation *user : tile.getUsers())
    if (auto slice = dyn_cast<SliceOp>(user)) llvm::append_range(readers, readersOf(slice.getResult()));
    else readers.push_back(user);
  return readers;
}

int64_t swizzlePanels(SmemType tile) { return llvm::divideCeil(tile.getCols() * 2, 128); }

int64_t sharedTileBytes(SmemType tile) {
  if (tile.getLayout() == SharedLayout::Swizzled) return swizzlePanels(tile) * tile.getRows() * 128;
  return tile.getRows() * sharedPitch(tile.getCols(), tile.getElementType());
}

int64_t sharedBytes(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op)) return sharedTileBytes(load.getResult().getType());
  if (auto write = dyn_cast<ToSmemOp>(op)) return sharedTileBytes(write.getResult().getType());
  if (auto ring = dyn_cast<RingOp>(op)) return ring.getType().getStages() * sharedTileBytes(ring.getType().getTile());
  if (auto channel = dyn_cast<MakeChannelOp>(op)) return channel.getType().getStages() * 16; // two barriers a stage
  if (auto visit = dyn_cast<VisitUnionOp>(op)) // keys (8), entries (12), size (16 with padding)
    return visit.getResult().getType().getCapacity() * 20 + 16;
  if (auto topK = dyn_cast<TopKOp>(op)) {
    auto kernel = topK->getParentOfType<KernelOp>();
    return (kernel ? kernel.mathWarps() : 1) * kTopKWarpBytes;
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

int64_t sharedAlignment(Operation *op) {
  auto swizzled = [](auto type) { return type.getLayout() == SharedLayout::Swizzled; };
  if (auto load = dyn_cast<LoadOp>(op)) return swizzled(load.getType()) ? kSwizzleAlignment : kSharedAlignment;
  if (auto ring = dyn_cast<RingOp>(op)) return swizzled(ring.getType()) ? kSwizzleAlignment : kSharedAlignment;
  return kSharedAlignment;
}

int64_t sharedBytes(KernelOp kernel) {
  int64_t bytes = 0;
  kernel.getBody().walk([&](Operation *op) {
    if (int64_t more = sharedBytes(op)) bytes = llvm::alignTo(bytes, sharedAlignment(op)) + more;
  });
  return llvm::alignTo(bytes, kSharedAlignment);
}

int64_t rowsOf(Type tile) {
  auto frag = dyn_cast<FragType>(tile);
  return frag ? frag.getRows() : cast<RowsType>(tile).getRows();
}

Type elementOf(Type tile) {
  auto frag = dyn_cast<FragType>(tile);
  return frag ? frag.getElementType() : cast<RowsType>(tile).getElementType();
}

AcquireOp acquireOf(Operation *copy) {
  for (Operation *before = copy->getPrevNode(); before && !isa<CommitOp>(before); before = before->getPrevNode())
    if (auto acquire = dyn_cast<AcquireOp>(before)) return acquire;
  return {};
}

bool fitsTensorCopy(LoadAsyncOp copy) {
  constexpr int64_t kMostDims = 5, kLongestBox = 256, kStrideBytes = 16; // of TMA
  SmemType tile = copy.getRing().getType().getTile();
  auto argument = dyn_cast<BlockArgument>(copy.getView());
  auto view = cast<MemRefType>(copy.getView().getType());
  int64_t rank = view.getRank(), bytes = tile.getElementType().getIntOrFloatBitWidth() / 8, offset;
  if (!argument || !isa<KernelOp>(argument.getOwner()->getParentOp()) || !acquireOf(copy)) return false;
  // The columns take two dimensions: within a panel, and the panels.
  if (rank < 2 || rank + 1 > kMostDims || int64_t(copy.getRowDim()) >= rank - 1 ||
      view.getShape().back() != tile.getCols())
    return false;
  if (tile.getLayout() != SharedLayout::Swizzled || tile.getCols() * bytes % 128 != 0) return false;
  if (int64_t(copy.getPiece()) != tile.getRows() || tile.getRows() > kLongestBox) return false;
  SmallVector<int64_t> strides;
  if (failed(view.getStridesAndOffset(strides, offset)) || strides.back() != 1) return false;
  return llvm::all_of(llvm::drop_end(strides), [&](int64_t stride) {
    return ShapedType::isDynamic(stride) || stride * bytes % kStrideBytes == 0;
  });
}

} // namespace mlir::tile
