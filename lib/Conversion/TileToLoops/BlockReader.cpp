//===- BlockReader.cpp - control flow and dispatch ------------------------===//
#include "BlockReader.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

namespace mlir::msa {

BlockReader::BlockReader(Block *home, int64_t stackBytes)
    : b(home->getParentOp()->getLoc(), home, std::prev(home->end())), home(home), stackBytes(stackBytes) {}

LogicalResult BlockReader::read(tile::KernelOp kernel, ValueRange args, ArrayRef<Value> programId) {
  this->programId.assign(programId.begin(), programId.end());
  scalars.map(kernel.getBody().getArguments(), args);
  if (failed(readOps(kernel.getBody().front()))) return failure();
  for (Value buffer : allocated) memref::DeallocOp::create(b, buffer);
  return success();
}

LogicalResult BlockReader::readOps(Block &block) {
  for (Operation &op : block) {
    b.setLoc(op.getLoc());
    if (!op.hasTrait<OpTrait::IsTerminator>() && failed(readOp(&op))) return failure();
  }
  return success();
}

LogicalResult BlockReader::readOp(Operation *op) {
  auto done = [](auto &&) { return success(); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<scf::ForOp>([&](auto op) { return readFor(op); })
      .Case<scf::IfOp>([&](auto op) { return readIf(op); })
      .Case<tile::IfRowsOp>([&](auto op) { return readIfRows(op); })
      .Case<arith::SelectOp>([&](auto op) { return readSelect(op); })
      .Case<tile::RolesOp>([&](auto op) { return readRoles(op); })
      .Case<tile::MakeChannelOp>([&](auto op) {
        Value state = channels[op.getChannel()] = allocate(MemRefType::get({op.getType().getStages()}, b.getI64Type()));
        Value empty = arith::ConstantIntOp::create(b, b.getI64Type(), 0);
        loop(index(0), index(op.getType().getStages()), index(1),
             [&](Value slot) { memref::StoreOp::create(b, empty, state, slot); });
        return success();
      })
      .Case<tile::AcquireOp, tile::CommitOp, tile::WaitOp, tile::ReleaseOp>(
          [&](auto op) { return readHandshake(op), success(); })
      .Case<tile::ProgramIdOp>([&](auto op) { return scalars.map(op.getId(), programId[op.getAxis()]), success(); })
      .Case<tile::LoadOp, tile::LoadFragOp>([&](auto op) {
        Value to = buffers[op.getResult()] = allocate(bufferType(op.getType()));
        return loadTile(op.getView(), op.getRowMap(), op.getPiece(), op.getRowDim(), to);
      })
      .Case<tile::LoadAsyncOp>([&](auto op) {
        Value to = slotOf(buffers[op.getRing()], scalars.lookup(op.getSlot())); // copied at once
        return loadTile(op.getView(), op.getRowMap(), op.getPiece(), op.getRowDim(), to);
      })
      .Case<tile::LoadRowsOp>([&](auto op) { return readLoadRows(op); })
      .Case<tile::StoreOp>([&](auto op) { return readStore(op); })
      .Case<tile::StoreRowsOp>([&](auto op) { return readStoreRows(op); })
      .Case<tile::ToFragOp>([&](auto op) { return readToFrag(op), success(); })
      .Case<tile::ToRowsOp>([&](auto op) { return readToRows(op), success(); })
      .Case<tile::ToSmemOp>([&](auto op) { return readToSmem(op), success(); })
      .Case<tile::SliceOp>([&](auto op) { return readSlice(op), success(); })
      .Case<tile::RingOp>(
          [&](auto op) { return buffers[op.getRing()] = allocate(bufferType(op.getType())), success(); })
      .Case<tile::SlotOp>([&](auto op) {
        buffers[op.getTile()] = slotOf(buffers[op.getRing()], scalars.lookup(op.getPosition()));
        return success();
      })
      .Case<tile::CommitGroupOp, tile::WaitGroupOp>(done) // the copies were performed where they were issued
      .Case<tile::VisitUnionOp>([&](auto op) { return readVisitUnion(op); })
      .Case<tile::ListSizeOp>([&](auto op) { return scalars.map(op.getSize(), lists[op.getList()].size), success(); })
      .Case<tile::ListEntryOp>([&](auto op) { return readListEntry(op), success(); })
      .Case<tile::SearchSortedOp>([&](auto op) { return readSearchSorted(op), success(); })
      .Case<tile::MoveListsOp>([&](auto op) { return readMoveLists(op); })
      .Case<tile::TopKEmptyOp>([&](auto op) {
        Value nothing = arith::ConstantIntOp::create(b, b.getI64Type(), std::numeric_limits<int64_t>::min());
        return splats[op.getResult()] = nothing, success();
      })
      .Case<tile::TopKInsertOp>([&](auto op) { return readTopKInsert(op), success(); })
      .Case<tile::TopKStoreOp>([&](auto op) { return readTopKStore(op); })
      .Case<tile::TopKOp>([&](auto op) { return readTopK(op); })
      .Case<tile::ParallelOp>([&](auto op) { return readParallel(op); })
      .Case<tile::AtOp>([&](auto op) { return readAt(op), success(); })
      .Case<tile::ScanOp>([&](auto op) { return readScan(op), success(); })
      .Case<tile::MakeBitsOp>([&](auto op) { return readMakeBits(op), success(); })
      .Case<tile::SetBitOp>([&](auto op) { return readSetBit(op), success(); })
      .Case<tile::CountBitsOp>([&](auto op) { return readCountBits(op), success(); })
      .Case<tile::MmaOp>([&](auto op) { return readMma(op), success(); })
      .Case<tile::WaitMmaOp>([&](auto op) { // the product was computed where it began
        return buffers[op.getResult()] = buffers[op.getValue()], success();
      })
      .Case<tile::AnyRowsOp>([&](auto op) { return scalars.map(op.getAny(), readAnyRows(op.getCount())), success(); })
      .Case<tile::SplatOp>([&](auto op) { return splats[op.getResult()] = scalars.lookup(op.getValue()), success(); })
      .Case<tile::MapOp>([&](auto op) { return readMap(op); })
      .Case<tile::MaskColsOp>([&](auto op) { return readMaskCols(op), success(); })
      .Case<tile::RowReduceOp>([&](auto op) { return readRowReduce(op), success(); })
      .Case<tile::ColReduceOp>([&](auto op) { return readColReduce(op), success(); })
      .Case<tile::FoldColsOp>([&](auto op) { return readFoldCols(op), success(); })
      .Default([&](Operation *op) { return readScalarOp(op); });
}

/// Ops that touch no tile themselves: cloned, with what their regions hold read in turn.
LogicalResult BlockReader::readScalarOp(Operation *op) {
  auto touchesTile = [](TypeRange types) { return llvm::any_of(types, isTile); };
  bool tiles = touchesTile(op->getOperandTypes()) || touchesTile(op->getResultTypes());
  for (Region &region : op->getRegions())
    for (Block &block : region)
      tiles |= touchesTile(block.getArgumentTypes()) || touchesTile(block.getTerminator()->getOperandTypes());
  if (tiles)
    return op->emitOpError(
        "expects no tiles as operands, arguments or results of an op that tile-to-loops does not know");
  if (op->getNumRegions() == 0) {
    b.clone(*op, scalars);
    return success();
  }
  Operation *clone = b.insert(op->cloneWithoutRegions(scalars));
  scalars.map(op->getResults(), clone->getResults());
  for (auto [from, to] : llvm::zip(op->getRegions(), clone->getRegions()))
    for (Block &block : from) {
      OpBuilder::InsertionGuard guard(b);
      Block *copy = b.createBlock(&to, to.end(), block.getArgumentTypes(),
                                  SmallVector<Location>(block.getNumArguments(), op->getLoc()));
      scalars.map(block.getArguments(), copy->getArguments());
      b.setInsertionPointToEnd(copy);
      if (failed(readOps(block))) return failure();
      b.clone(*block.getTerminator(), scalars);
    }
  return success();
}

/// Reads `from` into the empty block `to`: tiles that it yields go to `tileDestinations`, scalars to a new scf.yield.
LogicalResult BlockReader::readBranch(Block &from, Block *to, ArrayRef<Value> tileDestinations, Block *companion) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(to);
  if (failed(companion ? readTogether(from, *companion) : readOps(from))) return failure();
  SmallVector<Value> tiles, rest;
  for (Value value : from.getTerminator()->getOperands()) {
    if (isTile(value.getType())) tiles.push_back(value);
    else rest.push_back(scalars.lookup(value));
  }
  if (companion)
    for (Value value : companion->getTerminator()->getOperands()) rest.push_back(scalars.lookup(value));
  moveAll(tiles, tileDestinations);
  scf::YieldOp::create(b, rest);
  return success();
}

LogicalResult BlockReader::readFor(scf::ForOp op, scf::ForOp companion) {
  SmallVector<Value> carried, inits; // the buffers of carried tiles; the scalars' first values
  for (auto [init, arg, result] : llvm::zip(op.getInitArgs(), op.getRegionIterArgs(), op.getResults())) {
    if (!isTile(init.getType())) {
      inits.push_back(scalars.lookup(init));
      continue;
    }
    if (isa<tile::RingType, tile::ListType, tile::BitsType>(init.getType()))
      return op.emitOpError("carries ") << init.getType()
                                        << ", but only shared tiles, fragments and rows can be carried";
    MemRefType type = bufferType(init.getType());
    // The loop may work in place of its first value where nobody reads that again, in the loop or after it.
    bool usedInside = llvm::any_of(init.getUsers(), [&](Operation *user) { return op->isProperAncestor(user); });
    bool inPlace = !usedInside && canTake(init, op, type, carried);
    Value buffer = inPlace ? buffers[init] : allocate(type);
    moveTo(init, buffer);
    carried.push_back(buffers[arg] = buffers[result] = buffer);
  }
  if (companion)
    for (Value init : companion.getInitArgs()) inits.push_back(scalars.lookup(init));
  auto loop = scf::ForOp::create(b, scalars.lookup(op.getLowerBound()), scalars.lookup(op.getUpperBound()),
                                 scalars.lookup(op.getStep()), inits);
  loop->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  auto arg = loop.getRegionIterArgs().begin();
  auto result = loop.getResults().begin();
  for (auto [oldArg, oldResult] : llvm::zip(op.getRegionIterArgs(), op.getResults())) {
    if (isTile(oldArg.getType())) continue;
    scalars.map(oldArg, *arg++);
    scalars.map(oldResult, *result++);
  }
  if (companion) {
    scalars.map(companion.getInductionVar(), loop.getInductionVar());
    for (auto [oldArg, oldResult] : llvm::zip(companion.getRegionIterArgs(), companion.getResults())) {
      scalars.map(oldArg, *arg++);
      scalars.map(oldResult, *result++);
    }
  }
  if (inits.empty()) loop.getBody()->getTerminator()->erase();
  return readBranch(*op.getBody(), loop.getBody(), carried, companion ? companion.getBody() : nullptr);
}

LogicalResult BlockReader::readIf(scf::IfOp op) {
  SmallVector<Value> destinations;
  SmallVector<Type> types;
  for (OpResult result : op.getResults()) {
    if (!isTile(result.getType())) {
      types.push_back(result.getType());
      continue;
    }
    if (isa<tile::RingType, tile::ListType, tile::BitsType>(result.getType()))
      return op.emitOpError("returns ") << result.getType()
                                        << ", but only shared tiles, fragments and rows can be returned";
    // A branch that passes on a tile from before, which nobody needs afterwards, leaves it where it is.
    Value buffer;
    for (Region &region : op->getRegions()) {
      Value value = region.front().getTerminator()->getOperand(result.getResultNumber());
      bool before = !op->isAncestor(value.getParentRegion()->getParentOp());
      if (!buffer && before && canTake(value, op, bufferType(result.getType()), destinations)) buffer = buffers[value];
    }
    destinations.push_back(buffers[result] = buffer ? buffer : allocate(bufferType(result.getType())));
  }
  bool hasElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(b, types, scalars.lookup(op.getCondition()), /*addThenBlock=*/true, hasElse);
  branch->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  unsigned next = 0;
  for (OpResult result : op.getResults())
    if (!isTile(result.getType())) scalars.map(result, branch.getResult(next++));
  auto readRegion = [&](Region &from, Region &to) {
    to.front().clear(); // a terminator, where there are no results
    return readBranch(from.front(), &to.front(), destinations);
  };
  if (failed(readRegion(op.getThenRegion(), branch.getThenRegion()))) return failure();
  return hasElse ? readRegion(op.getElseRegion(), branch.getElseRegion()) : success();
}

/// Of scalars, or of tiles: an scf.if that only passes tiles on, as canonicalization writes it.
LogicalResult BlockReader::readSelect(arith::SelectOp op) {
  if (!isTile(op.getType())) return readScalarOp(op);
  if (isa<tile::RingType, tile::ListType>(op.getType()))
    return op.emitOpError("selects ") << op.getType() << ", but only shared tiles, fragments and rows can be selected";
  auto branch = scf::IfOp::create(b, TypeRange(), scalars.lookup(op.getCondition()), /*addThenBlock=*/true,
                                  /*addElseBlock=*/true);
  Value result = buffers[op.getResult()] = allocate(bufferType(op.getType()));
  for (auto [block, value] :
       {std::pair(branch.thenBlock(), op.getTrueValue()), std::pair(branch.elseBlock(), op.getFalseValue())}) {
    OpBuilder::InsertionGuard guard(b);
    block->clear();
    b.setInsertionPointToStart(block);
    moveTo(value, result);
    scf::YieldOp::create(b);
  }
  return success();
}

/// Whether any count is positive.
Value BlockReader::readAnyRows(Value count) {
  Value zero = arith::ConstantIntOp::create(b, b.getI32Type(), 0);
  Value most = splats.lookup(count);
  if (!most) {
    Value counts = buffers[count];
    auto rows = scf::ForOp::create(b, index(0), index(cast<tile::RowsType>(count.getType()).getRows()), index(1), zero);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(rows.getBody());
    Value count = memref::LoadOp::create(b, counts, rows.getInductionVar());
    scf::YieldOp::create(b, arith::MaxSIOp::create(b, count, rows.getRegionIterArg(0)).getResult());
    most = rows.getResult(0);
  }
  return arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, most, zero);
}

