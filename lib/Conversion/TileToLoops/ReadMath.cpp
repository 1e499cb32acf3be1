//===- ReadMath.cpp - mma, map, masks and row reductions as linalg --------===//
#include "BlockReader.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::msa {

using utils::IteratorType;

static constexpr IteratorType parallel = IteratorType::parallel;

void BlockReader::readMma(tile::MmaOp op) {
  Value result = resultBuffer(op, op.getType(), op.getA() == op.getAcc() ? ValueRange() : ValueRange(op.getAcc()));
  moveTo(op.getAcc(), result);
  buffers[op.getResult()] = result;
  AffineExpr m, n, k;
  bindDims(b.getContext(), m, n, k);
  auto map = [&](AffineExpr row, AffineExpr col) { return AffineMap::get(3, 0, {row, col}, b.getContext()); };
  AffineMap maps[] = {map(m, k), op.getTransposeB() ? map(n, k) : map(k, n), map(m, n)};
  int64_t parts = op.getParts(), rows = op.getType().getRows();
  for (int64_t part = 0; part < parts; ++part) {
    auto share = [&](Value buffer) {
      int64_t size = cast<MemRefType>(buffer.getType()).getDimSize(0) / parts;
      return rowsOf(buffer, part * size, size);
    };
    Value a = bufferOf(op.getA());
    if (cast<MemRefType>(a.getType()).getDimSize(0) == rows) a = share(a); // else one tile for all parts
    Value right = share(bufferOf(op.getB()));
    if (op.getFirstCol()) right = columnsOf(right, *op.getFirstCol(), op.getType().getCols());
    linalg::GenericOp::create(
        b, TypeRange(), ValueRange{a, right}, share(result), maps,
        ArrayRef<IteratorType>{parallel, parallel, IteratorType::reduction},
        [](OpBuilder &body, Location loc, ValueRange args) {
          auto toF32 = [&](Value x) -> Value {
            return x.getType().isF32() ? x : arith::ExtFOp::create(body, loc, body.getF32Type(), x).getResult();
          };
          Value product = arith::MulFOp::create(body, loc, toF32(args[0]), toF32(args[1]));
          linalg::YieldOp::create(body, loc, arith::AddFOp::create(body, loc, args[2], product).getResult());
        });
  }
}

LogicalResult BlockReader::readMap(tile::MapOp op) {
  Value result = buffers[op.getResult()] = resultBuffer(op, op.getType(), op.getInputs());
  bool isFrag = isa<tile::FragType>(op.getType());
  bool reads = !isMemoryEffectFree(op);
  op.walk([&](tile::AtOp) { reads = true; });
  if (reads) return readRowsLoop(op, result); // linalg bodies read no memory

  // What comes from the result's own buffer is read as the output's old value, so that no two operands overlap.
  int64_t rank = isFrag ? 2 : 1;
  SmallVector<Value> ins;
  SmallVector<AffineMap> maps;
  for (Value input : op.getInputs()) {
    if (splats.count(input) || buffers[input] == result) continue;
    ins.push_back(buffers[input]);
    int64_t inputRank = cast<MemRefType>(ins.back().getType()).getRank();
    maps.push_back(AffineMap::getMultiDimIdentityMap(rank, b.getContext()).getMajorSubMap(inputRank));
  }
  maps.push_back(b.getMultiDimIdentityMap(rank));
  auto generic =
      linalg::GenericOp::create(b, TypeRange(), ins, result, maps, SmallVector<IteratorType>(rank, parallel));
  SmallVector<Type> argTypes;
  for (Value in : ins) argTypes.push_back(getElementTypeOrSelf(in));
  argTypes.push_back(getElementTypeOrSelf(result));
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&generic.getRegion(), {}, argTypes, SmallVector<Location>(argTypes.size(), op.getLoc()));
  SmallVector<Value> args;
  for (int64_t i = 0; i < rank; ++i) args.push_back(linalg::IndexOp::create(b, i));
  auto next = body->args_begin();
  for (Value input : op.getInputs()) {
    if (Value scalar = splats.lookup(input)) args.push_back(scalar);
    else args.push_back(buffers[input] == result ? body->getArguments().back() : *next++);
  }
  auto values = inlineRegion(op.getBody(), args);
  if (failed(values)) return failure();
  linalg::YieldOp::create(b, *values);
  for (Operation &index : llvm::make_early_inc_range(*body))
    if (isa<linalg::IndexOp>(index) && index.use_empty()) index.erase();
  return success();
}

LogicalResult BlockReader::readRowsLoop(tile::MapOp op, Value result) {
  auto type = cast<tile::RowsType>(op.getType());
  LogicalResult status = success();
  loop(index(0), index(type.getRows()), index(1), [&](Value row) {
    SmallVector<Value> args{row};
    for (Value input : op.getInputs()) {
      Value scalar = splats.lookup(input);
      args.push_back(scalar ? scalar : memref::LoadOp::create(b, buffers[input], row).getResult());
    }
    auto values = inlineRegion(op.getBody(), args);
    status = LogicalResult(values);
    if (succeeded(status)) memref::StoreOp::create(b, values->front(), result, row);
  });
  return status;
}

