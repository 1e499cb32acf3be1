//===- Buffers.cpp - where tiles live, and when a place is free -----------===//
#include "BlockReader.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::msa {

bool BlockReader::isTile(Type type) {
  return isa<tile::SmemType, tile::FragType, tile::RowsType, tile::RingType, tile::ListType, tile::BitsType,
             tile::BestType>(type);
}

MemRefType BlockReader::bufferType(Type type) {
  return llvm::TypeSwitch<Type, MemRefType>(type)
      .Case<tile::SmemType, tile::FragType>(
          [](auto tile) { return MemRefType::get({tile.getRows(), tile.getCols()}, tile.getElementType()); })
      .Case<tile::RowsType>([](auto rows) { return MemRefType::get({rows.getRows()}, rows.getElementType()); })
      .Case<tile::BitsType>([](auto bits) {
        return MemRefType::get({bits.getSets(), bits.getMembers() / 32}, IntegerType::get(bits.getContext(), 32));
      })
      .Case<tile::BestType>([](auto best) { // entries, see ReadTopK.cpp
        return MemRefType::get({best.getRows(), best.getK()}, IntegerType::get(best.getContext(), 64));
      })
      .Case<tile::RingType>([](auto ring) {
        return MemRefType::get({ring.getStages(), ring.getRows(), ring.getCols()}, ring.getElementType());
      });
}

Value BlockReader::allocate(MemRefType type) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(home);
  int64_t bytes = type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
  IntegerAttr lineAligned = b.getI64IntegerAttr(64);
  if (bytes <= stackBytes) {
    stackBytes -= bytes;
    return memref::AllocaOp::create(b, type, lineAligned);
  }
  allocated.push_back(memref::AllocOp::create(b, type, lineAligned));
  return allocated.back();
}

Value BlockReader::bufferOf(Value value) {
  if (Value buffer = buffers.lookup(value)) return buffer;
  Value buffer = allocate(bufferType(value.getType()));
  moveTo(value, buffer);
  return buffer;
}

bool BlockReader::isDeadAfter(Value value, Operation *op) {
  for (Operation *at = op;; at = at->getParentOp()) {
    Block *block = at->getBlock();
    for (Operation *user : value.getUsers()) {
      if (isa<tile::SliceOp>(user)) return false; // who reads it through a slice is not looked up
      Operation *here = block->findAncestorOpInBlock(*user);
      if (here && at != here && at->isBeforeInBlock(here)) return false;
    }
    if (block == value.getParentBlock()) return true;
    // Around a loop the op meets the same value again; the branches of an if exclude each other.
    if (!isa<scf::IfOp, tile::IfRowsOp>(at->getParentOp())) return false;
  }
}

bool BlockReader::canTake(Value value, Operation *after, MemRefType type, ArrayRef<Value> taken) {
  Value buffer = buffers.lookup(value);
  // A slot's buffer belongs to its ring, and its type says so: it is strided.
  return buffer && buffer.getType() == type && !llvm::is_contained(taken, buffer) && isDeadAfter(value, after);
}

Value BlockReader::resultBuffer(Operation *op, Type resultType, ValueRange candidates) {
  MemRefType type = bufferType(resultType);
  for (Value value : candidates)
    if (canTake(value, op, type, {})) return buffers[value];
  return allocate(type);
}

void BlockReader::moveTo(Value value, Value to) {
  if (Value scalar = splats.lookup(value)) {
    linalg::FillOp::create(b, scalar, to);
  } else if (buffers[value] != to) {
    linalg::CopyOp::create(b, buffers[value], to);
  }
}

void BlockReader::moveAll(ValueRange values, ArrayRef<Value> destinations) {
  // A source that is another move's destination is saved first: `yield %b, %a` swaps.
  DenseMap<Value, Value> saved;
  for (auto [i, value] : llvm::enumerate(values)) {
    Value from = buffers.lookup(value);
    for (auto [j, to] : llvm::enumerate(destinations))
      if (i != j && from == to && buffers.lookup(values[j]) != to && !saved.count(from)) {
        Value copy = saved[from] = allocate(cast<MemRefType>(from.getType()));
        linalg::CopyOp::create(b, from, copy);
      }
  }
  for (auto [value, to] : llvm::zip(values, destinations)) {
    Value from = buffers.lookup(value);
    if (from && from != to && saved.count(from)) linalg::CopyOp::create(b, saved[from], to);
    else moveTo(value, to);
  }
}

} // namespace mlir::msa
