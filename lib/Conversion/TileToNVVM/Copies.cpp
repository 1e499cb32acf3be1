// Movement between global memory, shared memory and registers.
#include "KernelEmitter.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "llvm/ADT/bit.h"

namespace mlir::tile {

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

int64_t KernelEmitter::pitchOf(int64_t cols, Type element) { return sharedPitch(cols, element); }

Value KernelEmitter::shared(int64_t byteOffset) { return at(smem, byteOffset); }

Value KernelEmitter::at(Value pointer, int64_t byteOffset) {
  return LLVM::GEPOp::create(b, pointer.getType(), b.getI8Type(), pointer, ArrayRef<LLVM::GEPArg>{int32_t(byteOffset)});
}

Value KernelEmitter::at(Value pointer, Value byteOffset) {
  return LLVM::GEPOp::create(b, pointer.getType(), b.getI8Type(), pointer, ArrayRef<LLVM::GEPArg>{byteOffset});
}

Value KernelEmitter::address(Value view, ValueRange coords, int64_t rowDim, Value rowInPiece, Value column) {
  Values &lowered = get(view); // address, then strides in elements
  auto type = cast<MemRefType>(view.getType());
  Value offset;
  auto move = [&](Value coordinate, Value stride) {
    Value step = mul(i64(coordinate), stride);
    offset = offset ? add(offset, step) : step;
  };
  for (auto [dim, coordinate] : llvm::enumerate(coords)) move(coordinate, lowered[1 + dim]);
  if (rowInPiece) move(rowInPiece, lowered[1 + rowDim]);
  if (column) offset = add(offset, i64(column)); // the last dimension is contiguous
  if (!offset) return lowered[0];
  return at(lowered[0], mul(offset, arith::ConstantIntOp::create(b, bytesOf(type.getElementType()), 64)));
}

//===----------------------------------------------------------------------===//
// Global to shared: cp.async, 16 bytes a thread
//===----------------------------------------------------------------------===//

Value KernelEmitter::chunkOffset(SmemType tile, Value row, Value chunk) {
  if (tile.getLayout() == SharedLayout::Padded)
    return add(mul(row, index(pitchOf(tile.getCols(), tile.getElementType()))), mul(chunk, index(16)));
  // Panels of 8 chunks a row; chunk c of row r lies where chunk c xor (r mod 8) would.
  Value panel = arith::DivUIOp::create(b, chunk, index(8)), inPanel = arith::RemUIOp::create(b, chunk, index(8));
  Value swizzled = arith::XOrIOp::create(b, inPanel, arith::RemUIOp::create(b, row, index(8)));
  return add(mul(panel, index(tile.getRows() * 128)), add(mul(row, index(128)), mul(swizzled, index(16))));
}

LogicalResult KernelEmitter::emitCopy(Operation *op, Region &rowMap, Value view, SmemType tile, int64_t piece,
                                      int64_t rowDim, Value destination) {
  int64_t rows = tile.getRows(), cols = tile.getCols();
  Type element = tile.getElementType();
  int64_t bytes = bytesOf(element), perChunk = 16 / bytes, chunksPerRow = cols / perChunk, chunks = rows * chunksPerRow;
  if (cols % perChunk != 0)
    return op->emitOpError("copies rows of 16-byte chunks, but a row has ") << cols << " elements";
  bool swizzled = tile.getLayout() == SharedLayout::Swizzled;
  int64_t pitch = swizzled ? 128 : pitchOf(cols, element), iterations = (chunks + threads - 1) / threads;
  // A row that does not exist is filled with zero: of its address, which may be anything, 0 bytes are read.
  auto copy = [&](Value target, Value source, Value exists) {
    Value size = arith::SelectOp::create(b, exists, i32(16), i32(0));
    NVVM::CpAsyncOp::create(b, target, source, 16, NVVM::LoadCacheModifierKind::CG, size);
  };

  // Rows are as many chunks as threads share out evenly, or such columns of chunks side by side (12 are 8 and 4; of swizzled rows
  // each in one panel): then a thread keeps its column and steps down a constant number of rows.
  struct Part {
    int64_t rowStep; // rows of an iteration
    Value chunk, firstRow, target, step;
  };
  SmallVector<Part> parts;
  auto addPart = [&](int64_t firstChunk, int64_t width) {
    Part part{threads / width, {}, {}, {}, {}};
    part.chunk = add(arith::RemUIOp::create(b, tid, index(width)), index(firstChunk));
    part.firstRow = arith::DivUIOp::create(b, tid, index(width));
    part.target = at(destination, toI32(chunkOffset(tile, part.firstRow, part.chunk)));
    part.step = mul(get(view)[1 + rowDim], arith::ConstantIntOp::create(b, part.rowStep * bytes, 64));
    parts.push_back(part);
  };
  auto keepsColumn = [&](int64_t width) { // the swizzle repeats after 8 rows
    return threads % width == 0 && (!swizzled || threads / width % 8 == 0);
  };
  constexpr int64_t kPanel = 8; // chunks
  SmallVector<int64_t> widths;
  if (keepsColumn(chunksPerRow)) widths.push_back(chunksPerRow);
  for (int64_t left = widths.empty() ? chunksPerRow : 0; left > 0; left -= widths.back())
    widths.push_back(llvm::bit_floor(uint64_t(std::min(left, swizzled ? kPanel : threads))));
  int64_t firstChunk = 0;
  if (llvm::all_of(widths, keepsColumn))
    for (int64_t width : widths) addPart(firstChunk, width), firstChunk += width;

  // The common case: pieces are whole iterations. One address in registers walks down each piece.
  auto isSteady = [&](const Part &part) { return piece % part.rowStep == 0; };
  if (llvm::any_of(parts, isSteady))
    for (int64_t firstRow = 0; firstRow < rows; firstRow += piece) {
      FailureOr<Values> place = inlineRegion(rowMap, index(firstRow));
      if (failed(place)) return failure();
      for (Part &part : parts) {
        if (!isSteady(part)) continue;
        Value source = opaque(
            address(view, ValueRange(*place).drop_back(), rowDim, part.firstRow, mul(part.chunk, index(perChunk))));
        Value left = opaque(
            arith::SubIOp::create(b, place->back(), part.firstRow)); // valid rows from this thread's first one on
        Value target = opaque(at(part.target, firstRow * pitch));
        for (int64_t row = 0; row < piece; row += part.rowStep) {
          if (row) source = at(source, part.step);
          copy(at(target, row * pitch), source, less(index(row), left));
        }
      }
    }
  for (Part &part : parts)
    for (int64_t step = 0; step < rows && !isSteady(part); step += part.rowStep) {
      Value row = opaque(add(part.firstRow, index(step)));
      std::optional<OpBuilder::InsertionGuard> guard;
      if (step + part.rowStep > rows) {
        guard.emplace(b);
        b.setInsertionPointToStart(scf::IfOp::create(b, less(row, index(rows)), /*withElseRegion=*/false).thenBlock());
      }
      FailureOr<RowAccess> access = rowAccess(rowMap, row, piece);
      if (failed(access)) return failure();
      Value source = address(view, access->coords, rowDim, access->rowInPiece, mul(part.chunk, index(perChunk)));
      copy(at(part.target, step * pitch), source, access->exists);
    }
  if (!parts.empty()) return success();

  for (int64_t n = 0; n < iterations; ++n) {
    Value number = opaque(add(tid, index(n * threads)));
    auto body = [&]() -> LogicalResult {
      Value row = arith::DivUIOp::create(b, number, index(chunksPerRow)),
            chunk = arith::RemUIOp::create(b, number, index(chunksPerRow));
      FailureOr<RowAccess> access = rowAccess(rowMap, row, piece);
      if (failed(access)) return failure();
      Value source = address(view, access->coords, rowDim, access->rowInPiece, mul(chunk, index(perChunk)));
      copy(at(destination, toI32(chunkOffset(tile, row, chunk))), source, access->exists);
      return success();
    };
    if ((n + 1) * threads <= chunks) {
      if (failed(body())) return failure();
      continue;
    }
    auto branch = scf::IfOp::create(b, less(number, index(chunks)), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    if (failed(body())) return failure();
  }
  return success();
}

/// True where another load of the block follows before anything looks at this one's tile: it waits for both.
static bool isFollowedByLoad(LoadOp op) {
  for (Operation *next = op->getNextNode(); next; next = next->getNextNode()) {
    if (isa<LoadOp>(next)) return true;
    if (!isMemoryEffectFree(next) || llvm::is_contained(next->getOperands(), op.getResult())) return false;
  }
  return false;
}

LogicalResult KernelEmitter::emitLoad(LoadOp op) {
  auto offset = op->getAttrOfType<IntegerAttr>("smem_offset");
  if (!offset) return op.emitOpError("has no place in shared memory: run plan-shared-memory first");
  SmemType type = op.getResult().getType();
  Value destination = shared(offset.getInt());
  if (op->getParentOp() != kernel) barrier(); // in a loop: everyone is done with the last iteration's tile
  if (failed(emitCopy(op, op.getRowMap(), op.getView(), type, op.getPiece(), op.getRowDim(), destination)))
    return failure();
  set(op.getResult(), {destination});
  if (isFollowedByLoad(op)) return success();
  NVVM::CpAsyncCommitGroupOp::create(b);
  // What only roles read arrives while what stands before them is done: they begin with a wait.
  auto inRoles = [](Operation *user) { return user->getParentOfType<RolesOp>() != nullptr; };
  if (op->getParentOp() == kernel && llvm::all_of(op->getUsers(), inRoles)) return success();
  NVVM::CpAsyncWaitGroupOp::create(b, uint32_t(0));
  fenceCopies();
  barrier();
  return success();
}

LogicalResult KernelEmitter::emitLoadAsync(LoadAsyncOp op) {
  SmemType tile = op.getRing().getType().getTile();
  Value destination = at(one(op.getRing()), toI32(mul(one(op.getSlot()), index(sharedTileBytes(tile)))));
  if (op.getTensor()) return emitTensorCopy(op, destination);
  return emitCopy(op, op.getRowMap(), op.getView(), tile, op.getPiece(), op.getRowDim(), destination);
}

void KernelEmitter::emitSlot(SlotOp op) {
  int64_t bytes = sharedTileBytes(op.getTile().getType());
  set(op.getTile(), {at(one(op.getRing()), toI32(mul(one(op.getPosition()), index(bytes))))});
}

void KernelEmitter::emitSlice(SliceOp op) {
  SmemType type = op.getSource().getType();
  set(op.getResult(),
      {at(one(op.getSource()), int64_t(op.getFirstRow()) * pitchOf(type.getCols(), type.getElementType()))});
}

//===----------------------------------------------------------------------===//
// Global to and from registers
//===----------------------------------------------------------------------===//

FailureOr<KernelEmitter::RowAccess> KernelEmitter::rowAccess(Region &rowMap, Value row, int64_t piece) {
  RowAccess access;
  access.rowInPiece = piece == 1 ? index(0) : Value(arith::RemUIOp::create(b, row, index(piece)));
  FailureOr<Values> yielded = inlineRegion(rowMap, Value(arith::SubIOp::create(b, row, access.rowInPiece)));
  if (failed(yielded)) return failure();
  access.exists = less(access.rowInPiece, yielded->back());
  access.coords = Values(ArrayRef<Value>(*yielded).drop_back());
  return access;
}

LogicalResult KernelEmitter::emitLoadRows(LoadRowsOp op) {
  RowsType type = op.getResult().getType();
  Values result;
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      auto access = rowAccess(op.getRowMap(), rowNumber(type.getRows(), i, half), op.getPiece());
      if (failed(access)) return failure();
      auto branch = scf::IfOp::create(b, TypeRange{type.getElementType()}, access->exists, true, true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value pointer = address(op.getView(), access->coords, op.getRowDim(), access->rowInPiece, nullptr);
      scf::YieldOp::create(b, ValueRange{LLVM::LoadOp::create(b, type.getElementType(), pointer)});
      b.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(b, ValueRange{one(op.getPad())});
      result.push_back(branch.getResult(0));
    }
  set(op.getResult(), result);
  return success();
}

/// In native order a lane's columns of four tiles of 8 follow one another: 16 bytes, 64 of a row.
Value KernelEmitter::firstNativeColumn(FragType type) {
  Value shared = arith::SubIOp::create(b, firstColumn(type), mul(quadColumn, index(2)));
  return add(shared, mul(quadColumn, index(8)));
}

LogicalResult KernelEmitter::emitLoadFrag(LoadFragOp op) {
  FragType type = op.getResult().getType();
  Type element = type.getElementType();
  auto pair = VectorType::get({2}, element);
  bool packed = element.getIntOrFloatBitWidth() == 16;
  int64_t tiles = columnTiles(type);
  Values result(loweredTypes(type).size());
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      auto access = rowAccess(op.getRowMap(), rowNumber(type.getRows(), i, half), op.getPiece());
      if (failed(access)) return failure();
      auto branch = scf::IfOp::create(b, SmallVector<Type>(tiles, pair), access->exists, true, true);
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(branch.thenBlock());
        Value column = op.getNative() ? firstNativeColumn(type) : firstColumn(type);
        Value pointer = address(op.getView(), access->coords, op.getRowDim(), access->rowInPiece, column);
        Values loaded;
        for (int64_t j = 0; op.getNative() && j < tiles; j += 4) {
          Value four = LLVM::LoadOp::create(b, VectorType::get({4}, b.getI32Type()), at(pointer, j * 16), 16);
          for (int64_t n = 0; n < 4; ++n)
            loaded.push_back(LLVM::BitcastOp::create(b, pair, LLVM::ExtractElementOp::create(b, four, i32(n))));
        }
        for (int64_t j = 0; !op.getNative() && j < tiles; ++j)
          loaded.push_back(LLVM::LoadOp::create(b, pair, at(pointer, j * 8 * bytesOf(element)), 2 * bytesOf(element)));
        scf::YieldOp::create(b, loaded);
        b.setInsertionPointToStart(branch.elseBlock());
        scf::YieldOp::create(b, Values(tiles, arith::ConstantOp::create(b, b.getZeroAttr(pair))));
      }
      for (int64_t j = 0; j < tiles; ++j) {
        int64_t place = (i * tiles + j) * 2 + half;
        Value loaded = branch.getResult(j);
        if (packed) result[place] = loaded;
        else
          for (int64_t e = 0; e < 2; ++e) result[place * 2 + e] = LLVM::ExtractElementOp::create(b, loaded, i32(e));
      }
    }
  set(op.getResult(), result);
  return success();
}

