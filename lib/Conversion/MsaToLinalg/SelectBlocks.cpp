//===- SelectBlocks.cpp - from scores, or from index queries and keys -----===//
#include "Decompose.h"
#include "IndexScores.h"
#include "SelectRow.h"

namespace mlir::msa {

using Values = TensorBuilder::Values;

namespace {

class SelectWriter {
public:
  SelectWriter(TensorBuilder &b, SelectBlocksOp op)
      : b(b),
        op(op),
        selector{int64_t(op.getTopk()), int64_t(op.getSinkBlocks()), int64_t(op.getLocalBlocks()),
                 selectionOf(op).getOrder()},
        layout(selectionOf(op).getLayout()),
        heads(cast<RankedTensorType>(op.getResult(0).getType()).getDimSize(headAxis(layout))) {}

  Values fromScores() {
    Value scores = op.getScores();
    Value totalQ = b.index(sizeOf(b, b.getLoc(), scores, 1));
    Requests requests = requestsOf(b, op, Value(), KeyShape(), totalQ);
    return b.forall({b.getIndexAttr(heads), totalQ}, emptyResults(totalQ), [&](ValueRange indices, ValueRange outputs) {
      Value head = indices[0], token = indices[1];
      Values rows = selectRow(requests, scores, head, token, token, outputs, {head, token});
      SmallVector<TensorBuilder::Piece> pieces;
      for (Value row : rows) pieces.push_back({row, rowOffsets(head, token), rowSizes()});
      return pieces;
    });
  }

  Values fromIndex() {
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
    OpFoldResult maxBlocks =
        maxBlocksOf(b, b.getLoc(), op.getIndexKey(), /*isIndexKey=*/true, op.getPageTable(), op.getBlockSize());
    Value tile = branch.tileSize(b, requests, totalQ);
    Value tiles = b.div(b.add(totalQ, b.sub(tile, b.index(1))), tile);
    return b.forall({tiles}, emptyResults(totalQ), [&](ValueRange indices, ValueRange outputs) {
      Value first = b.mul(indices[0], tile), end = b.min(b.add(first, tile), totalQ), count = b.sub(end, first);
      auto type = RankedTensorType::get(
          {heads, branch.largestTile(), getConstantIntValue(maxBlocks).value_or(ShapedType::kDynamic)}, b.getF32Type());
      Value scores = b.empty(type, {b.getIndexAttr(heads), b.getIndexAttr(branch.largestTile()), maxBlocks});
      scores = branch.scoreTile(b, requests, first, end, scores);
      return selectTile(requests, scores, first, count, outputs);
    });
  }

private:
  Values emptyResults(Value totalQ) {
    Values results;
    for (Value result : op.getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), type.getShape());
      sizes[tokenAxis(layout)] = totalQ;
      results.push_back(b.empty(type, sizes));
    }
    return results;
  }

  SmallVector<OpFoldResult> rowOffsets(Value head, Value token) {
    SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0));
    offsets[headAxis(layout)] = head;
    offsets[tokenAxis(layout)] = token;
    return offsets;
  }
  SmallVector<OpFoldResult> rowSizes() { return {b.getIndexAttr(1), b.getIndexAttr(1), b.getIndexAttr(selector.topk)}; }

  /// Selects for one row; returns what goes to `place` (head, token) of each of `outputs`.
  Values selectRow(const Requests &requests, Value scores, Value head, Value scoreToken, Value token,
                   ValueRange outputs, ValueRange place) {
    Value request = requests.requestOf(b, token);
    Requests::Bounds bounds = requests.boundsOf(b, request);
    Value visible = requests.visibleKeys(b, bounds, token), minusOne = b.index(-1);
    int64_t blockSize = op.getBlockSize();
    RowSelector::Row row = {scores, {head, scoreToken}, b.ceilDiv(visible, blockSize), Value()};
    row.local = b.sub(row.blocks, b.index(1));
    if (!requests.isCausal()) {
      Value position = Requests::positionOf(b, bounds, token);
      Value own = b.min(position, b.sub(bounds.kvLen, b.index(1))); // negative where there is none
      row.local = b.select(b.less(own, b.index(0)), minusOne, b.div(own, b.index(blockSize)));
    }
    auto slice = [&](Value output) {
      return b.slice(output, rowOffsets(place[0], place[1]), rowSizes(), {selector.topk});
    };
    auto [ids, chosen] = selector.select(b, row, slice(outputs[0]), outputs.size() > 1 ? slice(outputs[1]) : Value());
    Values results = {ids};
    if (chosen) results.push_back(chosen);
    return results;
  }

  SmallVector<TensorBuilder::Piece> selectTile(const Requests &requests, Value scores, Value first, Value count,
                                               ValueRange outputs) {
    Value zero = b.index(0), one = b.index(1);
    SmallVector<OpFoldResult> offsets = rowOffsets(zero, first), sizes = rowSizes();
    SmallVector<int64_t> shape(3, selector.topk);
    sizes[headAxis(layout)] = b.getIndexAttr(shape[headAxis(layout)] = heads);
    sizes[tokenAxis(layout)] = count;
    shape[tokenAxis(layout)] = ShapedType::kDynamic;
    offsets[headAxis(layout)] = b.getIndexAttr(0);
    Values tiles;
    for (Value output : outputs) tiles.push_back(b.slice(output, offsets, sizes, shape));
    tiles = b.forLoop(zero, count, one, tiles, [&](Value i, ValueRange outer) {
      return b.forLoop(zero, b.index(heads), one, outer, [&](Value head, ValueRange inner) {
        Values rows = selectRow(requests, scores, head, i, b.add(first, i), inner, {head, i});
        Values next;
        for (auto [row, tile] : llvm::zip_equal(rows, inner))
          next.push_back(b.insertSlice(row, tile, rowOffsets(head, i), rowSizes()));
        return next;
      });
    });
    SmallVector<TensorBuilder::Piece> pieces;
    for (Value tile : tiles) pieces.push_back({tile, offsets, sizes});
    return pieces;
  }

  TensorBuilder &b;
  SelectBlocksOp op;
  RowSelector selector;
  SelectionLayout layout;
  int64_t heads;
};

} // namespace

SmallVector<Value> decompose(TensorBuilder &b, SelectBlocksOp op) {
  SelectWriter writer(b, op);
  return op.getScores() ? writer.fromScores() : writer.fromIndex();
}

} // namespace mlir::msa