/// Run for all rows where any count is positive, else left out.
LogicalResult BlockReader::readIfRows(tile::IfRowsOp op) {
  Value any = readAnyRows(op.getCount());
  SmallVector<Value>
      destinations; // the region works in place of what it starts from, where nobody reads that afterwards
  for (auto [init, result] : llvm::zip(op.getInits(), op.getResults())) {
    MemRefType type = bufferType(init.getType());
    destinations.push_back(canTake(init, op, type, destinations) ? buffers[init] : allocate(type));
    buffers[result] = destinations.back();
  }
  auto branch = scf::IfOp::create(b, TypeRange(), any, /*addThenBlock=*/true, /*addElseBlock=*/true);
  for (Block *block : {branch.thenBlock(), branch.elseBlock()}) block->clear();
  if (failed(readBranch(op.getBody().front(), branch.thenBlock(), destinations))) return failure();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(branch.elseBlock());
  moveAll(op.getInits(), destinations);
  scf::YieldOp::create(b);
  return success();
}

FailureOr<SmallVector<Value>> BlockReader::inlineRegion(Region &region, ValueRange args) {
  scalars.map(region.getArguments(), args);
  if (failed(readOps(region.front()))) return failure();
  SmallVector<Value> values;
  for (Value value : region.front().getTerminator()->getOperands()) values.push_back(scalars.lookup(value));
  return values;
}

//===----------------------------------------------------------------------===//
// Small pens
//===----------------------------------------------------------------------===//

Value BlockReader::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

Value BlockReader::add(Value lhs, Value rhs) {
  return matchPattern(lhs, m_Zero())   ? rhs
         : matchPattern(rhs, m_Zero()) ? lhs
                                       : arith::AddIOp::create(b, lhs, rhs).getResult();
}

void BlockReader::loop(Value from, Value to, Value step, function_ref<void(Value i)> body) {
  auto loop = scf::ForOp::create(b, from, to, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value BlockReader::rowOf(Value view, ArrayRef<OpFoldResult> coords, int64_t cols) {
  auto type = cast<MemRefType>(view.getType());
  // Size 1 in every dimension that a coordinate picks, all of those that stay.
  SmallVector<OpFoldResult> sizes(type.getRank(), b.getIndexAttr(1)), strides(type.getRank(), b.getIndexAttr(1));
  sizes.back() = b.getIndexAttr(cols);
  auto row = cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType({cols}, type, coords, sizes, strides));
  return memref::SubViewOp::create(b, row, view, coords, sizes, strides);
}

} // namespace mlir::msa
