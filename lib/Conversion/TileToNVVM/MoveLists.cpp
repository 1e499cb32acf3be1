// Lists of ids, a warp each: read, sorted across its lanes where asked for, written.
#include "KernelEmitter.h"
#include "WarpSort.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace mlir::tile {

LogicalResult KernelEmitter::emitMoveLists(MoveListsOp op) {
  constexpr int64_t kLanes = 32, kUnused = std::numeric_limits<int32_t>::max();
  auto sourceType = cast<MemRefType>(op.getSource().getType());
  int64_t places = sourceType.getShape().back(), registers = llvm::divideCeil(places, kLanes);
  Value laneNumber = toI32(lane);
  WarpSort sorter(b, laneNumber);

  auto moveList = [&](Value number) -> LogicalResult {
    FailureOr<Values> yielded = inlineRegion(op.getRowMap(), number);
    if (failed(yielded)) return failure();
    auto exists = scf::IfOp::create(b, less(index(0), yielded->back()), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(exists.thenBlock());
    ArrayRef<Value> coords = ArrayRef<Value>(*yielded).drop_back();
    Values from(coords.take_front(sourceType.getRank() - 1)), to(coords.drop_front(sourceType.getRank() - 1));
    from.push_back({}), to.push_back({});

    Values numbers, inside, ids;
    for (int64_t r = 0; r < registers; ++r) {
      numbers.push_back(add(laneNumber, i32(r * kLanes)));
      inside.push_back(less(numbers[r], i32(places)));
      auto branch = scf::IfOp::create(b, TypeRange{b.getI32Type()}, inside[r], true, true);
      OpBuilder::InsertionGuard inner(b);
      b.setInsertionPointToStart(branch.thenBlock());
      from.back() = toIndex(numbers[r]);
      auto id = LLVM::LoadOp::create(b, b.getI32Type(), address(op.getSource(), from, 0, nullptr, nullptr));
      id.setInvariant(true);
      scf::YieldOp::create(b, ValueRange{id});
      b.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(b, ValueRange{i32(-1)});
      ids.push_back(branch.getResult(0));
    }
    if (op.getSorted()) {
      for (Value &id : ids) id = arith::SelectOp::create(b, less(id, i32(0)), i32(kUnused), id);
      ids = sorter.sort(ids, llvm::PowerOf2Ceil(places), /*descending=*/false);
      for (Value &id : ids) {
        Value unused = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, id, i32(kUnused));
        id = arith::SelectOp::create(b, unused, i32(-1), id);
      }
    }
    for (int64_t r = 0; r < registers; ++r) {
      auto branch = scf::IfOp::create(b, inside[r], /*withElseRegion=*/false);
      OpBuilder::InsertionGuard inner(b);
      b.setInsertionPointToStart(branch.thenBlock());
      to.back() = toIndex(numbers[r]);
      LLVM::StoreOp::create(b, ids[r], address(op.getTarget(), to, 0, nullptr, nullptr));
    }
    return success();
  };
  int64_t each = op.getRows() / warps;
  if (each == 1) return moveList(warp);
  auto loop = scf::ForOp::create(b, index(0), index(each), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  return moveList(add(mul(loop.getInductionVar(), index(warps)), warp));
}

} // namespace mlir::tile
