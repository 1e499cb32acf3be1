#include "msa/Kernels/TileBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <limits>

namespace mlir::tile {

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

static bool isFloat(Scalar x) { return isa<FloatType>(x.value.getType()); }

template <typename FloatOp, typename IntOp> static Scalar binary(Scalar lhs, Scalar rhs) {
  Value result;
  if (isFloat(lhs)) result = FloatOp::create(*lhs.b, lhs, rhs);
  else result = IntOp::create(*lhs.b, lhs, rhs);
  return {result, lhs.b};
}

/// `value` as a constant of `like`'s type.
static Scalar constantLike(Scalar like, int64_t value) {
  if (isFloat(like)) return like.b->f32(double(value));
  if (like.value.getType().isIndex()) return like.b->index(value);
  return like.b->i32(value);
}

Scalar operator+(Scalar lhs, Scalar rhs) { return binary<arith::AddFOp, arith::AddIOp>(lhs, rhs); }
Scalar operator-(Scalar lhs, Scalar rhs) { return binary<arith::SubFOp, arith::SubIOp>(lhs, rhs); }
Scalar operator*(Scalar lhs, Scalar rhs) { return binary<arith::MulFOp, arith::MulIOp>(lhs, rhs); }
// Unsigned: a division by a power of two is then one shift.
Scalar operator/(Scalar lhs, Scalar rhs) { return binary<arith::DivFOp, arith::DivUIOp>(lhs, rhs); }
Scalar operator%(Scalar lhs, Scalar rhs) { return binary<arith::RemFOp, arith::RemUIOp>(lhs, rhs); }
Scalar operator&(Scalar lhs, Scalar rhs) { return {arith::AndIOp::create(*lhs.b, lhs, rhs), lhs.b}; }
Scalar operator|(Scalar lhs, Scalar rhs) { return {arith::OrIOp::create(*lhs.b, lhs, rhs), lhs.b}; }

Scalar operator<(Scalar lhs, Scalar rhs) {
  if (isFloat(lhs)) return {arith::CmpFOp::create(*lhs.b, arith::CmpFPredicate::OLT, lhs, rhs), lhs.b};
  return {arith::CmpIOp::create(*lhs.b, arith::CmpIPredicate::slt, lhs, rhs), lhs.b};
}
Scalar operator==(Scalar lhs, Scalar rhs) {
  if (isFloat(lhs)) return {arith::CmpFOp::create(*lhs.b, arith::CmpFPredicate::OEQ, lhs, rhs), lhs.b};
  return {arith::CmpIOp::create(*lhs.b, arith::CmpIPredicate::eq, lhs, rhs), lhs.b};
}

Scalar operator+(Scalar lhs, int64_t rhs) { return rhs == 0 ? lhs : lhs + constantLike(lhs, rhs); }
Scalar operator-(Scalar lhs, int64_t rhs) { return rhs == 0 ? lhs : lhs - constantLike(lhs, rhs); }
Scalar operator*(Scalar lhs, int64_t rhs) { return rhs == 1 ? lhs : lhs * constantLike(lhs, rhs); }
Scalar operator/(Scalar lhs, int64_t rhs) { return rhs == 1 ? lhs : lhs / constantLike(lhs, rhs); }
Scalar operator%(Scalar lhs, int64_t rhs) { return rhs == 1 ? constantLike(lhs, 0) : lhs % constantLike(lhs, rhs); }
Scalar operator<(Scalar lhs, int64_t rhs) { return lhs < constantLike(lhs, rhs); }

Scalar min(Scalar lhs, Scalar rhs) { return binary<arith::MinNumFOp, arith::MinSIOp>(lhs, rhs); }
Scalar max(Scalar lhs, Scalar rhs) { return binary<arith::MaxNumFOp, arith::MaxSIOp>(lhs, rhs); }
Scalar ceilDiv(Scalar lhs, int64_t rhs) { return (lhs + (rhs - 1)) / rhs; }
Scalar ceilDiv(Scalar lhs, Scalar rhs) { return (lhs + (rhs - 1)) / rhs; }
Scalar select(Scalar condition, Scalar ifTrue, Scalar ifFalse) {
  return {arith::SelectOp::create(*condition.b, condition, ifTrue, ifFalse), condition.b};
}
Scalar exp2(Scalar x) { return {math::Exp2Op::create(*x.b, x), x.b}; }
Scalar log2(Scalar x) { return {math::Log2Op::create(*x.b, x), x.b}; }
Scalar fma(Scalar a, Scalar b, Scalar c) { return {math::FmaOp::create(*a.b, a, b, c), a.b}; }

Scalar TileBuilder::index(int64_t value) { return wrap(arith::ConstantIndexOp::create(*this, value)); }
Scalar TileBuilder::i32(int64_t value) { return wrap(arith::ConstantIntOp::create(*this, value, 32)); }
Scalar TileBuilder::i1(bool value) { return wrap(arith::ConstantIntOp::create(*this, value, 1)); }
Scalar TileBuilder::f32(double value) { return wrap(arith::ConstantOp::create(*this, getF32FloatAttr(float(value)))); }
Scalar TileBuilder::negativeInfinity() { return f32(-std::numeric_limits<double>::infinity()); }
Scalar TileBuilder::toI32(Scalar index) { return wrap(arith::IndexCastOp::create(*this, getI32Type(), index)); }
Scalar TileBuilder::toIndex(Scalar i32) { return wrap(arith::IndexCastOp::create(*this, getIndexType(), i32)); }
Scalar TileBuilder::programId(int64_t axis) { return wrap(ProgramIdOp::create(*this, getIndexType(), axis)); }

Scalar TileBuilder::read(Value view, ArrayRef<Scalar> coords) {
  SmallVector<Value> indices(coords.begin(), coords.end());
  Scalar value = wrap(memref::LoadOp::create(*this, view, indices));
  return value.value.getType().isInteger(32) ? toIndex(value) : value;
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

static void fillRowMap(TileBuilder &b, Region &region, const RowMap &map) {
  OpBuilder::InsertionGuard guard(b);
  Block &block = region.emplaceBlock();
  Scalar row = b.wrap(block.addArgument(b.getIndexType(), b.getLoc()));
  b.setInsertionPointToStart(&block);
  RowPlace place = map(row);
  SmallVector<Value> values(place.coords.begin(), place.coords.end());
  values.push_back(place.valid);
  YieldOp::create(b, values);
}

static Type elementOf(Value view) { return cast<MemRefType>(view.getType()).getElementType(); }

Value TileBuilder::load(Value view, int64_t rows, int64_t cols, int64_t piece, int64_t rowDim, const RowMap &map) {
  auto type = SmemType::get(getContext(), rows, cols, elementOf(view));
  auto op = LoadOp::create(*this, type, view, piece, rowDim);
  fillRowMap(*this, op.getRowMap(), map);
  return op.getResult();
}

Value TileBuilder::loadRows(Value view, int64_t rows, Scalar pad, int64_t piece, int64_t rowDim, const RowMap &map) {
  auto op = LoadRowsOp::create(*this, RowsType::get(getContext(), rows, elementOf(view)), view, pad, piece, rowDim);
  fillRowMap(*this, op.getRowMap(), map);
  return op.getResult();
}

void TileBuilder::store(Value frag, Value view, int64_t piece, int64_t rowDim, const RowMap &map) {
  fillRowMap(*this, StoreOp::create(*this, frag, view, ValueRange(), IntegerAttr(), piece, rowDim).getRowMap(), map);
}

void TileBuilder::storeColumns(Value frag, Value view, Scalar firstColumn, Scalar columns, int64_t piece,
                               int64_t rowDim, const RowMap &map) {
  fillRowMap(
      *this,
      StoreOp::create(*this, frag, view, ValueRange{firstColumn, columns}, IntegerAttr(), piece, rowDim).getRowMap(),
      map);
}

void TileBuilder::storeNative(Value frag, Value view, int64_t firstColumn, int64_t piece, int64_t rowDim,
                              const RowMap &map) {
  auto op = StoreOp::create(*this, frag, view, ValueRange(), getI64IntegerAttr(firstColumn), piece, rowDim);
  fillRowMap(*this, op.getRowMap(), map);
}

void TileBuilder::storeRows(Value rows, Value view, int64_t piece, int64_t rowDim, const RowMap &map) {
  fillRowMap(*this, StoreRowsOp::create(*this, rows, view, piece, rowDim).getRowMap(), map);
}

Value TileBuilder::loadFrag(Value view, int64_t rows, int64_t cols, int64_t piece, int64_t rowDim, const RowMap &map,
                            bool native) {
  auto op =
      LoadFragOp::create(*this, FragType::get(getContext(), rows, cols, elementOf(view)), view, piece, rowDim, native);
  fillRowMap(*this, op.getRowMap(), map);
  return op.getResult();
}

Value TileBuilder::toFrag(Value smem, int64_t rows, int64_t first) {
  auto type = cast<SmemType>(smem.getType());
  auto frag = FragType::get(getContext(), rows ? rows : type.getRows(), type.getCols(), type.getElementType());
  return ToFragOp::create(*this, frag, smem, first);
}

Value TileBuilder::toRows(Value smem, int64_t rows, int64_t first) {
  auto type = cast<SmemType>(smem.getType());
  return ToRowsOp::create(*this, RowsType::get(getContext(), rows, type.getElementType()), smem, first);
}

Value TileBuilder::toSmem(Value value) {
  auto frag = dyn_cast<FragType>(value.getType());
  auto rows = dyn_cast<RowsType>(value.getType());
  auto type = frag ? SmemType::get(getContext(), frag.getRows(), frag.getCols(), frag.getElementType())
                   : SmemType::get(getContext(), rows.getRows(), 1, rows.getElementType());
  return ToSmemOp::create(*this, type, value);
}

Value TileBuilder::slice(Value smem, int64_t firstRow, int64_t rows) {
  auto type = cast<SmemType>(smem.getType());
  return SliceOp::create(*this, SmemType::get(getContext(), rows, type.getCols(), type.getElementType()), smem,
                         firstRow);
}

//===----------------------------------------------------------------------===//
// Math
//===----------------------------------------------------------------------===//

Value TileBuilder::mma(Value a, Value b, Value acc, bool transposeB, int64_t parts) {
  return MmaOp::create(*this, acc.getType(), a, b, acc, transposeB, parts, IntegerAttr());
}

Value TileBuilder::mmaColumns(Value a, Value b, Value acc, int64_t firstColumn) {
  return MmaOp::create(*this, acc.getType(), a, b, acc, /*transpose_b=*/false, /*parts=*/1,
                       getI64IntegerAttr(firstColumn));
}

Value TileBuilder::splatFrag(Scalar value, int64_t rows, int64_t cols) {
  return SplatOp::create(*this, FragType::get(getContext(), rows, cols, value.value.getType()), value);
}

Value TileBuilder::splatRows(Scalar value, int64_t rows) {
  return SplatOp::create(*this, RowsType::get(getContext(), rows, value.value.getType()), value);
}

static Value reduce(TileBuilder &b, ReduceKind kind, Value frag) {
  auto type = cast<FragType>(frag.getType());
  return RowReduceOp::create(b, RowsType::get(b.getContext(), type.getRows(), type.getElementType()), kind, frag);
}
Value TileBuilder::rowMax(Value frag) { return reduce(*this, ReduceKind::Max, frag); }
Value TileBuilder::rowSum(Value frag) { return reduce(*this, ReduceKind::Add, frag); }
Value TileBuilder::columnMax(Value value) {
  return ColReduceOp::create(*this, value.getType(), ReduceKind::Max, value);
}
Value TileBuilder::columnSum(Value value) {
  return ColReduceOp::create(*this, value.getType(), ReduceKind::Add, value);
}
static Value fold(TileBuilder &b, ReduceKind kind, Value frag) {
  auto type = cast<FragType>(frag.getType());
  return FoldColsOp::create(b, FragType::get(b.getContext(), type.getRows(), 8, type.getElementType()), kind, frag);
}
Value TileBuilder::foldMax(Value frag) { return fold(*this, ReduceKind::Max, frag); }
Value TileBuilder::foldSum(Value frag) { return fold(*this, ReduceKind::Add, frag); }
Value TileBuilder::maskCols(Value frag, Value count) { return MaskColsOp::create(*this, frag.getType(), frag, count); }

Value TileBuilder::map(ValueRange inputs, const std::function<Scalar(Scalar, ArrayRef<Scalar>)> &body) {
  return mapCols(inputs, [&](Scalar row, Scalar, ArrayRef<Scalar> in) { return body(row, in); });
}

Value TileBuilder::mapCols(ValueRange inputs, const std::function<Scalar(Scalar, Scalar, ArrayRef<Scalar>)> &body) {
  FragType frag;
  for (Type type : inputs.getTypes())
    if (auto f = dyn_cast<FragType>(type)) frag = f;
  auto block = std::make_unique<Block>();
  Scalar row = wrap(block->addArgument(getIndexType(), getLoc()));
  Scalar col = frag ? wrap(block->addArgument(getIndexType(), getLoc())) : Scalar();
  SmallVector<Scalar> in;
  for (Type type : inputs.getTypes()) {
    Type element = isa<FragType>(type) ? cast<FragType>(type).getElementType() : cast<RowsType>(type).getElementType();
    in.push_back(wrap(block->addArgument(element, getLoc())));
  }
  Type element;
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(block.get());
    Value result = body(row, col, in);
    element = result.getType();
    YieldOp::create(*this, result);
  }
  int64_t rows = frag ? frag.getRows() : cast<RowsType>(inputs.front().getType()).getRows();
  Type type = frag ? Type(FragType::get(getContext(), rows, frag.getCols(), element))
                   : Type(RowsType::get(getContext(), rows, element));
  auto op = MapOp::create(*this, type, inputs);
  op.getBody().push_back(block.release());
  return op.getResult();
}

Value TileBuilder::rows(int64_t rows, const std::function<Scalar(Scalar)> &body) {
  auto block = std::make_unique<Block>();
  Scalar row = wrap(block->addArgument(getIndexType(), getLoc()));
  Type element;
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(block.get());
    Value result = body(row);
    element = result.getType();
    YieldOp::create(*this, result);
  }
  auto op = MapOp::create(*this, RowsType::get(getContext(), rows, element), ValueRange());
  op.getBody().push_back(block.release());
  return op.getResult();
}

