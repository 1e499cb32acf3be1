// A selection straight from index queries and keys: the block scores of a tile of neighbouring tokens, and each row's best of
// them kept in registers as the blocks go by, so that no score is ever written. Budget and measurements: IndexSelect.md.
#include "IndexTile.h"
#include "msa/Support/ResourceModel.h"

namespace mlir::tile {

KernelOp buildIndexSelect(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                          const ::msa::TileConfig &config, const IndexTypes &types, bool tokenFirst, TopKOrder order) {
  TileBuilder b(loc, builder);
  KernelOp kernel = IndexTile::startKernel(b, name, config, types);
  IndexTile tile(b, problem, config, types, kernel, b.programId(0));
  Scalar zero = b.index(0), one = b.index(1), minusInf = b.negativeInfinity(), scale = b.f32(problem.softmaxScale);
  int64_t step = tile.blocksAStep(), firstBlock = problem.sinkBlocks / step * step;
  auto isFull = [&](const RowBlocks &row) { return b.index(problem.topk) < row.blocks; }; // else all are chosen, unseen

  Value best = b.topKEmpty(tile.rows, ::msa::scoredPlaces(problem));
  auto seen = [&](const IndexTile::Segment &segment, ValueRange state) -> SmallVector<Value> {
    // Row r chooses among the blocks [sinkBlocks, low) and, without causality, [high, end).
    RowBlocks last = tile.requests.blocksOf(segment.request, max(segment.end, one) - 1);
    Scalar end = select((segment.first < segment.end) & isFull(last), problem.causal ? last.low : last.blocks, zero);
    auto ofRow = [&](auto bound) {
      return b.rows(tile.rows, [&](Scalar row) {
        Scalar token = tile.firstToken + row / tile.heads;
        RowBlocks blocks = tile.requests.blocksOf(segment.request, token);
        Scalar chooses = (token < segment.end) & (segment.first < token + 1) & isFull(blocks);
        return b.toI32(bound(blocks, chooses));
      });
    };
    Value low = ofRow([&](const RowBlocks &row, Scalar chooses) { return select(chooses, row.low, zero); });
    Value high;
    if (!problem.causal)
      high = ofRow([&](const RowBlocks &row, Scalar chooses) { return select(chooses, row.high, last.blocks); });

    Scalar count = ceilDiv(max(end, b.index(firstBlock)) - firstBlock, step) * step;
    auto enter = [&](Scalar number, Value maxima, ValueRange now) -> SmallVector<Value> {
      Scalar block = number + firstBlock;
      // As index_score writes them: scores that are equal there tie here.
      Value scores = b.map(maxima, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], minusInf) * scale; });
      SmallVector<Value> bounds = {low};
      if (high) bounds.push_back(high);
      Scalar position = b.toI32(block), isPast = b.index(problem.sinkBlocks) < block + 1, exists = block < end;
      Value take = b.map(bounds, [&](Scalar, ArrayRef<Scalar> in) {
        Scalar isIn = position < in[0];
        if (high) isIn = isIn | (in[1] < position + 1);
        return select(isIn & isPast & exists, b.i32(1), b.i32(0));
      });
      return {b.topKInsert(now[0], scores, block, take)};
    };
    // A causal row chooses among blocks that it sees whole.
    return problem.causal ? tile.forEachWholeBlock(segment, b.index(firstBlock), count, state, enter)
                          : tile.forEachBlock(segment, b.index(firstBlock), count, state, enter);
  };
  best = tile.forEachRequest(best, seen).front();

  auto store = TopKStoreOp::create(b, order, best, tile.selected);
  {
    OpBuilder::InsertionGuard guard(b);
    Block &block = store.getRowMap().emplaceBlock();
    Scalar row = b.wrap(block.addArgument(b.getIndexType(), b.getLoc()));
    b.setInsertionPointToStart(&block);
    Scalar token = tile.firstToken + row / tile.heads, exists = select(token < tile.endToken, one, zero);
    token = min(token, tile.requests.totalQ - 1);
    Request request = tile.requests.requestOfToken(token);
    RowBlocks blocks = tile.requests.blocksOf(request, token);
    Scalar belongs = token - request.qBegin < request.qLen; // tokens past the last request select nothing
    Scalar head = select(isFull(blocks), blocks.sinkEnd, blocks.blocks);
    SmallVector<Scalar> place = {row % tile.heads, token};
    if (tokenFirst) std::swap(place[0], place[1]);
    for (Scalar count : {head, blocks.low, blocks.high}) place.push_back(select(belongs, count, zero));
    place.push_back(exists);
    YieldOp::create(b, SmallVector<Value>(place.begin(), place.end()));
  }
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
