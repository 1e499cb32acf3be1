//===- ReadMoves.cpp - row maps, unions and searches as loops -------------===//
#include "BlockReader.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

//===----------------------------------------------------------------------===//
// Row maps
//===----------------------------------------------------------------------===//

LogicalResult BlockReader::forEachPiece(Region &map, int64_t rows, int64_t piece, int64_t rowDim,
                                        function_ref<LogicalResult(Value, ValueRange, Value)> body) {
  LogicalResult status = success();
  auto readPiece = [&](Value firstRow) {
    auto place = inlineRegion(map, firstRow);
    if (failed(place)) {
      status = failure();
      return;
    }
    Value valid = place->pop_back_val();
    if (!getConstantIntValue(valid)) // no row outside the piece is touched, whatever the map says
      valid = arith::MaxSIOp::create(b, arith::MinSIOp::create(b, valid, index(piece)), index(0));
    status = body(firstRow, *place, valid);
  };
  if (rows == piece) readPiece(index(0));
  else loop(index(0), index(rows), index(piece), readPiece);
  return status;
}

/// `coords` with `rowCoord` in dimension `rowDim`.
static SmallVector<OpFoldResult> placeOf(ArrayRef<Value> coords, int64_t rowDim, Value rowCoord) {
  SmallVector<OpFoldResult> place(coords.begin(), coords.end());
  place[rowDim] = rowCoord;
  return place;
}