Value TileBuilder::convert(Value frag, Type element) {
  Type from = cast<FragType>(frag.getType()).getElementType();
  if (from == element) return frag;
  return map(frag, [&](Scalar, ArrayRef<Scalar> in) {
    if (element.getIntOrFloatBitWidth() < from.getIntOrFloatBitWidth())
      return wrap(arith::TruncFOp::create(*this, element, in[0].value));
    return wrap(arith::ExtFOp::create(*this, element, in[0].value));
  });
}

Scalar TileBuilder::anyRows(Value count) { return wrap(AnyRowsOp::create(*this, getI1Type(), count)); }

SmallVector<Value> TileBuilder::ifRows(Value count, ValueRange inits, const std::function<SmallVector<Value>()> &body) {
  auto op = IfRowsOp::create(*this, inits.getTypes(), count, inits);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(&op.getBody().emplaceBlock());
  YieldOp::create(*this, body());
  return SmallVector<Value>(op.getResults());
}

SmallVector<Value> TileBuilder::ifElse(Scalar condition, const std::function<SmallVector<Value>()> &then,
                                       const std::function<SmallVector<Value>()> &otherwise) {
  // The results' types are known once a branch is written.
  OpBuilder::InsertionGuard guard(*this);
  Region thenRegion, elseRegion;
  auto fill = [&](Region &region, const std::function<SmallVector<Value>()> &body) {
    setInsertionPointToStart(&region.emplaceBlock());
    SmallVector<Value> values = body();
    scf::YieldOp::create(*this, values);
    return values;
  };
  OpBuilder::InsertPoint place = saveInsertionPoint();
  SmallVector<Value> values = fill(thenRegion, then);
  fill(elseRegion, otherwise);
  restoreInsertionPoint(place);
  auto branch = scf::IfOp::create(*this, ValueRange(values).getTypes(), condition, /*addThenBlock=*/false,
                                  /*addElseBlock=*/false);
  branch.getThenRegion().takeBody(thenRegion);
  branch.getElseRegion().takeBody(elseRegion);
  return SmallVector<Value>(branch.getResults());
}

