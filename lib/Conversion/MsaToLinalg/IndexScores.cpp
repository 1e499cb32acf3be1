//===- IndexScores.cpp - block scores of a tile of tokens -----------------===//
//
// Index keys are shared by all heads, so a tile of neighbouring tokens is a matrix: rows r = token * heads + head. For every KV
// tile s[k, r] = keys . q^T, then the maximum down each column, times the scale. Only KV tiles that reach past what the first token of
// the segment sees are masked; NaN never beats a maximum.
//
//===----------------------------------------------------------------------===//
#include "IndexScores.h"
#include "Decompose.h"

namespace mlir::msa {

using Values = TensorBuilder::Values;

/// The tokens [first, first + count) of one request.
struct IndexBranch::Segment {
  Value request;
  Requests::Bounds bounds;
  Value first, count;
  Value at;           ///< of its first token in the tile
  Value rows;         ///< count * heads, padded
  Value fewest, most; ///< keys that its first and its last token see
  Value visible;      ///< i32 [rows]: keys that each row sees
};

int64_t IndexBranch::largestTile() const { return std::max<int64_t>(1, 32 / heads); }

Value IndexBranch::tileSize(TensorBuilder &b, const Requests &requests, Value totalQ) const {
  Value each =
      b.div(b.add(totalQ, b.sub(requests.numRequests(), b.index(1))), b.max(requests.numRequests(), b.index(1)));
  return b.max(b.min(each, b.index(largestTile())), b.index(1));
}

Value IndexBranch::readQueries(TensorBuilder &b, const Segment &segment) const {
  int64_t most = paddedRows(largestTile() * heads);
  Value queries = b.fill(b.f32(0), b.empty({dim, most}, b.getF32Type()));
  OpFoldResult zero = b.getIndexAttr(0);
  return b.forLoop(b.index(0), segment.count, b.index(1), queries, [&](Value i, ValueRange state) -> Values {
    TokenSlice place = tokenSlice(b, query, b.add(segment.first, i), zero, heads);
    Value source = b.slice(query, place.offsets, place.sizes, {heads, dim});
    SmallVector<OpFoldResult> offsets = {zero, b.mul(i, b.index(heads))},
                              sizes = {b.getIndexAttr(dim), b.getIndexAttr(heads)};
    Value target = transposeScaled(b, source, b.slice(state[0], offsets, sizes, {dim, heads}), 1.0);
    return {b.insertSlice(target, state[0], offsets, sizes)};
  })[0];
}

Value IndexBranch::scoreBlock(TensorBuilder &b, const Segment &segment, Value queries, Value block) const {
  Type f32 = b.getF32Type();
  int64_t most = paddedRows(largestTile() * heads);
  Value best = b.fill(b.negativeInfinity(), b.leading(b.empty({most}, f32), 0, segment.rows));
  Value first = b.mul(block, b.index(blockSize));
  Value end = b.min(b.add(first, b.index(blockSize)), segment.most);
  return b.forLoop(first, end, b.index(keys.tile), best, [&](Value at, ValueRange state) -> Values {
    Value count = b.min(b.index(keys.tile), b.sub(end, at));
    Value tile = keys.read(b, segment.request, segment.bounds, Value(), at, count);
    Value scores = b.leading(b.leading(b.empty({keys.tile, most}, f32), 0, count), 1, segment.rows);
    scores = b.fill(b.f32(0), scores);
    scores = linalg::MatmulOp::create(b, ValueRange{tile, b.leading(queries, 1, segment.rows)}, ValueRange{scores})
                 .getResult(0);
    Value isPartlySeen = b.less(segment.fewest, b.add(at, count));
    auto mask = [&]() -> Values {
      Value visible = b.leading(segment.visible, 0, segment.rows);
      Value base = arith::IndexCastOp::create(b, b.getI32Type(), at);
      return b.generic("kr", "", visible, {"r"}, scores, {"kr"}, [&](TensorBuilder &b, ValueRange args) -> Values {
        Value k = arith::IndexCastOp::create(b, b.getI32Type(), linalg::IndexOp::create(b, 0));
        Value sees = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, arith::AddIOp::create(b, base, k), args[0]);
        return {b.select(sees, args[1], b.negativeInfinity())};
      });
    };
    scores = b.ifElse(isPartlySeen, scores.getType(), mask, [&]() -> Values { return {scores}; })[0];
    return {maxOverKeys(b, scores, state[0])};
  })[0];
}

