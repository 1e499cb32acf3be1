// Verifiers of the ops that choose and order entries.
#include "dialects/Tile/IR/TileVerify.h"

namespace mlir::tile {

LogicalResult TopKOp::verify() {
  auto source = cast<MemRefType>(getSource().getType()), ids = cast<MemRefType>(getIds().getType());
  if (source.getRank() < 1 || !source.getElementType().isF32()) // top_k_c1
    return emitOpError("expects rows of f32, but got ") << source;
  if (ids.getRank() < 1 || !ids.getElementType().isInteger(32) || ids.isDynamicDim(ids.getRank() - 1) || getK() < 1 ||
      getK() > 64) // top_k_c2: two entries a lane of a warp
    return emitOpError("expects i32 lists of a static length from 1 to 64, but got ") << ids;
  if (Value values = getValues()) {
    auto type = cast<MemRefType>(values.getType());
    if (!type.getElementType().isF32() || type.getShape() != ids.getShape()) // top_k_c3
      return emitOpError("expects f32 values in the shape of the lists, ") << ids << ", but got " << type;
  }
  auto kernel = (*this)->getParentOfType<KernelOp>();
  int64_t rows = getRows(), warps = kernel ? kernel.getWarps() : 1;
  if (rows < 1 || (rows != 1 && rows % warps != 0)) // top_k_c4
    return emitOpError("expects one row or a multiple of ") << warps << " warps, but rows is " << rows;
  int64_t coords = source.getRank() + ids.getRank() - 2;
  YieldOp yield = yieldOf(getRowMap());
  if (!yield || int64_t(yield.getValues().size()) != coords + 5 || !allIndex(yield.getValues())) // top_k_c5
    return emitOpError("expects its region to yield ")
           << coords << " coordinates, size, head, low, high and whether the row exists, all index";
  if (getRowMap().getNumArguments() != 1 || !getRowMap().getArgument(0).getType().isIndex()) // top_k_c6
    return emitOpError("expects a region with one index argument");
  if (Operation *impure = firstImpure(getRowMap(), /*allowReads=*/true)) // top_k_c7
    return emitOpError("expects pure ops and scalar reads in its region, but got ") << impure->getName();
  return success();
}

LogicalResult TopKInsertOp::verify() {
  int64_t rows = getBest().getType().getRows();
  if (getValues().getType().getRows() != rows || !getValues().getType().getElementType().isF32()) // top_k_insert_c1
    return emitOpError("expects an f32 value for each of ") << rows << " rows, but got " << getValues().getType();
  if (getTake().getType().getRows() != rows || !getTake().getType().getElementType().isInteger(32)) // top_k_insert_c2
    return emitOpError("expects i32 for each of ")
           << rows << " rows to say which take part, but got " << getTake().getType();
  return success();
}

LogicalResult TopKStoreOp::verify() {
  auto ids = cast<MemRefType>(getIds().getType());
  if (ids.getRank() < 1 || !ids.getElementType().isInteger(32) || ids.isDynamicDim(ids.getRank() - 1) || getK() < 1 ||
      getK() > 64) // top_k_store_c1
    return emitOpError("expects i32 lists of a static length from 1 to 64, but got ") << ids;
  if (getBest().getType().getK() > getK()) // top_k_store_c2
    return emitOpError("writes lists of ") << getK() << ", but chose " << getBest().getType().getK();
  if (getOrder() == TopKOrder::Value) // top_k_store_c3: what is kept has no value here
    return emitOpError("expects order ascending or kept_last, but it is value");
  YieldOp yield = yieldOf(getRowMap());
  if (!yield || int64_t(yield.getValues().size()) != ids.getRank() - 1 + 4 ||
      !allIndex(yield.getValues())) // top_k_store_c4
    return emitOpError("expects its region to yield ")
           << ids.getRank() - 1 << " coordinates, head, low, high and whether the row exists, all index";
  if (getRowMap().getNumArguments() != 1 || !getRowMap().getArgument(0).getType().isIndex()) // top_k_store_c5
    return emitOpError("expects a region with one index argument");
  if (Operation *impure = firstImpure(getRowMap(), /*allowReads=*/true)) // top_k_store_c6
    return emitOpError("expects pure ops and scalar reads in its region, but got ") << impure->getName();
  return success();
}

LogicalResult MoveListsOp::verify() {
  auto source = cast<MemRefType>(getSource().getType()), target = cast<MemRefType>(getTarget().getType());
  for (MemRefType type : {source, target})
    if (type.getRank() < 1 || !type.getElementType().isInteger(32) || type.isDynamicDim(type.getRank() - 1) ||
        type.getShape().back() < 1 || type.getShape().back() > 64) // move_lists_c1
      return emitOpError("expects i32 lists of a static length from 1 to 64, but got ") << type;
  if (source.getShape().back() != target.getShape().back()) // move_lists_c2
    return emitOpError("moves lists of ")
           << source.getShape().back() << " places to lists of " << target.getShape().back();
  auto kernel = (*this)->getParentOfType<KernelOp>();
  int64_t rows = getRows(), warps = kernel ? kernel.getWarps() : 1;
  if (rows < 1 || rows % warps != 0) // move_lists_c3
    return emitOpError("expects a multiple of ") << warps << " warps, but rows is " << rows;
  int64_t coords = source.getRank() + target.getRank() - 2;
  YieldOp yield = yieldOf(getRowMap());
  if (!yield || int64_t(yield.getValues().size()) != coords + 1 || !allIndex(yield.getValues())) // move_lists_c4
    return emitOpError("expects its region to yield ")
           << coords << " coordinates and whether the list exists, all index";
  if (getRowMap().getNumArguments() != 1 || !getRowMap().getArgument(0).getType().isIndex()) // move_lists_c5
    return emitOpError("expects a region with one index argument");
  if (Operation *impure = firstImpure(getRowMap(), /*allowReads=*/true)) // move_lists_c6
    return emitOpError("expects pure ops and scalar reads in its region, but got ") << impure->getName();
  return success();
}

} // namespace mlir::tile
