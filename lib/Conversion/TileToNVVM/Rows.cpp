// Elementwise maps, masks and row reductions on the scalars a thread holds.
#include "KernelEmitter.h"
#include "dialects/Tile/IR/TileContracts.h"
#include <limits>

namespace mlir::tile {

LogicalResult KernelEmitter::checkDealt(Operation &op) {
  for (Type type : op.getResultTypes()) {
    if (!isa<FragType, RowsType>(type)) continue;
    int64_t rows = rowsOf(type), sharers = columnWarps(rows);
    auto frag = dyn_cast<FragType>(type);
    // Rows in sixteens to warps alike; then columns in sixteens, two tiles of an ldmatrix, to those that share rows.
    if (rows / 16 % rowWarps(rows) != 0 || warps % rowWarps(rows) != 0 ||
        (frag && sharers > 1 && frag.getCols() % (16 * sharers) != 0))
      return op.emitOpError("deals ") << type << " to " << warps << " warps, but they do not get equal shares";
  }
  return success();
}

Value KernelEmitter::firstRow(int64_t rows, int64_t i) {
  if (wgmma && subtiles(rows) > 1) {
    // Four warps own rows / warps * 4 consecutive rows, 64 for each product: warp w of them rows 16 w to 16 w + 15 of every 64.
    Value group = arith::DivUIOp::create(b, warp, index(4)), inGroup = arith::RemUIOp::create(b, warp, index(4));
    return add(add(mul(group, index(rows / warps * 4)), mul(inGroup, index(16))), index(i * 64));
  }
  if (i != 0) return add(firstRow(rows), index(i * 16));
  int64_t sharers = columnWarps(rows);
  if (rowWarps(rows) == 1) return index(0);
  Value number = sharers == 1 ? warp : Value(arith::DivUIOp::create(b, warp, index(sharers)));
  return mul(number, index(rows / rowWarps(rows)));
}

Value KernelEmitter::firstColumn(FragType type) {
  int64_t sharers = columnWarps(type.getRows());
  Value column = mul(quadColumn, index(2));
  if (sharers == 1) return column;
  Value share = sharers == warps ? warp : Value(arith::RemUIOp::create(b, warp, index(sharers)));
  return add(column, mul(share, index(type.getCols() / sharers)));
}

Value KernelEmitter::rowNumber(int64_t rows, int64_t i, int64_t half) {
  if (wgmma) return add(add(firstRow(rows, i), quadRow), index(half * 8));
  return add(add(firstRow(rows), quadRow), index(i * 16 + half * 8));
}

Values KernelEmitter::opaqueRowNumbers(int64_t rows) {
  Value first = opaque(rowNumber(rows, 0, 0));
  Values numbers;
  for (int64_t i = 0; i < subtiles(rows); ++i)
    for (int64_t half = 0; half < 2; ++half) numbers.push_back(add(first, index(i * (wgmma ? 64 : 16) + half * 8)));
  return numbers;
}

Value KernelEmitter::columnNumber(FragType type, int64_t j, int64_t element) {
  return add(firstColumn(type), index(j * 8 + element));
}

void KernelEmitter::emitSplat(SplatOp op) {
  SmallVector<Type> types = loweredTypes(op.getResult().getType());
  Value scalar = one(op.getValue());
  if (types.front() != scalar.getType()) { // packed 16-bit pairs
    Value pair = LLVM::PoisonOp::create(b, types.front());
    for (int64_t e = 0; e < 2; ++e) pair = LLVM::InsertElementOp::create(b, pair, scalar, i32(e));
    scalar = pair;
  }
  set(op.getResult(), Values(types.size(), scalar));
}

LogicalResult KernelEmitter::emitMap(MapOp op) {
  Region &body = op.getBody();
  auto yield = cast<YieldOp>(body.front().getTerminator());
  auto frag = dyn_cast<FragType>(op.getResult().getType());
  if (!frag) {
    auto rows = cast<RowsType>(op.getResult().getType());
    // Made of row numbers alone: where a loop asks for it, registers from outside are dearer than a few instructions.
    Values numbers;
    if (op.getInputs().empty() && op->getParentOfType<scf::ForOp>()) numbers = opaqueRowNumbers(rows.getRows());
    Values result;
    for (int64_t i = 0; i < subtiles(rows.getRows()); ++i)
      for (int64_t half = 0; half < 2; ++half) {
        Values arguments = {numbers.empty() ? rowNumber(rows.getRows(), i, half) : numbers[i * 2 + half]};
        for (Value input : op.getInputs()) arguments.push_back(get(input)[i * 2 + half]);
        FailureOr<Values> mapped = inlineRegion(body, arguments);
        if (failed(mapped)) return failure();
        result.push_back(mapped->front());
      }
    set(op.getResult(), result);
    return success();
  }

  Type element = frag.getElementType();
  bool packed = element.getIntOrFloatBitWidth() == 16;
  auto truncation = yield.getValues().front().getDefiningOp<arith::TruncFOp>();
  int64_t tiles = columnTiles(frag);
  Values result;
  for (int64_t i = 0; i < subtiles(frag.getRows()); ++i)
    for (int64_t j = 0; j < tiles; ++j)
      for (int64_t half = 0; half < 2; ++half) {
        int64_t place = (i * tiles + j) * 2 + half;
        Values mapped, wide;
        for (int64_t e = 0; e < 2; ++e) {
          Values arguments = {rowNumber(frag.getRows(), i, half), columnNumber(frag, j, e)};
          for (Value input : op.getInputs()) {
            auto type = dyn_cast<FragType>(input.getType());
            if (!type) arguments.push_back(get(input)[i * 2 + half]);
            else if (type.getElementType().getIntOrFloatBitWidth() == 16)
              arguments.push_back(LLVM::ExtractElementOp::create(b, get(input)[place], i32(e)));
            else arguments.push_back(get(input)[place * 2 + e]);
          }
          FailureOr<Values> value = inlineRegion(body, arguments);
          if (failed(value)) return failure();
          mapped.push_back(value->front());
          if (truncation) wide.push_back(one(truncation.getIn()));
        }
        if (!packed) {
          llvm::append_range(result, mapped);
          continue;
        }
        // A pair that ends in a truncation is one cvt.rn.bf16x2 (or f16x2).
        Values &source = truncation ? wide : mapped;
        Value pair = LLVM::PoisonOp::create(b, VectorType::get({2}, source.front().getType()));
        for (int64_t e = 0; e < 2; ++e) pair = LLVM::InsertElementOp::create(b, pair, source[e], i32(e));
        if (truncation) pair = arith::TruncFOp::create(b, VectorType::get({2}, element), pair);
        result.push_back(pair);
      }
  set(op.getResult(), result);
  return success();
}

/// Most tiles are wholly visible: a thread whose rows keep all columns skips the compares.
void KernelEmitter::emitMaskCols(MaskColsOp op) {
  FragType type = op.getValue().getType();
  int64_t tiles = columnTiles(type);
  Values in = get(op.getValue()), counts = get(op.getCount());
  Value columns = i32(type.getCols());
  Value some = less(counts[0], columns);
  for (Value count : ArrayRef<Value>(counts).drop_front()) some = arith::OrIOp::create(b, some, less(count, columns));
  auto branch = scf::IfOp::create(b, SmallVector<Type>(in.size(), b.getF32Type()), some, true, true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value hidden = arith::ConstantOp::create(b, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
    Value first = toI32(firstColumn(type));
    Values shifted; // columns left of this thread's first one do not count
    for (Value count : counts) shifted.push_back(arith::SubIOp::create(b, count, first));
    Values masked = in;
    for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
      for (int64_t j = 0; j < tiles; ++j)
        for (int64_t half = 0; half < 2; ++half)
          for (int64_t e = 0; e < 2; ++e) {
            int64_t place = ((i * tiles + j) * 2 + half) * 2 + e;
            Value keep = less(i32(j * 8 + e), shifted[i * 2 + half]);
            masked[place] = arith::SelectOp::create(b, keep, in[place], hidden);
          }
    scf::YieldOp::create(b, masked);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, in);
  }
  set(op.getResult(), Values(branch.getResults()));
}

Value KernelEmitter::anyRows(Value count, bool ofWarpgroup) {
  Values counts = get(count);
  Value some = less(i32(0), counts[0]);
  for (Value other : ArrayRef<Value>(counts).drop_front()) some = arith::OrIOp::create(b, some, less(i32(0), other));
  return ofWarpgroup ? warpgroupVote(some)
                     : intrinsic("llvm.nvvm.vote.any.sync", b.getI1Type(), ValueRange{i32(-1), some});
}

/// A warp (of products by wgmma: a warpgroup) leaves the region out when none of its rows takes part; the vote makes the branch
/// uniform, so ldmatrix, mma and shuffles may stand inside.
LogicalResult KernelEmitter::emitIfRows(IfRowsOp op) {
  bool multiplies = op.walk([](MmaOp) { return WalkResult::interrupt(); }).wasInterrupted();
  Value any = anyRows(op.getCount(), wgmma && multiplies);
  Values init;
  for (Value value : op.getInits()) llvm::append_range(init, get(value));
  auto branch = scf::IfOp::create(b, ValueRange(init).getTypes(), any, true, true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    if (failed(emitBlock(op.getBody().front()))) return failure();
    Values yielded;
    for (Value value : op.getBody().front().getTerminator()->getOperands()) llvm::append_range(yielded, get(value));
    scf::YieldOp::create(b, yielded);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, init);
  }
  size_t next = 0;
  for (Value value : op.getResults()) {
    size_t count = loweredTypes(value.getType()).size();
    set(value, Values(branch.getResults().slice(next, count)));
    next += count;
  }
  return success();
}

