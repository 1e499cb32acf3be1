#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

void setTileAttributes(tile::KernelOp kernel, const ::msa::TileConfig &config) {
  Builder b(kernel.getContext());
  kernel->setAttr("kv_stages", b.getI64IntegerAttr(config.kvStages));
  if (config.blocksPerSm) kernel->setAttr("blocks_per_sm", b.getI64IntegerAttr(config.blocksPerSm));
  // The thread block's other warps, a warpgroup, copy.
  if (config.consumers) kernel->setAttr("producer_warps", b.getI64IntegerAttr(config.warps - config.mathWarps()));
  if (config.mma == ::msa::MmaKind::Wgmma)
    kernel.setMmaAttr(tile::MmaKindAttr::get(b.getContext(), tile::MmaKind::Wgmma));
}

LogicalResult attendToTile(AttendOp op, ModuleOp module) {
  if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
  if (!op.getStrategyAttr() || !op.getTileConfigAttr()) return op.emitOpError("expects a strategy and a tile_config");
  FailureOr<::msa::Problem> problem = problemOf(op);
  if (failed(problem)) return failure();
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());
  StrategyKind kind = op.getStrategyAttr().getKind();
  if (selectionOf(op).getLayout() != SelectionLayout::HQK)
    return op.emitOpError("expects a selection in layout hqk, but got ")
           << stringifySelectionLayout(selectionOf(op).getLayout());

  if (kind == StrategyKind::PrefillKvOuter) return kvOuterToTile(op, module);

  LaunchPen pen(op, module);
  tile::AttendTypes types;
  BatchOperands batch = batchOperandsOf(op);
  pen.pass(op.getQuery(), types.query, true);
  pen.pass(op.getKey(), types.key, true);
  pen.pass(op.getValue(), types.value, true);
  pen.pass(op.getSelected(), types.selection, false);
  pen.passRequests(batch, types);
  pen.pass(op.getOuts()[0], types.output, true);
  if (op.getOuts().size() > 1) pen.pass(op.getOuts()[1], types.lse, false);
  if (types.query.getRank() != 3) return op.emitOpError("expects packed queries, but got ") << types.query;

  Value totalQ = pen.size(op.getQuery(), 0);
  pen.arguments.push_back(totalQ);
  pen.arguments.push_back(getValueOrCreateConstantIndexOp(pen, op.getLoc(), batchSizeOf(pen, op.getLoc(), op)));
  pen.arguments.push_back(pen.size(op.getKey(), problem->kvLayout == ::msa::KvLayout::Dense ? 1 : 0));

  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel;
  Value kvHeads = pen.constant(problem->numKvHeads), x = totalQ, z = pen.constant(1);
  if (kind == StrategyKind::PrefillQueryTile && op.getSplits() > 1)
    return op.emitOpError("expects at most one part from prefill_query_tile, but splits is ") << op.getSplits();
  if (config.queryTile > 1) x = arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile));
  if (kind == StrategyKind::PrefillQueryTile) {
    kernel = tile::buildPrefillQueryTile(kernels, op.getLoc(), pen.uniqueName("prefill_query_tile"), *problem, config,
                                         types);
  } else if (kind == StrategyKind::DecodeSplitKv) {
    kernel = tile::buildDecodeSplitKv(kernels, op.getLoc(), pen.uniqueName("decode_split_kv"), *problem, config, types);
    z = pen.constant(std::max<int64_t>(config.splits, 1));
  } else {
    return op.emitOpError("has no recipe for strategy ") << stringifyStrategyKind(kind);
  }
  setTileAttributes(kernel, config);
  pen.launch(kernel, x, kvHeads, z);
  op.erase();
  return success();
}

} // namespace mlir::msa
