#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

Value chunkOfIndexScore(LaunchPen &pen, const ::msa::TileConfig &config, Value tiles, Value maxBlocks) {
  Value most = pen.constant(config.chunkBlocks);
  if (config.mma != ::msa::MmaKind::Wgmma) return most;
  // All blocks where the tiles alone occupy the GPU, else so few that there are thread blocks enough: one fits an SM, of which these chips
  // have up to 132, and tokens differ in what they see: 1.5 a SM.
  constexpr int64_t kThreadBlocks = 198;
  // Scores leave a row eight blocks at a time.
  constexpr int64_t kGroup = 8;
  Value one = pen.constant(1), group = pen.constant(kGroup);
  Value chunks = arith::CeilDivSIOp::create(pen, pen.constant(kThreadBlocks), arith::MaxSIOp::create(pen, tiles, one));
  Value blocks = arith::CeilDivSIOp::create(pen, arith::MaxSIOp::create(pen, maxBlocks, one), chunks);
  blocks = arith::MulIOp::create(pen, arith::CeilDivSIOp::create(pen, blocks, group), group);
  Value chunk = arith::MinSIOp::create(pen, blocks, most);
  pen.arguments.push_back(chunk);
  return chunk;
}

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
  pen.passRequests(batch, types);
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
  setTileAttributes(kernel, config);
  Value x = arith::CeilDivSIOp::create(pen, totalQ, pen.constant(config.queryTile));
  Value y = arith::CeilDivSIOp::create(pen, maxBlocks, chunkOfIndexScore(pen, config, x, maxBlocks));
  pen.launch(kernel, x, y, pen.constant(1));
  op.erase();
  return success();
}

} // namespace mlir::msa