Value KernelEmitter::join(ReduceKind kind, Value lhs, Value rhs) {
  if (kind == ReduceKind::Max) return arith::MaxNumFOp::create(b, lhs, rhs);
  return arith::AddFOp::create(b, lhs, rhs);
}

Value KernelEmitter::joinAll(ReduceKind kind, Values level) {
  while (level.size() > 1) {
    Values next;
    for (size_t n = 0; n + 1 < level.size(); n += 2) next.push_back(join(kind, level[n], level[n + 1]));
    if (level.size() % 2) next.push_back(level.back());
    level = next;
  }
  return level.front();
}

/// A thread's columns of every column tile: 2c and 2c + 1 of each 8. `in` is of one subtile of rows.
Values KernelEmitter::foldSubtile(FoldColsOp op, ValueRange in) {
  int64_t fromTiles = columnTiles(op.getValue().getType()), toTiles = columnTiles(op.getResult().getType());
  Values result;
  for (int64_t j = 0; j < toTiles; ++j)
    for (int64_t e = 0; e < 4; ++e) { // half, element
      Values level;
      for (int64_t k = j; k < fromTiles; k += toTiles) level.push_back(in[k * 4 + e]);
      result.push_back(joinAll(op.getKind(), level));
    }
  return result;
}

void KernelEmitter::emitFoldCols(FoldColsOp op) {
  if (values.contains(op.getResult())) return; // its product was waited for in parts
  Values in = get(op.getValue()), result;
  int64_t tiles = subtiles(op.getValue().getType().getRows()), per = in.size() / tiles;
  for (int64_t i = 0; i < tiles; ++i) llvm::append_range(result, foldSubtile(op, ValueRange(in).slice(i * per, per)));
  set(op.getResult(), result);
}

