// Block scores: a tile of neighbouring tokens, all index heads at once, against a chunk of its requests' KV blocks. For prefill (many
// rows, bound by the products) and decode (few rows, bound by the keys' bytes) alike. Budget and measurements: IndexScore.md.
#include "IndexTile.h"

namespace mlir::tile {

KernelOp buildIndexScore(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                         const ::msa::TileConfig &config, const IndexTypes &types) {
  TileBuilder b(loc, builder);
  bool isGiven = config.mma == ::msa::MmaKind::Wgmma;
  KernelOp kernel = IndexTile::startKernel(b, name, config, types, isGiven ? 1 : 0);
  Scalar chunk = isGiven ? b.wrap(kernel.getBody().getArguments().back()) : b.index(config.chunkBlocks);
  IndexTile tile(b, problem, config, types, kernel, b.programId(0));
  Scalar firstBlock = b.programId(1) * chunk;
  Scalar endBlock = min(firstBlock + chunk, tile.maxBlocks);

  // Scores leave eight blocks at a time: a row's eight are 32 bytes that follow one another in memory.
  constexpr int64_t kGroup = 8;
  Value nothing = b.splatFrag(b.negativeInfinity(), tile.rows, kGroup);
  Scalar scale = b.f32(problem.softmaxScale), minusInf = b.negativeInfinity();

  tile.forEachRequest({}, [&](const IndexTile::Segment &segment, ValueRange) -> SmallVector<Value> {
    auto store = [&](Value group, Scalar number) {
      Scalar block = firstBlock + number;
      b.storeColumns(group, tile.scores, block, min(endBlock - block, b.index(kGroup)), tile.rowPiece, 0,
                     [&](Scalar row) { return tile.place(segment, row); });
    };
    Scalar visible = ceilDiv(segment.most, problem.blockSize);
    Scalar count = max(min(visible, endBlock) - firstBlock, b.index(0));
    count = ceilDiv(count, tile.blocksAStep()) * tile.blocksAStep();

    tile.forEachBlock(segment, firstBlock, count, nothing, [&](Scalar number, Value best, ValueRange state) {
      Scalar column = number % kGroup;
      // Scaled here and not in the queries: scores of equal dot products must tie. A NaN loses against -inf.
      Value group = b.mapCols({state[0], best}, [&](Scalar, Scalar col, ArrayRef<Scalar> in) {
        return select(col == column, max(in[1], minusInf) * scale, in[0]);
      });
      Scalar full = column == b.index(kGroup - 1), last = number + 1 == count;
      return b.ifElse(
          full | last,
          [&]() -> SmallVector<Value> {
            store(group, number - column);
            return {nothing};
          },
          [&]() -> SmallVector<Value> { return {group}; });
    });

    // What no token of the request sees.
    Scalar done = ceilDiv(count, kGroup) * kGroup;
    Scalar rest = max(endBlock - firstBlock - done, b.index(0));
    Scalar groups = select(segment.first < segment.end, ceilDiv(rest, kGroup), b.index(0));
    b.forEach(groups, {}, [&](Scalar i, ValueRange) -> SmallVector<Value> {
      store(nothing, done + i * kGroup);
      return {};
    });
    return {};
  });
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
