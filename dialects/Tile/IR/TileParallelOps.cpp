// Verifiers of the ops for scalar work that a thread block shares out.
#include "dialects/Tile/IR/TileVerify.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tile {

/// The first op that turns may not hold: one that works on tiles, or that the lowerings do not run thread by thread.
static Operation *firstForeign(Region &region) {
  Operation *foreign = nullptr;
  region.walk([&](Operation *op) {
    if (isa<scf::ForOp, scf::IfOp, scf::YieldOp, memref::LoadOp, memref::StoreOp, AtOp, SearchSortedOp, CountBitsOp,
            SetBitOp, YieldOp>(op))
      return WalkResult::advance();
    bool scalar = op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
                  llvm::all_of(op->getResultTypes(), [](Type type) { return type.isIntOrIndexOrFloat(); });
    if (scalar && !isa<ScanOp>(op)) return WalkResult::advance();
    foreign = op;
    return WalkResult::interrupt();
  });
  return foreign;
}

/// A vector in shared memory is a tile of one row of i32.
static bool isVector(SmemType type) { return type.getRows() == 1 && type.getElementType().isInteger(32); }

LogicalResult ParallelOp::verify() {
  if (getBody().getNumArguments() != 1 || !getBody().getArgument(0).getType().isIndex()) // parallel_c1
    return emitOpError("expects a region with one index argument");
  auto result = getResult() ? cast<SmemType>(getResult().getType()) : SmemType();
  if (result && !isVector(result)) // parallel_c2
    return emitOpError("collects one row of i32, but makes ") << result;
  YieldOp yield = yieldOf(getBody());
  bool fits = yield && yield.getValues().size() == (result ? 1 : 0) &&
              (!result || yield.getValues().front().getType().isInteger(32));
  if (!fits) // parallel_c3
    return emitOpError("expects its region to yield ") << (result ? "one i32" : "nothing");
  if (Operation *foreign = firstForeign(getBody())) // parallel_c4
    return emitOpError("expects scalar work in its region, but got ") << foreign->getName();
  return success();
}

LogicalResult AtOp::verify() {
  if (!isVector(getVector().getType())) // at_c1
    return emitOpError("reads one row of i32, but got ") << getVector().getType();
  return success();
}

LogicalResult ScanOp::verify() {
  if (!isVector(getVector().getType())) // scan_c1
    return emitOpError("sums one row of i32, but got ") << getVector().getType();
  return success();
}

/// Places of sets are spread over turns: outside of `tile.parallel` every thread would take its own.
LogicalResult SetBitOp::verify() {
  if (!(*this)->getParentOfType<ParallelOp>()) // set_bit_c1
    return emitOpError("expects to stand in a turn of tile.parallel");
  return success();
}

LogicalResult CountBitsOp::verify() {
  if (!(*this)->getParentOfType<ParallelOp>()) // count_bits_c1
    return emitOpError("expects to stand in a turn of tile.parallel");
  return success();
}

} // namespace mlir::tile
