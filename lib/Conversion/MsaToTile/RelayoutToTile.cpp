#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

LogicalResult relayoutToTile(RelayoutSelectionOp op, ModuleOp module) {
  if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
  if (!op.getStrategyAttr() || !op.getTileConfigAttr()) return op.emitOpError("expects a strategy and a tile_config");
  if (op.getStrategyAttr().getKind() != StrategyKind::RelayoutRows)
    return op.emitOpError("has no recipe for strategy ") << stringifyStrategyKind(op.getStrategyAttr().getKind());
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());
  SelectionLayout from = op.getFrom().getLayout(), to = op.getTo().getLayout();

  LaunchPen pen(op, module);
  MemRefType source, target;
  pen.pass(op.getSelected(), source, false);
  pen.pass(op.getOuts()[0], target, false);
  Value totalQ = pen.size(op.getSelected(), tokenAxis(from)), heads = pen.size(op.getSelected(), headAxis(from));
  pen.arguments.push_back(totalQ);
  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel = tile::buildRelayoutRows(kernels, op.getLoc(), pen.uniqueName("relayout_rows"), config, source,
                                                  from == SelectionLayout::QHK, target, to == SelectionLayout::QHK,
                                                  !impliesOrder(op.getFrom().getOrder(), op.getTo().getOrder()));
  pen.launch(kernel, arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile)), heads, pen.constant(1));
  op.erase();
  return success();
}

} // namespace mlir::msa