Value IndexBranch::scoreSegment(TensorBuilder &b, const Requests &requests, const Segment &segment,
                                Value scores) const {
  Value queries = readQueries(b, segment), zero = b.index(0), one = b.index(1), numHeads = b.index(heads);
  Value blocks = b.ceilDiv(segment.most, blockSize);
  return b.forLoop(zero, blocks, one, scores, [&](Value block, ValueRange state) -> Values {
    Value best = scoreBlock(b, segment, queries, block);
    return b.forLoop(zero, segment.count, one, state[0], [&](Value i, ValueRange outer) -> Values {
      return b.forLoop(zero, numHeads, one, outer[0], [&](Value head, ValueRange inner) -> Values {
        // Scaled here and not in the queries: scores of equal dot products must tie.
        Value score = tensor::ExtractOp::create(b, best, b.add(b.mul(i, numHeads), head));
        score = arith::MulFOp::create(b, score, b.f32(scale));
        return {tensor::InsertOp::create(b, score, inner[0], ValueRange{head, b.add(segment.at, i), block})};
      });
    });
  })[0];
}

Value IndexBranch::scoreTile(TensorBuilder &b, const Requests &requests, Value first, Value end, Value scores) const {
  Value zero = b.index(0), one = b.index(1);
  scores = b.fill(b.negativeInfinity(), scores);
  // Requests in the tile: one for most, none of them past the last. Empty ones between have count 0 and see nothing.
  Value firstRequest = requests.requestOf(b, first);
  Value lastRequest = b.min(b.add(requests.requestOf(b, b.sub(end, one)), one), requests.numRequests());
  return b.forLoop(firstRequest, lastRequest, one, scores, [&](Value request, ValueRange state) -> Values {
    Segment segment;
    segment.request = request;
    segment.bounds = requests.boundsOf(b, request);
    segment.first = b.max(first, segment.bounds.qBegin);
    Value segmentEnd = b.min(end, b.add(segment.bounds.qBegin, segment.bounds.qLen));
    segment.count = b.max(b.sub(segmentEnd, segment.first), zero);
    segment.at = b.sub(segment.first, first);
    segment.rows = b.mul(b.ceilDiv(b.mul(segment.count, b.index(heads)), 8), b.index(8));
    segment.fewest = requests.visibleKeys(b, segment.bounds, segment.first);
    Value most = requests.visibleKeys(b, segment.bounds, b.sub(segmentEnd, one));
    segment.most = b.select(b.less(zero, segment.count), most, zero);

    Value visible = b.empty({paddedRows(largestTile() * heads)}, b.getI32Type());
    segment.visible = b.generic("r", "", {}, {}, visible, {"r"}, [&](TensorBuilder &b, ValueRange) -> Values {
      Value row = linalg::IndexOp::create(b, 0);
      Value keys = requests.visibleKeys(b, segment.bounds, b.add(segment.first, b.div(row, b.index(heads))));
      return {arith::IndexCastOp::create(b, b.getI32Type(), keys)};
    })[0];
    return {scoreSegment(b, requests, segment, state[0])};
  })[0];
}

SmallVector<Value> decompose(TensorBuilder &b, IndexScoresOp op) {
  KeyShape shape = indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), bool(op.getPageTable()));
  QueryShape query = queryShapeOf(shapedTypeOf(op.getIndexQuery()));
  IndexBranch branch{unpacked(op.getIndexQuery()),
                     Keys(op.getIndexKey(), shape, op.getPageTable(), op.getBlockSize()),
                     query.heads,
                     query.dim,
                     int64_t(op.getBlockSize()),
                     softmaxScaleOf(op)};
  Value totalQ = b.index(totalQOf(b, b.getLoc(), branch.query));
  Requests requests = requestsOf(b, op, op.getIndexKey(), shape, totalQ);
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  OpFoldResult maxBlocks =
      maxBlocksOf(b, b.getLoc(), op.getIndexKey(), /*isIndexKey=*/true, op.getPageTable(), op.getBlockSize());
  OpFoldResult zero = b.getIndexAttr(0), heads = b.getIndexAttr(branch.heads);
  if (!type.isDynamicDim(2)) maxBlocks = b.getIndexAttr(type.getDimSize(2));

  Value tile = branch.tileSize(b, requests, totalQ);
  Value tiles = b.div(b.add(totalQ, b.sub(tile, b.index(1))), tile);
  return b.forall({tiles}, b.empty(type, {heads, totalQ, maxBlocks}), [&](ValueRange indices, ValueRange outputs) {
    Value first = b.mul(indices[0], tile), end = b.min(b.add(first, tile), totalQ);
    SmallVector<OpFoldResult> offsets = {zero, first, zero}, sizes = {heads, b.sub(end, first), maxBlocks};
    Value scores = b.slice(outputs[0], offsets, sizes, {branch.heads, ShapedType::kDynamic, type.getDimSize(2)});
    scores = branch.scoreTile(b, requests, first, end, scores);
    return SmallVector<TensorBuilder::Piece>{{scores, offsets, sizes}};
  });
}

} // namespace mlir::msa
