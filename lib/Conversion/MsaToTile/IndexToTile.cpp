#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

LogicalResult indexScoresToTile(IndexScoresOp op, ModuleOp module) {
  if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
  if (!op.getStrategyAttr() || !op.getTileConfigAttr()) return op.emitOpError("expects a strategy and a tile_config");
  if (op.getStrategyAttr().getKind() != StrategyKind::IndexScore)
    return op.emitOpError("has no recipe for strategy ") << stringifyStrategyKind(op.getStrategyAttr().getKind());
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());

  LaunchPen pen(op, module);
  tile::IndexTypes types;
  BatchOperands batch = batchOperandsOf(op);
  Value scores = op.getOuts()[0];
  pen.pass(op.getIndexQuery(), types.query, true);
  pen.pass(op.getIndexKey(), types.key, true);
  pen.pass(batch.cuSeqlensQ, types.cuSeqlensQ, false);
  pen.pass(batch.cuSeqlensK, types.cuSeqlensK, false);
  pen.pass(batch.sequsedK, types.seqUsedK, false);
  pen.pass(batch.pageTable, types.pageTable, false);
  pen.pass(scores, types.scores, true);
  if (types.query.getRank() != 3) return op.emitOpError("expects packed index queries, but got ") << types.query;

  Value totalQ = pen.size(op.getIndexQuery(), 0), maxBlocks = pen.size(scores, 2);
  pen.arguments.push_back(totalQ);
  pen.arguments.push_back(getValueOrCreateConstantIndexOp(pen, op.getLoc(), batchSizeOf(pen, op.getLoc(), op)));
  pen.arguments.push_back(pen.size(op.getIndexKey(), problem->kvLayout == ::msa::KvLayout::Dense ? 1 : 0));
  pen.arguments.push_back(maxBlocks);

  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel =
      tile::buildIndexScore(kernels, op.getLoc(), pen.uniqueName("index_score"), *problem, config, types);
  kernel->setAttr("kv_stages", pen.getI64IntegerAttr(config.kvStages));
  if (config.blocksPerSm) kernel->setAttr("blocks_per_sm", pen.getI64IntegerAttr(config.blocksPerSm));
  Value x = arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile));
  Value y = arith::CeilDivSIOp::create(pen, maxBlocks, pen.constant(config.chunkBlocks));
  pen.launch(kernel, x, y, pen.constant(1));
  op.erase();
  return success();
}

} // namespace mlir::msa