Value BlockReader::slotOf(Value ring, Value slot) {
  auto type = cast<MemRefType>(ring.getType());
  SmallVector<OpFoldResult> offsets{slot, b.getIndexAttr(0), b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes{b.getIndexAttr(1), b.getIndexAttr(type.getDimSize(1)),
                                  b.getIndexAttr(type.getDimSize(2))};
  SmallVector<OpFoldResult> strides(3, b.getIndexAttr(1));
  auto tile = cast<MemRefType>(
      memref::SubViewOp::inferRankReducedResultType(type.getShape().drop_front(), type, offsets, sizes, strides));
  return memref::SubViewOp::create(b, tile, ring, offsets, sizes, strides);
}

LogicalResult BlockReader::loadTile(Value view, Region &map, int64_t piece, int64_t rowDim, Value to) {
  auto type = cast<MemRefType>(to.getType());
  int64_t rows = type.getDimSize(0), cols = type.getDimSize(1);
  Value from = scalars.lookup(view);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  return forEachPiece(map, rows, piece, rowDim, [&](Value firstRow, ValueRange coords, Value valid) {
    auto rowAt = [&](Value row) { return rowOf(to, {add(firstRow, row), b.getIndexAttr(0)}, cols); };
    loop(index(0), valid, index(1), [&](Value row) {
      auto place = placeOf(SmallVector<Value>(coords), rowDim, add(coords[rowDim], row));
      place.push_back(b.getIndexAttr(0));
      linalg::CopyOp::create(b, rowOf(from, place, cols), rowAt(row));
    });
    if (getConstantIntValue(valid) != piece)
      loop(valid, index(piece), index(1), [&](Value row) { linalg::FillOp::create(b, zero, rowAt(row)); });
    return success();
  });
}

void BlockReader::readSlice(tile::SliceOp op) {
  buffers[op.getResult()] = rowsOf(buffers[op.getSource()], op.getFirstRow(), op.getType().getRows());
}

LogicalResult BlockReader::readLoadRows(tile::LoadRowsOp op) {
  Value from = scalars.lookup(op.getView()), pad = scalars.lookup(op.getPad());
  Value to = buffers[op.getResult()] = allocate(bufferType(op.getType()));
  int64_t rowDim = op.getRowDim(), piece = op.getPiece();
  return forEachPiece(op.getRowMap(), op.getType().getRows(), piece, rowDim,
                      [&](Value firstRow, ValueRange coords, Value valid) {
                        loop(index(0), valid, index(1), [&](Value row) {
                          SmallVector<Value> place(coords);
                          place[rowDim] = add(coords[rowDim], row);
                          memref::StoreOp::create(b, memref::LoadOp::create(b, from, place), to, add(firstRow, row));
                        });
                        if (getConstantIntValue(valid) != piece)
                          loop(valid, index(piece), index(1),
                               [&](Value row) { memref::StoreOp::create(b, pad, to, add(firstRow, row)); });
                        return success();
                      });
}

LogicalResult BlockReader::readStore(tile::StoreOp op) {
  Value from = bufferOf(op.getValue()), to = scalars.lookup(op.getView());
  tile::FragType type = op.getValue().getType();
  int64_t rowDim = op.getRowDim();
  if (!op.getColumns().empty()) {
    Value firstColumn = scalars.lookup(op.getColumns()[0]);
    Value columns = arith::MinSIOp::create(b, scalars.lookup(op.getColumns()[1]), index(type.getCols()));
    return forEachPiece(op.getRowMap(), type.getRows(), op.getPiece(), rowDim,
                        [&](Value firstRow, ValueRange coords, Value valid) {
                          loop(index(0), valid, index(1), [&](Value row) {
                            loop(index(0), columns, index(1), [&](Value column) {
                              SmallVector<Value> place(coords);
                              place[rowDim] = add(coords[rowDim], row);
                              place.push_back(add(firstColumn, column));
                              Value value = memref::LoadOp::create(b, from, ValueRange{add(firstRow, row), column});
                              memref::StoreOp::create(b, value, to, place);
                            });
                          });
                          return success();
                        });
  }
  return forEachPiece(
      op.getRowMap(), type.getRows(), op.getPiece(), rowDim, [&](Value firstRow, ValueRange coords, Value valid) {
        loop(index(0), valid, index(1), [&](Value row) {
          auto place = placeOf(SmallVector<Value>(coords), rowDim, add(coords[rowDim], row));
          place.push_back(b.getIndexAttr(op.getNative().value_or(0))); // native order: here, the order they have
          linalg::CopyOp::create(b, rowOf(from, {add(firstRow, row), b.getIndexAttr(0)}, type.getCols()),
                                 rowOf(to, place, type.getCols()));
        });
        return success();
      });
}

LogicalResult BlockReader::readStoreRows(tile::StoreRowsOp op) {
  Value from = bufferOf(op.getValue()), to = scalars.lookup(op.getView());
  int64_t rowDim = op.getRowDim();
  return forEachPiece(op.getRowMap(), op.getValue().getType().getRows(), op.getPiece(), rowDim,
                      [&](Value firstRow, ValueRange coords, Value valid) {
                        loop(index(0), valid, index(1), [&](Value row) {
                          SmallVector<Value> place(coords);
                          place[rowDim] = add(coords[rowDim], row);
                          Value value = memref::LoadOp::create(b, from, add(firstRow, row));
                          memref::StoreOp::create(b, value, to, place);
                        });
                        return success();
                      });
}

/// `count` of a buffer's rows (axis 0) or columns, from `first` on.
static Value shareOf(ImplicitLocOpBuilder &b, Value buffer, int64_t axis, int64_t first, int64_t count) {
  auto type = cast<MemRefType>(buffer.getType());
  if (first == 0 && count == type.getDimSize(axis)) return buffer;
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)), sizes,
      strides(type.getRank(), b.getIndexAttr(1));
  for (int64_t size : type.getShape()) sizes.push_back(b.getIndexAttr(size));
  offsets[axis] = b.getIndexAttr(first), sizes[axis] = b.getIndexAttr(count);
  return memref::SubViewOp::create(b, buffer, offsets, sizes, strides);
}

Value BlockReader::rowsOf(Value buffer, int64_t first, int64_t rows) { return shareOf(b, buffer, 0, first, rows); }
Value BlockReader::columnsOf(Value buffer, int64_t first, int64_t cols) { return shareOf(b, buffer, 1, first, cols); }

/// Row r of `to` is row (first + r) mod rows of `from`.
void BlockReader::copyRows(Value from, Value to, int64_t first) {
  int64_t tileRows = cast<MemRefType>(from.getType()).getDimSize(0),
          rows = cast<MemRefType>(to.getType()).getDimSize(0);
  for (int64_t row = 0, count; row < rows; row += count) {
    int64_t at = (first + row) % tileRows;
    count = std::min(rows - row, tileRows - at);
    linalg::CopyOp::create(b, rowsOf(from, at, count), rowsOf(to, row, count));
  }
}