/// A fragment of which some columns are written, at any alignment: element by element.
LogicalResult KernelEmitter::emitStoreColumns(StoreOp op) {
  FragType type = op.getValue().getType();
  Type element = type.getElementType();
  bool packed = element.getIntOrFloatBitWidth() == 16;
  int64_t tiles = columnTiles(type);
  Values value = get(op.getValue());
  Value mine = firstColumn(type), first = add(one(op.getColumns()[0]), mine);
  Value columns = arith::SubIOp::create(b, one(op.getColumns()[1]), mine);
  Values numbers = opaqueRowNumbers(type.getRows()); // it is for rare stores out of long loops
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      auto access = rowAccess(op.getRowMap(), numbers[i * 2 + half], op.getPiece());
      if (failed(access)) return failure();
      auto branch = scf::IfOp::create(b, access->exists, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value pointer = address(op.getView(), access->coords, op.getRowDim(), access->rowInPiece, first);
      for (int64_t j = 0; j < tiles; ++j)
        for (int64_t e = 0; e < 2; ++e) {
          auto inside = scf::IfOp::create(b, less(index(j * 8 + e), columns), /*withElseRegion=*/false);
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(inside.thenBlock());
          int64_t place = (i * tiles + j) * 2 + half;
          Value scalar = packed ? Value(LLVM::ExtractElementOp::create(b, value[place], i32(e))) : value[place * 2 + e];
          LLVM::StoreOp::create(b, scalar, at(pointer, (j * 8 + e) * bytesOf(element)));
        }
    }
  return success();
}

