#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

/// How the recipe orders a row. Where the query's own block is the last visible one, ascending ids end with it.
static tile::TopKOrder rowOrder(SelectionOrder order, bool causal) {
  if (order == SelectionOrder::Score) return tile::TopKOrder::Value;
  return order == SelectionOrder::LocalLast && !causal ? tile::TopKOrder::KeptLast : tile::TopKOrder::Ascending;
}

/// The length that a buffer of lengths holds everywhere, index, where the program itself fills it: requests of a dense or a single
/// packed index key are as long as its shape says (see `SelectBlocksOp::decomposeOperation`). A GPU gets the number instead.
static Value lengthOfAll(LaunchPen &pen, Value lengths) {
  if (auto global = lengths.getDefiningOp<memref::GetGlobalOp>()) {
    auto values = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(global, global.getNameAttr());
    auto splat = values ? dyn_cast_or_null<SplatElementsAttr>(values.getConstantInitValue()) : SplatElementsAttr();
    return splat ? pen.constant(splat.getSplatValue<APInt>().getSExtValue()) : Value();
  }
  if (!lengths.getDefiningOp<memref::AllocOp>()) return {};
  for (Operation *user : lengths.getUsers())
    if (auto map = dyn_cast<linalg::MapOp>(user); map && map.getInputs().empty() && map.getInit() == lengths) {
      auto length = map.getBlock()->getTerminator()->getOperand(0).getDefiningOp<arith::IndexCastOp>();
      if (length && length->getBlock() == map->getBlock()) return length.getIn();
    }
  return {};
}

/// Erases what made `lengths`, where nobody reads them any more: how many they are is known without them.
static void eraseUnread(Value lengths) {
  Operation *maker = lengths ? lengths.getDefiningOp() : nullptr;
  if (!isa_and_nonnull<memref::AllocOp, memref::GetGlobalOp>(maker)) return;
  if (auto alloc = dyn_cast<memref::AllocOp>(maker); alloc && alloc.getDynamicSizes().size() == 1)
    for (Operation *user : llvm::make_early_inc_range(lengths.getUsers()))
      if (auto dim = dyn_cast<memref::DimOp>(user))
        dim->replaceAllUsesWith(ValueRange(alloc.getDynamicSizes())), dim->erase();
  SmallVector<Operation *> users(lengths.getUsers());
  if (llvm::all_of(users, llvm::IsaPred<linalg::MapOp, memref::DeallocOp>)) {
    for (Operation *user : users) user->erase();
    maker->erase();
  }
}

LogicalResult selectToTile(SelectBlocksOp op, ModuleOp module) {
  if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
  if (!op.getStrategyAttr() || !op.getTileConfigAttr()) return op.emitOpError("expects a strategy and a tile_config");
  if (op.getStrategyAttr().getKind() == StrategyKind::IndexSelect && op.getIndexQuery())
    return indexSelectToTile(op, rowOrder(selectionOf(op).getOrder(), op.getCausal()), module);
  if (op.getStrategyAttr().getKind() != StrategyKind::SelectTopK || !op.getScores())
    return op.emitOpError("has no recipe for strategy ")
           << stringifyStrategyKind(op.getStrategyAttr().getKind()) << " over "
           << (op.getScores() ? "scores" : "index queries and keys");
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());

  LaunchPen pen(op, module);
  tile::SelectTypes types;
  BatchOperands batch = batchOperandsOf(op);
  pen.pass(op.getScores(), types.scores, false);
  pen.pass(batch.cuSeqlensQ, types.cuSeqlensQ, false);
  pen.pass(batch.cuSeqlensK, types.cuSeqlensK, false);
  Value lengths = batch.sequsedK, sameLength = lengths ? lengthOfAll(pen, lengths) : Value();
  if (!sameLength) pen.pass(lengths, types.seqUsedK, false);
  pen.pass(op.getOuts()[0], types.selected, false);
  if (op.getOuts().size() > 1) pen.pass(op.getOuts()[1], types.selectedScores, false);
  Value totalQ = pen.size(op.getScores(), 1);
  pen.arguments.push_back(totalQ);
  pen.arguments.push_back(getValueOrCreateConstantIndexOp(pen, op.getLoc(), batchSizeOf(pen, op.getLoc(), op)));
  pen.arguments.push_back(sameLength ? sameLength : pen.constant(0));

  SelectionAttr contract = selectionOf(op);
  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel = tile::buildSelectTopK(kernels, op.getLoc(), pen.uniqueName("select_top_k"), *problem, config,
                                                types, contract.getLayout() == SelectionLayout::QHK,
                                                rowOrder(contract.getOrder(), problem->causal));
  Value x = arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile));
  pen.launch(kernel, x, pen.constant(problem->numKvHeads), pen.constant(1));
  op.erase();
  if (sameLength) eraseUnread(lengths);
  return success();
}

} // namespace mlir::msa
