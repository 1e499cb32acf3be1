// Fragments and row vectors to and from tiles in shared memory.
#include "KernelEmitter.h"

namespace mlir::tile {

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

Value KernelEmitter::sharedRow(int64_t rows, int64_t i, Value laneRow, int64_t first, int64_t tileRows, int64_t pitch) {
  Value row = wgmma ? add(firstRow(rows, i), laneRow) : add(firstRow(rows), add(laneRow, index(i * 16)));
  if (first + rows > tileRows) row = arith::RemUIOp::create(b, add(row, index(first)), index(tileRows));
  else if (first != 0) row = add(row, index(first));
  return mul(row, index(pitch));
}

LogicalResult KernelEmitter::emitToFrag(ToFragOp op) {
  FragType type = op.getResult().getType();
  SmemType tile = op.getSource().getType();
  Type element = type.getElementType();
  auto pair = VectorType::get({2}, element);
  int64_t bytes = bytesOf(element), pitch = pitchOf(type.getCols(), element), tiles = columnTiles(type),
          first = op.getFirst();
  Values result(loweredTypes(type).size());
  if (bytes == 2) {
    if (tiles % 2 != 0) return op.emitOpError("reads sixteen columns at a time, but has ") << type.getCols();
    // Matrices: rows 0-7 and 8-15 of the left 8 columns, then of the right.
    Value laneRow = arith::RemUIOp::create(b, lane, index(16)), half = arith::DivUIOp::create(b, lane, index(16));
    Value column = arith::SubIOp::create(b, firstColumn(type), mul(quadColumn, index(2))); // the warp's
    bool swizzled = tile.getLayout() == SharedLayout::Swizzled;
    for (int64_t i = 0; i < subtiles(type.getRows()); ++i) {
      Value row = sharedRow(type.getRows(), i, laneRow, first, tile.getRows(), swizzled ? 1 : pitch);
      Value base = swizzled
                       ? Value()
                       : at(one(op.getSource()), toI32(add(row, add(mul(half, index(16)), mul(column, index(bytes))))));
      Value chunk = add(arith::DivUIOp::create(b, column, index(8)), half);
      for (int64_t t = 0; t < tiles / 2; ++t) {
        Value place = swizzled ? at(one(op.getSource()), toI32(chunkOffset(tile, row, add(chunk, index(2 * t)))))
                               : at(base, t * 32);
        Values a = ldmatrix(place, false);
        for (int64_t r = 0; r < 4; ++r) // registers: (upper, lower) rows of the left 8 columns, then of the right
          result[(i * tiles + 2 * t + r / 2) * 2 + r % 2] = LLVM::BitcastOp::create(b, pair, a[r]);
      }
    }
    set(op.getResult(), result);
    return success();
  }
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = sharedRow(type.getRows(), i, add(quadRow, index(half * 8)), first, tile.getRows(), pitch);
      Value base = at(one(op.getSource()), toI32(add(row, mul(firstColumn(type), index(bytes)))));
      for (int64_t j = 0; j < tiles; ++j) {
        Value loaded = LLVM::LoadOp::create(b, pair, at(base, j * 8 * bytes), 2 * bytes);
        for (int64_t e = 0; e < 2; ++e)
          result[((i * tiles + j) * 2 + half) * 2 + e] = LLVM::ExtractElementOp::create(b, loaded, i32(e));
      }
    }
  set(op.getResult(), result);
  return success();
}

void KernelEmitter::emitToRows(ToRowsOp op) {
  RowsType type = op.getResult().getType();
  SmemType tile = op.getSource().getType();
  Values result;
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = sharedRow(type.getRows(), i, add(quadRow, index(half * 8)), op.getFirst(), tile.getRows(),
                            pitchOf(1, type.getElementType()));
      result.push_back(LLVM::LoadOp::create(b, type.getElementType(), at(one(op.getSource()), toI32(row))));
    }
  set(op.getResult(), result);
}

/// The place may have held a tile that is dead by now: nobody may still be reading that. Writes that follow one another share the two
/// barriers around them.
void KernelEmitter::emitToSmem(ToSmemOp op) {
  Value base = shared(op->getAttrOfType<IntegerAttr>("smem_offset").getInt());
  Type element = op.getResult().getType().getElementType();
  int64_t bytes = bytesOf(element), pitch = pitchOf(op.getResult().getType().getCols(), element);
  Values value = get(op.getValue());
  if (!isa_and_nonnull<ToSmemOp>(op->getPrevNode())) barrier();
  auto rowBase = [&](int64_t rows, int64_t i, int64_t half) {
    return sharedRow(rows, i, add(quadRow, index(half * 8)), 0, rows, pitch);
  };
  if (auto type = dyn_cast<FragType>(op.getValue().getType())) {
    int64_t tiles = columnTiles(type);
    for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
      for (int64_t half = 0; half < 2; ++half) {
        Value place = at(base, toI32(add(rowBase(type.getRows(), i, half), mul(firstColumn(type), index(bytes)))));
        for (int64_t j = 0; j < tiles; ++j)
          LLVM::StoreOp::create(b, pairOf(value, element, (i * tiles + j) * 2 + half), at(place, j * 8 * bytes),
                                2 * bytes);
      }
  } else {
    int64_t rows = cast<RowsType>(op.getValue().getType()).getRows();
    for (int64_t i = 0; i < subtiles(rows); ++i)
      for (int64_t half = 0; half < 2; ++half) // all who hold a row write the same
        LLVM::StoreOp::create(b, value[i * 2 + half], at(base, toI32(rowBase(rows, i, half))));
  }
  if (!isa_and_nonnull<ToSmemOp>(op->getNextNode())) barrier();
  set(op.getResult(), {base});
}

Value KernelEmitter::pairOf(const Values &value, Type element, int64_t place) {
  if (element.getIntOrFloatBitWidth() == 16) return value[place]; // held as pairs
  Value pair = LLVM::PoisonOp::create(b, VectorType::get({2}, element));
  for (int64_t e = 0; e < 2; ++e) pair = LLVM::InsertElementOp::create(b, pair, value[place * 2 + e], i32(e));
  return pair;
}

} // namespace mlir::tile