/// A one-column buffer as a vector.
Value BlockReader::columnOf(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1) return buffer;
  SmallVector<OpFoldResult> offsets(2, b.getIndexAttr(0)), sizes{b.getIndexAttr(type.getDimSize(0)), b.getIndexAttr(1)};
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  auto vector = cast<MemRefType>(
      memref::SubViewOp::inferRankReducedResultType({type.getDimSize(0)}, type, offsets, sizes, strides));
  return memref::SubViewOp::create(b, vector, buffer, offsets, sizes, strides);
}

void BlockReader::readToFrag(tile::ToFragOp op) {
  bool whole = op.getFirst() == 0 && op.getSource().getType().getRows() == op.getType().getRows();
  Value result = resultBuffer(op, op.getType(), whole ? ValueRange(op.getSource()) : ValueRange());
  buffers[op.getResult()] = result;
  if (whole) moveTo(op.getSource(), result);
  else copyRows(bufferOf(op.getSource()), result, op.getFirst());
}

void BlockReader::readToRows(tile::ToRowsOp op) {
  Value result = buffers[op.getResult()] = allocate(bufferType(op.getType()));
  copyRows(columnOf(bufferOf(op.getSource())), result, op.getFirst());
}

void BlockReader::readToSmem(tile::ToSmemOp op) {
  Value result = buffers[op.getResult()] = allocate(bufferType(op.getType()));
  moveTo(op.getValue(), isa<tile::RowsType>(op.getValue().getType()) ? columnOf(result) : result);
}

//===----------------------------------------------------------------------===//
// Lists and searches
//===----------------------------------------------------------------------===//

/// Inserts `key` into the first `size` entries of the ascending `keys`, or adds `bit` to the mask of the entry that it
/// has already. The new size.
Value BlockReader::insertSorted(Value keys, Value masks, Value size, Value key, Value bit) {
  Value zero = index(0), one = index(1);
  // The place: behind the last entry whose key is not above ours.
  Type indexType = b.getIndexType();
  auto search = scf::WhileOp::create(
      b, indexType, size,
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Value some = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, args[0], zero);
        auto above = scf::IfOp::create(
            builder, loc, some,
            [&](OpBuilder &builder, Location loc) {
              Value last = memref::LoadOp::create(builder, loc, keys,
                                                  arith::SubIOp::create(builder, loc, args[0], one).getResult());
              Value isAbove = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, last, key);
              scf::YieldOp::create(builder, loc, isAbove);
            },
            [&](OpBuilder &builder, Location loc) { scf::YieldOp::create(builder, loc, some); });
        scf::ConditionOp::create(builder, loc, above.getResult(0), args);
      },
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        scf::YieldOp::create(builder, loc, arith::SubIOp::create(builder, loc, args[0], one).getResult());
      });
  Value place = search.getResult(0);
  // With no entry before the place, entry 0 is read though it may hold anything; `some` then decides.
  Value before = arith::MaxSIOp::create(b, arith::SubIOp::create(b, place, one), zero);
  Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, place, zero);
  Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, memref::LoadOp::create(b, keys, before), key);
  auto branch =
      scf::IfOp::create(b, indexType, arith::AndIOp::create(b, some, same), /*addThen=*/true, /*addElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value members = arith::OrIOp::create(b, memref::LoadOp::create(b, masks, before), bit);
  memref::StoreOp::create(b, members, masks, before);
  scf::YieldOp::create(b, size);
  b.setInsertionPointToStart(branch.elseBlock());
  loop(zero, arith::SubIOp::create(b, size, place), one, [&](Value i) { // from the end, each entry one place up
    Value to = arith::SubIOp::create(b, size, i), from = arith::SubIOp::create(b, to, one);
    memref::StoreOp::create(b, memref::LoadOp::create(b, keys, from), keys, to);
    memref::StoreOp::create(b, memref::LoadOp::create(b, masks, from), masks, to);
  });
  memref::StoreOp::create(b, key, keys, place);
  memref::StoreOp::create(b, bit, masks, place);
  scf::YieldOp::create(b, arith::AddIOp::create(b, size, one).getResult());
  return branch.getResult(0);
}

LogicalResult BlockReader::readVisitUnion(tile::VisitUnionOp op) {
  int64_t capacity = op.getType().getCapacity();
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  List list{allocate(MemRefType::get({capacity}, i64)), allocate(MemRefType::get({capacity}, i32)), index(0)};
  Value view = scalars.lookup(op.getLists());
  int64_t entries = cast<MemRefType>(view.getType()).getShape().back();
  Value zero = index(0), one = index(1);

  auto tokens = scf::ForOp::create(b, zero, index(op.getTokens()), one, list.size);
  list.size = tokens.getResult(0);
  lists[op.getResult()] = list;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tokens.getBody());
  auto place = inlineRegion(op.getTokenMap(), tokens.getInductionVar());
  if (failed(place)) return failure();
  Value exists = place->pop_back_val(), request = place->front();
  SmallVector<Value> coords(llvm::drop_begin(*place));
  coords.push_back({});
  Value high =
      arith::ShLIOp::create(b, arith::IndexCastOp::create(b, i64, request), arith::ConstantIntOp::create(b, i64, 32));
  Value number = arith::IndexCastOp::create(b, i32, tokens.getInductionVar());
  Value bit = arith::ShLIOp::create(b, arith::ConstantIntOp::create(b, i32, 1), number);
  // A token that does not exist has no entries, and its coordinates are not touched.
  Value there = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, exists, zero);
  Value end = arith::SelectOp::create(b, there, index(entries), zero);
  auto members = scf::ForOp::create(b, zero, end, one, tokens.getRegionIterArg(0));
  scf::YieldOp::create(b, members.getResult(0));
  b.setInsertionPointToStart(members.getBody());
  coords.back() = members.getInductionVar();
  Value id = memref::LoadOp::create(b, view, coords);
  Value isBlock = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, id, arith::ConstantIntOp::create(b, i32, 0));
  auto branch = scf::IfOp::create(b, b.getIndexType(), isBlock, /*addThen=*/true, /*addElse=*/true);
  scf::YieldOp::create(b, branch.getResult(0));
  Value size = members.getRegionIterArg(0);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, size);
  b.setInsertionPointToStart(branch.thenBlock());
  Value key = arith::OrIOp::create(b, high, arith::ExtUIOp::create(b, i64, id));
  scf::YieldOp::create(b, insertSorted(list.keys, list.masks, size, key, bit));
  return success();
}

