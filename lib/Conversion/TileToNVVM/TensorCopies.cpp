// Whole tiles by TMA: one thread copies a box of a tensor map, whose bytes the channel's full barrier counts.
#include "KernelEmitter.h"
#include "dialects/Tile/IR/TileContracts.h"

namespace mlir::tile {

KernelEmitter::MapKey KernelEmitter::mapKeyOf(LoadAsyncOp op) {
  return {cast<BlockArgument>(op.getView()).getArgNumber(), op.getRowDim(), op.getRing().getType().getRows()};
}

void KernelEmitter::describeTensorMaps(function_ref<void(const Twine &text, Type type)> describe) {
  kernel.walk([&](LoadAsyncOp op) {
    if (!op.getTensor() || !tensorMaps.insert({mapKeyOf(op), Value()}).second) return;
    auto [argument, rowDim, rows] = mapKeyOf(op);
    describe("map:" + Twine(argument) + ":" + Twine(rowDim) + ":" + Twine(rows),
             LLVM::LLVMPointerType::get(b.getContext()));
  });
}

/// CUtensorMap by value: 128 bytes in the parameters themselves, where the copies read it.
void KernelEmitter::takeTensorMaps(LLVM::LLVMFuncOp function, unsigned firstParameter) {
  Type bytes = LLVM::LLVMArrayType::get(b.getI8Type(), 128);
  for (auto &entry : tensorMaps) {
    function.setArgAttr(firstParameter, LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(bytes));
    function.setArgAttr(firstParameter, LLVM::LLVMDialect::getAlignAttrName(), b.getI64IntegerAttr(64));
    function.setArgAttr(firstParameter, NVVM::NVVMDialect::getGridConstantAttrName(), b.getUnitAttr());
    entry.second = function.getArgument(firstParameter++);
  }
}

/// Where all rows exist. A tile that ends early is copied row by row: what lies behind its last row is not zero in memory.
LogicalResult KernelEmitter::emitTensorCopy(LoadAsyncOp op, Value destination) {
  SmemType tile = op.getRing().getType().getTile();
  int64_t rows = tile.getRows(), bytes = sharedTileBytes(tile);
  FailureOr<Values> place = inlineRegion(op.getRowMap(), index(0));
  if (failed(place)) return failure();
  AcquireOp acquire = acquireOf(op);
  Value whole = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, place->back(), index(rows));
  auto branch = scf::IfOp::create(b, whole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  {
    auto leader = scf::IfOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, tid, index(0)),
                                    /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(leader.thenBlock());
    Value barrier = addressOf(barrierOf(acquire.getChannel(), one(acquire.getUse()), /*full=*/true));
    // Bytes are awaited beside the arrivals of the commit, which this thread makes later.
    inlineAsm("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [$0], $1;", "r,r,~{memory}",
              ValueRange{barrier, i32(bytes)});
    // Innermost first, as WriteArtifact lays the map out: column, row, panel, then the view's other dimensions from the last.
    int64_t rowDim = op.getRowDim();
    Values coords = {i32(0), toI32((*place)[rowDim]), i32(0)};
    for (int64_t dim = int64_t(place->size()) - 2; dim >= 0; --dim)
      if (dim != rowDim) coords.push_back(toI32((*place)[dim]));
    int64_t rank = coords.size();
    std::string text = "cp.async.bulk.tensor." + std::to_string(rank) +
                       "d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [$0], [$1, {",
                constraints = "r,l,";
    for (int64_t d = 0; d < rank; ++d) text += (d ? ", $" : "$") + std::to_string(2 + d), constraints += "r,";
    text += "}], [$" + std::to_string(2 + rank) + "];";
    Values operands = {addressOf(destination), tensorMaps[mapKeyOf(op)]};
    llvm::append_range(operands, coords);
    operands.push_back(barrier);
    inlineAsm(text, constraints + "r,~{memory}", operands);
  }
  b.setInsertionPointToStart(branch.elseBlock());
  return emitCopy(op, op.getRowMap(), op.getView(), tile, op.getPiece(), op.getRowDim(), destination);
}

} // namespace mlir::tile
