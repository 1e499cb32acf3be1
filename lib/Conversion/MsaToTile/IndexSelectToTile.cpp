#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

LogicalResult indexSelectToTile(SelectBlocksOp op, tile::TopKOrder order, ModuleOp module) {
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());
  if (op.getOuts().size() > 1 || order == tile::TopKOrder::Value)
    return op.emitOpError("expects no scores from index_select, which keeps none of what it did not choose by them");

  LaunchPen pen(op, module);
  tile::IndexTypes types;
  BatchOperands batch = batchOperandsOf(op);
  pen.pass(op.getIndexQuery(), types.query, true);
  pen.pass(op.getIndexKey(), types.key, true);
  pen.pass(batch.cuSeqlensQ, types.cuSeqlensQ, false);
  pen.pass(batch.cuSeqlensK, types.cuSeqlensK, false);
  pen.pass(batch.sequsedK, types.seqUsedK, false);
  pen.pass(batch.pageTable, types.pageTable, false);
  pen.pass(op.getOuts()[0], types.selected, false);
  if (types.query.getRank() != 3) return op.emitOpError("expects packed index queries, but got ") << types.query;

  Value totalQ = pen.size(op.getIndexQuery(), 0);
  pen.arguments.push_back(totalQ);
  pen.arguments.push_back(getValueOrCreateConstantIndexOp(pen, op.getLoc(), batchSizeOf(pen, op.getLoc(), op)));
  pen.arguments.push_back(pen.size(op.getIndexKey(), problem->kvLayout == ::msa::KvLayout::Dense ? 1 : 0));
  pen.arguments.push_back(pen.constant(0)); // blocks of a row of scores: there is none

  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel =
      tile::buildIndexSelect(kernels, op.getLoc(), pen.uniqueName("index_select"), *problem, config, types,
                             selectionOf(op).getLayout() == SelectionLayout::QHK, order);
  kernel->setAttr("kv_stages", pen.getI64IntegerAttr(config.kvStages));
  if (config.blocksPerSm) kernel->setAttr("blocks_per_sm", pen.getI64IntegerAttr(config.blocksPerSm));
  pen.launch(kernel, arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile)), pen.constant(1), pen.constant(1));
  op.erase();
  return success();
}

} // namespace mlir::msa