void BlockReader::readListEntry(tile::ListEntryOp op) {
  const List &list = lists[op.getList()];
  Value position = scalars.lookup(op.getPosition());
  Value key = memref::LoadOp::create(b, list.keys, position);
  Value width = arith::ConstantIntOp::create(b, b.getI64Type(), 32);
  Value block = arith::TruncIOp::create(b, b.getI32Type(), key);
  scalars.map(op.getBlock(), arith::IndexCastOp::create(b, b.getIndexType(), block).getResult());
  scalars.map(op.getRequest(),
              arith::IndexCastOp::create(b, b.getIndexType(), arith::ShRUIOp::create(b, key, width)).getResult());
  scalars.map(op.getMembers(), memref::LoadOp::create(b, list.masks, position).getResult());
}

void BlockReader::readSearchSorted(tile::SearchSortedOp op) {
  Value offsets = scalars.lookup(op.getOffsets()), wanted = scalars.lookup(op.getValue());
  Value one = index(1);
  Type indexType = b.getIndexType();
  // Bisection of [low, high): offsets[low] <= wanted, and offsets[high] > wanted where high < size.
  auto search = scf::WhileOp::create(
      b, TypeRange{indexType, indexType}, ValueRange{index(0), scalars.lookup(op.getSize())},
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Value width = arith::SubIOp::create(builder, loc, args[1], args[0]);
        scf::ConditionOp::create(builder, loc,
                                 arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, width, one), args);
      },
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Value middle = arith::ShRUIOp::create(builder, loc, arith::AddIOp::create(builder, loc, args[0], args[1]), one);
        Value offset = memref::LoadOp::create(builder, loc, offsets, middle);
        Value right = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle,
                                            arith::IndexCastOp::create(builder, loc, indexType, offset), wanted);
        Value low = arith::SelectOp::create(builder, loc, right, middle, args[0]);
        Value high = arith::SelectOp::create(builder, loc, right, args[1], middle);
        scf::YieldOp::create(builder, loc, ValueRange{low, high});
      });
  scalars.map(op.getPosition(), search.getResult(0));
}

} // namespace mlir::msa
