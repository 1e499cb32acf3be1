//===- ReadParallel.cpp - scalar work, turn after turn --------------------===//
#include "BlockReader.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::msa {

/// Turns know nothing of each other, so they may as well come one by one.
LogicalResult BlockReader::readParallel(tile::ParallelOp op) {
  Value zero = index(0), count = scalars.lookup(op.getCount()), vector;
  if (op.getResult()) {
    vector = buffers[op.getResult()] = allocate(bufferType(op.getResult().getType()));
    linalg::FillOp::create(b, arith::ConstantIntOp::create(b, b.getI32Type(), 0).getResult(), vector);
  }
  LogicalResult status = success();
  loop(zero, count, index(1), [&](Value i) {
    auto element = inlineRegion(op.getBody(), i);
    status = LogicalResult(element);
    if (succeeded(element) && vector) memref::StoreOp::create(b, element->front(), vector, ValueRange{zero, i});
  });
  return status;
}

void BlockReader::readAt(tile::AtOp op) {
  Value vector = buffers[op.getVector()];
  Value element = memref::LoadOp::create(b, vector, ValueRange{index(0), scalars.lookup(op.getPosition())});
  scalars.map(op.getElement(), element);
}

void BlockReader::readScan(tile::ScanOp op) {
  Value zero = index(0), vector = buffers[op.getVector()];
  Value result = buffers[op.getResult()] = allocate(bufferType(op.getType(0)));
  Value nothing = arith::ConstantIntOp::create(b, b.getI32Type(), 0);
  auto sums = scf::ForOp::create(b, zero, index(op.getResult().getType().getCols()), index(1), nothing);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(sums.getBody());
    SmallVector<Value> place{zero, sums.getInductionVar()};
    Value before = sums.getRegionIterArg(0), element = memref::LoadOp::create(b, vector, place);
    memref::StoreOp::create(b, before, result, place);
    scf::YieldOp::create(b, arith::AddIOp::create(b, before, element).getResult());
  }
  scalars.map(op.getTotal(), arith::IndexCastOp::create(b, b.getIndexType(), sums.getResult(0)).getResult());
}

//===----------------------------------------------------------------------===//
// Sets: a row of words each
//===----------------------------------------------------------------------===//

void BlockReader::readMakeBits(tile::MakeBitsOp op) {
  Value sets = buffers[op.getBits()] = allocate(bufferType(op.getType()));
  linalg::FillOp::create(b, arith::ConstantIntOp::create(b, b.getI32Type(), 0).getResult(), sets);
}

void BlockReader::readSetBit(tile::SetBitOp op) {
  Value sets = buffers[op.getBits()], set = scalars.lookup(op.getSet()), member = scalars.lookup(op.getMember());
  Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, set, index(op.getBits().getType().getSets()));
  auto branch = scf::IfOp::create(b, isThere, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value one = arith::ConstantIntOp::create(b, b.getI32Type(), 1);
  Value rest = arith::IndexCastOp::create(b, b.getI32Type(), arith::RemUIOp::create(b, member, index(32)));
  SmallVector<Value> place{set, arith::DivUIOp::create(b, member, index(32))};
  Value bits = arith::OrIOp::create(b, memref::LoadOp::create(b, sets, place), arith::ShLIOp::create(b, one, rest));
  memref::StoreOp::create(b, bits, sets, place);
}

void BlockReader::readCountBits(tile::CountBitsOp op) {
  Value sets = buffers[op.getBits()], set = scalars.lookup(op.getSet()), end = scalars.lookup(op.getEnd());
  Value zero = arith::ConstantIntOp::create(b, b.getI32Type(), 0),
        one = arith::ConstantIntOp::create(b, b.getI32Type(), 1);
  Value whole = arith::DivUIOp::create(b, end, index(32));
  Value rest = arith::IndexCastOp::create(b, b.getI32Type(), arith::RemUIOp::create(b, end, index(32)));
  auto sizeOf = [&](Value number, Value mask) -> Value {
    Value word = memref::LoadOp::create(b, sets, ValueRange{set, number});
    return math::CtPopOp::create(b, mask ? arith::AndIOp::create(b, word, mask).getResult() : word);
  };
  auto words = scf::ForOp::create(b, index(0), whole, index(1), zero);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(words.getBody());
    Value size = sizeOf(words.getInductionVar(), Value());
    scf::YieldOp::create(b, arith::AddIOp::create(b, words.getRegionIterArg(0), size).getResult());
  }
  Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, rest, zero);
  auto last = scf::IfOp::create(b, b.getI32Type(), some, /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(last.thenBlock());
    Value below = arith::SubIOp::create(b, arith::ShLIOp::create(b, one, rest), one);
    scf::YieldOp::create(b, sizeOf(whole, below));
    b.setInsertionPointToStart(last.elseBlock());
    scf::YieldOp::create(b, zero);
  }
  Value count = arith::AddIOp::create(b, words.getResult(0), last.getResult(0));
  scalars.map(op.getCount(), arith::IndexCastOp::create(b, b.getIndexType(), count).getResult());
}

} // namespace mlir::msa