Value TileBuilder::topKEmpty(int64_t rows, int64_t k) {
  return TopKEmptyOp::create(*this, BestType::get(getContext(), rows, k));
}

Value TileBuilder::topKInsert(Value best, Value values, Scalar position, Value take) {
  return TopKInsertOp::create(*this, best.getType(), best, values, position, take);
}

SmallVector<Value> TileBuilder::forEach(Scalar count, ValueRange init,
                                        const std::function<SmallVector<Value>(Scalar, ValueRange)> &body) {
  auto loop = scf::ForOp::create(*this, index(0), count, index(1), init);
  if (init.empty()) { // scf.for without results makes its own terminator
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(loop.getBody());
    body(wrap(loop.getInductionVar()), {});
    return {};
  }
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(*this, body(wrap(loop.getInductionVar()), loop.getRegionIterArgs()));
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Scalar work
//===----------------------------------------------------------------------===//

void TileBuilder::parallel(Scalar count, const std::function<void(Scalar)> &body) {
  auto op = ParallelOp::create(*this, Type(), count);
  OpBuilder::InsertionGuard guard(*this);
  Block &block = op.getBody().emplaceBlock();
  setInsertionPointToStart(&block);
  body(wrap(block.addArgument(getIndexType(), getLoc())));
  YieldOp::create(*this);
}

Value TileBuilder::collect(int64_t size, Scalar count, const std::function<Scalar(Scalar)> &body) {
  auto op = ParallelOp::create(*this, SmemType::get(getContext(), 1, size, getI32Type()), count);
  OpBuilder::InsertionGuard guard(*this);
  Block &block = op.getBody().emplaceBlock();
  setInsertionPointToStart(&block);
  Scalar element = body(wrap(block.addArgument(getIndexType(), getLoc())));
  YieldOp::create(*this, ValueRange{toI32(element)});
  return op.getResult();
}

Scalar TileBuilder::at(Value vector, Scalar position) {
  return toIndex(wrap(AtOp::create(*this, getI32Type(), vector, position)));
}

std::pair<Value, Scalar> TileBuilder::scan(Value vector) {
  auto op = ScanOp::create(*this, vector.getType(), getIndexType(), vector);
  return {op.getResult(), wrap(op.getTotal())};
}

Value TileBuilder::makeBits(int64_t sets, int64_t members) {
  return MakeBitsOp::create(*this, BitsType::get(getContext(), sets, members));
}
void TileBuilder::setBit(Value bits, Scalar set, Scalar member) { SetBitOp::create(*this, bits, set, member); }
Scalar TileBuilder::countBits(Value bits, Scalar set, Scalar end) {
  return wrap(CountBitsOp::create(*this, getIndexType(), bits, set, end));
}

void TileBuilder::write(Value view, ArrayRef<Scalar> coords, Scalar value) {
  SmallVector<Value> indices(coords.begin(), coords.end());
  memref::StoreOp::create(*this, value.value.getType().isIndex() ? toI32(value) : value, view, indices);
}

void TileBuilder::ifThen(Scalar condition, const std::function<void()> &body) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  body();
}

Type typeOf(MLIRContext *context, ::msa::Dtype dtype) {
  switch (dtype) {
  case ::msa::Dtype::F32: return Float32Type::get(context);
  case ::msa::Dtype::F16: return Float16Type::get(context);
  case ::msa::Dtype::BF16: return BFloat16Type::get(context);
  case ::msa::Dtype::I32: return IntegerType::get(context, 32);
  }
  return {};
}

} // namespace mlir::tile
