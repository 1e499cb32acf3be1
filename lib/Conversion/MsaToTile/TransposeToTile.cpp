// The transposed selection: four launches, and temporaries that carry counts from one to the next.
#include "TransposeToTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::msa {

K2qLauncher::K2qLauncher(LaunchPen &pen, const K2qOperands &operands, const tile::K2qSizes &sizes, int64_t warps,
                         Value mostTokens)
    : pen(pen), sizes(sizes), totalQ(operands.totalQ), batch(operands.batch), maxBlocks(operands.maxBlocks) {
  auto product = [&](Value lhs, Value rhs) { return pen.createOrFold<arith::MulIOp>(lhs, rhs); };
  auto temporary = [&](ValueRange shape) -> Value {
    SmallVector<OpFoldResult> extents(getAsOpFoldResult(shape));
    return memref::AllocOp::create(pen, extents, pen.getI32Type());
  };
  heads = pen.constant(sizes.heads), rows = product(batch, maxBlocks);
  Value chunks = pen.createOrFold<arith::CeilDivSIOp>(mostTokens, pen.constant(sizes.chunk));
  Value spans = shares(mostTokens, sizes.span), groups = shares(rows, tile::K2qSizes::kGroup);
  Value groupCount = product(product(heads, groups), spans);

  tile::K2qTypes types;
  pen.arguments.clear();
  pen.pass(operands.selection, types.selection, false);
  pen.pass(operands.cuSeqlensQ, types.cuSeqlensQ, false);
  pen.pass(operands.rowOffsets, types.rowOffsets, false);
  pen.pass(operands.queryIds, types.queryIds, false);
  pen.pass(operands.slots, types.slots, false);
  pen.pass(operands.worklist, types.worklist, false);
  pen.pass(operands.numItems, types.numItems, false);
  pen.pass(temporary({heads, chunks, rows}), types.counts, false);
  pen.pass(temporary({heads, spans, rows}), types.sums, false);
  pen.pass(temporary({heads, spans, rows}), types.begins, false);
  pen.pass(temporary({groupCount}), types.groupSums, false);
  if (operands.worklist) pen.pass(temporary({groupCount}), types.groupParts, false);
  memrefs = std::move(pen.arguments);
  OpBuilder builder = pen.kernelBuilder();
  kernels = tile::buildK2q(builder, pen.getLoc(), pen.uniqueName("build_k2q", "_count"), sizes, types, warps);
}

void K2qLauncher::launch(Value firstToken, Value tokens, Value capacity) {
  Value chunks = pen.createOrFold<arith::CeilDivSIOp>(tokens, pen.constant(sizes.chunk)),
        windows = shares(rows, sizes.window);
  Value spans = shares(tokens, sizes.span), groups = shares(rows, tile::K2qSizes::kGroup);
  pen.arguments = memrefs;
  for (Value size : {totalQ, firstToken, tokens, batch, maxBlocks, capacity}) pen.arguments.push_back(size);
  pen.launch(kernels.count, chunks, heads, windows);
  pen.launch(kernels.sum, groups, spans, heads);
  pen.launch(kernels.offset, groups, spans, heads);
  pen.launch(kernels.scatter, chunks, heads, windows);
}

Value K2qLauncher::shares(Value size, int64_t share) {
  Value count = pen.createOrFold<arith::CeilDivSIOp>(size, pen.constant(share));
  return pen.createOrFold<arith::MaxSIOp>(count, pen.constant(1));
}

int64_t k2qWindow(int64_t rows) {
  // 1024 sets of 512 bits are 64 KiB: with 4 KiB of places they fit the 99 KiB of the smallest chips, and three thread blocks
  // the 227 KiB of the largest.
  constexpr int64_t kMost = 1024;
  return ShapedType::isDynamic(rows) || rows > kMost ? kMost : std::max<int64_t>((rows + 31) / 32 * 32, 32);
}

LogicalResult transposeToTile(TransposeSelectionOp op, ModuleOp module) {
  if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
  if (!op.getStrategyAttr() || !op.getTileConfigAttr()) return op.emitOpError("expects a strategy and a tile_config");
  if (op.getStrategyAttr().getKind() != StrategyKind::BuildK2q)
    return op.emitOpError("has no recipe for strategy ") << stringifyStrategyKind(op.getStrategyAttr().getKind());
  SelectionLayout layout = selectionOf(op).getLayout();
  if (layout != SelectionLayout::HQK)
    return op.emitOpError("expects a selection in layout hqk, but got ") << stringifySelectionLayout(layout);
  auto selected = cast<MemRefType>(op.getSelected().getType());
  if (selected.isDynamicDim(0) || selected.isDynamicDim(2))
    return op.emitOpError("expects static KV heads and topk, but got ") << selected;
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());

  LaunchPen pen(op, module);
  K2qOperands operands;
  operands.selection = op.getSelected(), operands.cuSeqlensQ = op.getCuSeqlensQ();
  operands.rowOffsets = op.getOuts()[0], operands.queryIds = op.getOuts()[1];
  if (op.hasSlots()) operands.slots = op.getOuts()[2];
  if (op.getMaxQueries()) {
    operands.worklist = op.getOuts().drop_back().back();
    operands.numItems = op.getOuts().back();
  }
  operands.totalQ = pen.size(op.getSelected(), 1);
  operands.batch = pen.constant(op.getBatch()), operands.maxBlocks = pen.constant(op.getMaxBlocks());

  tile::K2qSizes sizes{selected.getDimSize(0), selected.getDimSize(2), config.queryTile};
  constexpr int64_t kChunksOfSpan = 8; // as many counts as one thread reads at a time
  sizes.span = op.getSubChunk() ? int64_t(op.getSubChunk()) : config.queryTile * kChunksOfSpan;
  sizes.window = k2qWindow(int64_t(op.getBatch()) * int64_t(op.getMaxBlocks()));
  sizes.maxQueries = op.getMaxQueries().value_or(0), sizes.oneRequest = op.getBatch() == 1;
  Value capacity = operands.worklist ? pen.size(operands.worklist, 0) : pen.constant(0);
  K2qLauncher(pen, operands, sizes, config.warps, operands.totalQ).launch(pen.constant(0), operands.totalQ, capacity);
  op.erase();
  return success();
}

} // namespace mlir::msa