void BlockReader::readMaskCols(tile::MaskColsOp op) {
  Value count = bufferOf(op.getCount());
  Value value = bufferOf(op.getValue());
  Value result = buffers[op.getResult()] = resultBuffer(op, op.getType(), op.getValue());
  SmallVector<Value> ins{count};
  AffineMap identity = b.getMultiDimIdentityMap(2);
  SmallVector<AffineMap> maps{identity.getMajorSubMap(1), identity};
  if (value != result) {
    ins.push_back(value);
    maps.push_back(identity);
  }
  linalg::GenericOp::create(
      b, TypeRange(), ins, result, maps, ArrayRef<IteratorType>{parallel, parallel},
      [](OpBuilder &body, Location loc, ValueRange args) {
        Value x = args[1]; // the input, or the output's old value where that is the input
        Value col = arith::IndexCastOp::create(body, loc, body.getI32Type(), linalg::IndexOp::create(body, loc, 1));
        Value keep = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::slt, col, args[0]);
        auto type = cast<FloatType>(x.getType());
        APFloat negative = APFloat::getInf(type.getFloatSemantics(), /*Negative=*/true);
        Value nothing = arith::ConstantFloatOp::create(body, loc, type, negative);
        linalg::YieldOp::create(body, loc, arith::SelectOp::create(body, loc, keep, x, nothing).getResult());
      });
}

static arith::AtomicRMWKind reductionOf(tile::ReduceKind kind, Type element) {
  bool isFloat = isa<FloatType>(element);
  if (kind == tile::ReduceKind::Max)
    return isFloat ? arith::AtomicRMWKind::maxnumf : arith::AtomicRMWKind::maxs; // maxnum: a NaN is passed over
  return isFloat ? arith::AtomicRMWKind::addf : arith::AtomicRMWKind::addi;
}

/// maxnum's own identity is NaN; ours is -inf, which a row of nothing but NaN then gives.
Value BlockReader::identityOf(arith::AtomicRMWKind kind, Type element) {
  if (kind != arith::AtomicRMWKind::maxnumf) return arith::getIdentityValue(kind, element, b, b.getLoc());
  auto type = cast<FloatType>(element);
  return arith::ConstantFloatOp::create(b, type, APFloat::getInf(type.getFloatSemantics(), true));
}

void BlockReader::readColReduce(tile::ColReduceOp op) {
  Value value = bufferOf(op.getValue());
  Value result = buffers[op.getResult()] = allocate(bufferType(op.getType()));
  auto type = cast<MemRefType>(value.getType());
  arith::AtomicRMWKind kind = reductionOf(op.getKind(), type.getElementType());
  Value column = allocate(MemRefType::get(type.getShape().drop_front(), type.getElementType()));
  linalg::FillOp::create(b, identityOf(kind, type.getElementType()), column);
  AffineMap whole = b.getMultiDimIdentityMap(type.getRank());
  AffineMap rest = AffineMap::get(type.getRank(), 0, whole.getResults().drop_front(), b.getContext());
  SmallVector<IteratorType> iterators(type.getRank(), parallel);
  auto generic = [&](Value in, AffineMap inMap, Value out, AffineMap outMap, bool reduces) {
    iterators[0] = reduces ? IteratorType::reduction : parallel;
    AffineMap maps[] = {inMap, outMap};
    linalg::GenericOp::create(
        b, TypeRange(), in, out, maps, iterators, [&](OpBuilder &body, Location loc, ValueRange args) {
          Value given = reduces ? arith::getReductionOp(kind, body, loc, args[0], args[1]) : args[0];
          linalg::YieldOp::create(body, loc, given);
        });
  };
  generic(value, whole, column, rest, true);
  generic(column, rest, result, whole, false);
}

void BlockReader::readRowReduce(tile::RowReduceOp op) {
  Value value = bufferOf(op.getValue());
  Value result = buffers[op.getResult()] = allocate(bufferType(op.getType()));
  reduceInto(op.getKind(), value, result, 1);
}

void BlockReader::readFoldCols(tile::FoldColsOp op) {
  tile::FragType type = op.getType();
  Value result = buffers[op.getResult()] = allocate(bufferType(type));
  int64_t times = op.getValue().getType().getCols() / type.getCols();
  auto folded = MemRefType::get({type.getRows(), times, type.getCols()}, type.getElementType());
  SmallVector<ReassociationIndices> dims{{0}, {1, 2}};
  reduceInto(op.getKind(), memref::ExpandShapeOp::create(b, folded, bufferOf(op.getValue()), dims), result, 1);
}

void BlockReader::reduceInto(tile::ReduceKind reduceKind, Value value, Value result, unsigned reduced) {
  Type element = cast<MemRefType>(result.getType()).getElementType();
  arith::AtomicRMWKind kind = reductionOf(reduceKind, element);
  linalg::FillOp::create(b, identityOf(kind, element), result);
  unsigned rank = cast<MemRefType>(value.getType()).getRank();
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  AffineMap maps[] = {identity, identity.dropResult(reduced)};
  SmallVector<IteratorType> iterators(rank, parallel);
  iterators[reduced] = IteratorType::reduction;
  linalg::GenericOp::create(b, TypeRange(), value, result, maps, iterators,
                            [&](OpBuilder &body, Location loc, ValueRange args) {
                              Value reduced = arith::getReductionOp(kind, body, loc, args[0], args[1]);
                              linalg::YieldOp::create(body, loc, reduced);
                            });
}

} // namespace mlir::msa