LogicalResult KernelEmitter::emitStore(StoreOp op) {
  if (!op.getColumns().empty()) return emitStoreColumns(op);
  FragType type = op.getValue().getType();
  Type element = type.getElementType();
  int64_t tiles = columnTiles(type);
  Values value = get(op.getValue());
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      auto access = rowAccess(op.getRowMap(), rowNumber(type.getRows(), i, half), op.getPiece());
      if (failed(access)) return failure();
      auto branch = scf::IfOp::create(b, access->exists, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value column = op.getNative() ? firstNativeColumn(type) : firstColumn(type);
      if (op.getNative()) column = add(column, index(*op.getNative()));
      Value pointer = address(op.getView(), access->coords, op.getRowDim(), access->rowInPiece, column);
      for (int64_t j = 0; op.getNative() && j < tiles; j += 4) {
        // Another kernel reads it, once: the L2 keeps what is read again (.cs).
        Values operands{at(pointer, j * 16)};
        for (int64_t n = 0; n < 4; ++n)
          operands.push_back(LLVM::BitcastOp::create(b, b.getI32Type(), value[(i * tiles + j + n) * 2 + half]));
        inlineAsm("st.global.cs.v4.b32 [$0], {$1, $2, $3, $4};", "l,r,r,r,r,~{memory}", operands);
      }
      for (int64_t j = 0; !op.getNative() && j < tiles; ++j) {
        Value pair = pairOf(value, element, (i * tiles + j) * 2 + half);
        LLVM::StoreOp::create(b, pair, at(pointer, j * 8 * bytesOf(element)), 2 * bytesOf(element));
      }
    }
  return success();
}

LogicalResult KernelEmitter::emitStoreRows(StoreRowsOp op) {
  RowsType type = op.getValue().getType();
  Values value = get(op.getValue());
  Value first =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, quadColumn, index(0)); // four lanes hold the same row ...
  if (int64_t sharers = columnWarps(type.getRows()); sharers > 1)               // ... and so may several warps
    first = arith::AndIOp::create(
        b, first,
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, arith::RemUIOp::create(b, warp, index(sharers)), index(0)));
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      auto access = rowAccess(op.getRowMap(), rowNumber(type.getRows(), i, half), op.getPiece());
      if (failed(access)) return failure();
      auto branch = scf::IfOp::create(b, arith::AndIOp::create(b, access->exists, first), /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value pointer = address(op.getView(), access->coords, op.getRowDim(), access->rowInPiece, nullptr);
      LLVM::StoreOp::create(b, value[i * 2 + half], pointer);
    }
  return success();
}

} // namespace mlir::tile
