#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

/// 1 where a call has fewer tokens than `least`, else 0: what is launched over no thread block is not launched.
static Value isShort(LaunchPen &pen, Value totalQ, int64_t least) {
  Value missing = arith::MaxSIOp::create(pen, arith::SubIOp::create(pen, pen.constant(least), totalQ), pen.constant(0));
  return arith::MinSIOp::create(pen, missing, pen.constant(1));
}

/// Scores into a matrix of `rows` tokens, then a selection from them. `rows` is 0 or all.
static void launchAsTwo(SelectBlocksOp op, ModuleOp module, const ::msa::Problem &problem, ::msa::TileConfig config,
                        tile::TopKOrder order, Value rows) {
  config.blocksPerSm = 1; // that of the one launch holds this to too few registers, and so does what ptxas would choose
  BatchOperands batch = batchOperandsOf(op);
  LaunchPen pen(op, module), select(op, module);
  Value maxBlocks = getValueOrCreateConstantIndexOp(
      pen, op.getLoc(),
      maxBlocksOf(pen, op.getLoc(), op.getIndexKey(), /*isIndexKey=*/true, op.getPageTable(), op.getBlockSize()));
  Value requests = getValueOrCreateConstantIndexOp(pen, op.getLoc(), batchSizeOf(pen, op.getLoc(), op));
  Value keys = pen.size(op.getIndexKey(), problem.kvLayout == ::msa::KvLayout::Dense ? 1 : 0);
  SmallVector<OpFoldResult> extents = {pen.getIndexAttr(problem.numQHeads), rows, maxBlocks};
  Value scores = memref::AllocOp::create(pen, extents, pen.getF32Type());

  tile::IndexTypes types;
  pen.pass(op.getIndexQuery(), types.query, true);
  pen.pass(op.getIndexKey(), types.key, true);
  pen.passRequests(batch, types);
  pen.pass(scores, types.scores, true);
  pen.arguments.append({rows, requests, keys, maxBlocks});
  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel =
      tile::buildIndexScore(kernels, op.getLoc(), pen.uniqueName("index_score"), problem, config, types);
  setTileAttributes(kernel, config);
  Value tiles = arith::CeilDivSIOp::create(pen, rows, pen.constant(config.queryTile));
  Value chunk = chunkOfIndexScore(pen, config, tiles, maxBlocks);
  pen.launch(kernel, tiles, arith::CeilDivSIOp::create(pen, maxBlocks, chunk), pen.constant(1));

  constexpr int64_t kWarps = 8; // a warp a row
  ::msa::TileConfig rowConfig;
  rowConfig.queryTile = rowConfig.warps = kWarps;
  tile::SelectTypes selectTypes;
  select.pass(scores, selectTypes.scores, false);
  select.pass(batch.cuSeqlensQ, selectTypes.cuSeqlensQ, false);
  select.pass(batch.cuSeqlensK, selectTypes.cuSeqlensK, false);
  select.pass(batch.sequsedK, selectTypes.seqUsedK, false);
  select.pass(op.getOuts()[0], selectTypes.selected, false);
  select.arguments.append({rows, requests, keys});
  kernels = select.kernelBuilder();
  tile::KernelOp chooses =
      tile::buildSelectTopK(kernels, op.getLoc(), select.uniqueName("select_top_k"), problem, rowConfig, selectTypes,
                            selectionOf(op).getLayout() == SelectionLayout::QHK, order);
  select.launch(chooses, arith::CeilDivSIOp::create(select, rows, select.constant(kWarps)),
                select.constant(problem.numQHeads), select.constant(1));
}

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
  pen.passRequests(batch, types);
  pen.pass(op.getOuts()[0], types.selected, false);
  if (types.query.getRank() != 3) return op.emitOpError("expects packed index queries, but got ") << types.query;

  Value totalQ = pen.size(op.getIndexQuery(), 0);
  pen.arguments.push_back(totalQ);
  pen.arguments.push_back(getValueOrCreateConstantIndexOp(pen, op.getLoc(), batchSizeOf(pen, op.getLoc(), op)));
  pen.arguments.push_back(pen.size(op.getIndexKey(), problem->kvLayout == ::msa::KvLayout::Dense ? 1 : 0));
  pen.arguments.push_back(pen.constant(0)); // blocks of a row of scores: there is none

  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel = tile::buildIndexSelect(kernels, op.getLoc(), pen.uniqueName("index_select"), *problem, config,
                                                 types, selectionOf(op).getLayout() == SelectionLayout::QHK, order);
  setTileAttributes(kernel, config);
  Value tiles = arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile));
  if (config.leastTokens > 0) {
    Value few = isShort(pen, totalQ, config.leastTokens);
    launchAsTwo(op, module, *problem, config, order, arith::MulIOp::create(pen, totalQ, few));
    tiles = arith::MulIOp::create(pen, tiles, arith::SubIOp::create(pen, pen.constant(1), few));
  }
  pen.launch(kernel, tiles, pen.constant(1), pen.constant(1));
  op.erase();
  return success();
}

} // namespace mlir::msa