LogicalResult KernelEmitter::emitRowReduce(RowReduceOp op) {
  FragType type = op.getValue().getType();
  if (columnWarps(type.getRows()) > 1)
    return op.emitOpError("reduces rows that one warp holds, but several share those of ") << type;
  int64_t tiles = columnTiles(type);
  Values in = get(op.getValue()), result;
  for (int64_t i = 0; i < subtiles(type.getRows()); ++i)
    for (int64_t half = 0; half < 2; ++half) {
      Values level;
      for (int64_t j = 0; j < tiles; ++j)
        for (int64_t e = 0; e < 2; ++e) level.push_back(in[((i * tiles + j) * 2 + half) * 2 + e]);
      Value reduced = joinAll(op.getKind(), level);
      for (int64_t distance : {1, 2}) { // the four lanes of a row
        Value other = NVVM::ShflOp::create(b, b.getF32Type(), i32(-1), reduced, i32(distance), i32(31),
                                           NVVM::ShflKind::bfly, nullptr);
        reduced = join(op.getKind(), reduced, other);
      }
      result.push_back(reduced);
    }
  set(op.getResult(), result);
  return success();
}

/// Down the two rows a lane holds of each subtile, then across the eight lanes that hold the same columns.
LogicalResult KernelEmitter::emitColReduce(ColReduceOp op) {
  Type type = op.getValue().getType();
  int64_t rows = rowsOf(type), halves = subtiles(rows) * 2;
  if (rowWarps(rows) > 1)
    return op.emitOpError("reduces columns that one warp holds, but several hold the rows of ") << type;
  auto frag = dyn_cast<FragType>(type);
  Values in = get(op.getValue()), result = in;
  int64_t tiles = frag ? columnTiles(frag) : 1, width = frag ? 2 : 1; // scalars a row half has of a column tile
  for (int64_t j = 0; j < tiles; ++j)
    for (int64_t e = 0; e < width; ++e) {
      auto place = [&](int64_t n) { return (((n / 2) * tiles + j) * 2 + n % 2) * width + e; };
      Value reduced = in[place(0)];
      for (int64_t n = 1; n < halves; ++n) reduced = join(op.getKind(), reduced, in[place(n)]);
      for (int64_t distance : {4, 8, 16})
        reduced = join(op.getKind(), reduced,
                       NVVM::ShflOp::create(b, b.getF32Type(), i32(-1), reduced, i32(distance), i32(31),
                                            NVVM::ShflKind::bfly, nullptr));
      for (int64_t n = 0; n < halves; ++n) result[place(n)] = reduced;
    }
  set(op.getResult(), result);
  return success();
}

} // namespace mlir::tile
