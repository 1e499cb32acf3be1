//===- Selection.cpp - selections transposed and brought into other contracts ----===//
#include "Decompose.h"
#include "SelectRow.h"

namespace mlir::msa {

using Values = TensorBuilder::Values;

Value usedSlots(TensorBuilder &b, Value selected, ValueRange row, int64_t topk) {
  Value slots = b.index(topk), one = b.index(1);
  return b.forLoop(b.index(0), slots, one, slots, [&](Value i, ValueRange args) -> Values {
    Value slot = b.sub(b.sub(slots, one), i);
    Value isUnused = b.less(b.loadIndex(selected, {row[0], row[1], slot}), b.index(0));
    return {b.select(isUnused, slot, args[0])};
  })[0];
}

//===----------------------------------------------------------------------===//
// transpose_selection: one turn a KV head; count, add up, scatter in token order
//===----------------------------------------------------------------------===//

namespace {

class TransposeWriter {
public:
  TransposeWriter(TensorBuilder &b, TransposeSelectionOp op)
      : b(b), op(op), layout(selectionOf(op).getLayout()), topk(shapedTypeOf(op.getSelected()).getDimSize(2)),
        numRows(op.getBatch() * op.getMaxBlocks()) {}

  Values write() {
    OpFoldResult heads = sizeOf(b, b.getLoc(), op.getSelected(), headAxis(layout));
    totalQ = b.index(sizeOf(b, b.getLoc(), op.getSelected(), tokenAxis(layout)));
    OpFoldResult numOffsets = b.getIndexAttr(numRows + 1), numIds = b.mul(totalQ, b.index(topk));
    auto offsetsType = cast<RankedTensorType>(op.getResult(0).getType()), idsType = cast<RankedTensorType>(op.getResult(1).getType());
    if (!idsType.isDynamicDim(1)) numIds = b.getIndexAttr(idsType.getDimSize(1));
    Values empty = {b.empty(offsetsType, {heads, numOffsets}), b.empty(idsType, {heads, numIds})};
    return b.forall({heads}, empty, [&](ValueRange indices, ValueRange outputs) {
      head = indices[0];
      SmallVector<OpFoldResult> place = {head, b.getIndexAttr(0)}, offsetSizes = {b.getIndexAttr(1), numOffsets}, idSizes = {b.getIndexAttr(1), numIds};
      Value offsets = countRows(b.slice(outputs[0], place, offsetSizes, {numRows + 1}));
      Value ids = scatter(offsets, b.slice(outputs[1], place, idSizes, {idsType.getDimSize(1)}));
      return SmallVector<TensorBuilder::Piece>{{offsets, place, offsetSizes}, {ids, place, idSizes}};
    });
  }

private:
  /// Calls `body(token, row, state)` for every selected block, tokens in order; row = request * max_blocks + block.
  Values forEachChoice(ValueRange inits, function_ref<Values(Value token, Value row, ValueRange state)> body) {
    Value zero = b.index(0), one = b.index(1), batch = b.index(op.getBatch());
    Value each = b.max(b.div(totalQ, batch), one);
    // Requests in turn, then their tokens: no request is searched for. Tokens past the last request are left out.
    return b.forLoop(zero, batch, one, inits, [&](Value request, ValueRange outer) {
      Value first = b.mul(request, each), end = b.add(first, each);
      if (Value cu = op.getCuSeqlensQ()) {
        first = b.loadIndex(cu, request);
        end = b.loadIndex(cu, b.add(request, one));
      }
      Value firstRow = b.mul(request, b.index(op.getMaxBlocks()));
      return b.forLoop(first, b.min(end, totalQ), one, outer, [&](Value token, ValueRange middle) {
        Value row[2] = {head, token};
        if (layout == SelectionLayout::QHK) std::swap(row[0], row[1]);
        Value used = usedSlots(b, op.getSelected(), row, topk);
        return b.forLoop(zero, used, one, middle, [&](Value slot, ValueRange inner) {
          Value block = b.loadIndex(op.getSelected(), {row[0], row[1], slot});
          return body(token, b.add(firstRow, block), inner);
        });
      });
    });
  }

  /// offsets[r] = how many tokens chose a row before r.
  Value countRows(Value offsets) {
    Value one = b.index(1);
    offsets = b.fill(b.i32(0), offsets);
    offsets = forEachChoice(offsets, [&](Value, Value row, ValueRange state) -> Values {
      Value next = b.add(row, one);
      Value count = tensor::ExtractOp::create(b, state[0], next);
      return {tensor::InsertOp::create(b, b.add(count, b.i32(1)), state[0], next)};
    })[0];
    return b.forLoop(b.index(0), b.index(numRows), one, offsets, [&](Value row, ValueRange state) -> Values {
      Value next = b.add(row, one);
      Value sum = b.add(tensor::ExtractOp::create(b, state[0], row), tensor::ExtractOp::create(b, state[0], next));
      return {tensor::InsertOp::create(b, sum, state[0], next)};
    })[0];
  }

  Value scatter(Value offsets, Value ids) {
    // Where the next token of each row goes.
    Value next = b.leading(offsets, 0, b.getIndexAttr(numRows));
    next = linalg::CopyOp::create(b, next, b.empty({numRows}, b.getI32Type())).getResult(0);
    return forEachChoice({b.fill(b.i32(-1), ids), next}, [&](Value token, Value row, ValueRange state) -> Values {
      Value place = tensor::ExtractOp::create(b, state[1], row);
      Value at = arith::IndexCastOp::create(b, b.getIndexType(), place);
      Value id = arith::IndexCastOp::create(b, b.getI32Type(), token);
      return {tensor::InsertOp::create(b, id, state[0], at), tensor::InsertOp::create(b, b.add(place, b.i32(1)), state[1], row)};
    })[0];
  }

  TensorBuilder &b;
  TransposeSelectionOp op;
  SelectionLayout layout;
  int64_t topk, numRows;
  Value totalQ, head;
};

} // namespace

SmallVector<Value> decompose(TensorBuilder &b, TransposeSelectionOp op) { return TransposeWriter(b, op).write(); }

//===----------------------------------------------------------------------===//
// relayout_selection: one turn a row
//===----------------------------------------------------------------------===//

SmallVector<Value> decompose(TensorBuilder &b, RelayoutSelectionOp op) {
  SelectionAttr from = op.getFrom(), to = op.getTo();
  Value selected = op.getSelected();
  int64_t topk = shapedTypeOf(selected).getDimSize(2);
  bool sorts = !impliesOrder(from.getOrder(), to.getOrder());
  SmallVector<OpFoldResult> counts = {sizeOf(b, b.getLoc(), selected, 0), sizeOf(b, b.getLoc(), selected, 1)};
  SmallVector<OpFoldResult> resultSizes = {counts[0], counts[1], b.getIndexAttr(topk)};
  bool turns = from.getLayout() != to.getLayout();
  if (turns) std::swap(resultSizes[0], resultSizes[1]);
  Value empty = b.empty(cast<RankedTensorType>(op.getResult(0).getType()), resultSizes);
  return b.forall(counts, empty, [&](ValueRange indices, ValueRange outputs) {
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    SmallVector<OpFoldResult> source = {indices[0], indices[1], zero}, target = source, sizes = {one, one, b.getIndexAttr(topk)};
    if (turns) std::swap(target[0], target[1]);
    Value ids = b.slice(selected, source, sizes, {topk});
    ids = linalg::CopyOp::create(b, ids, b.slice(outputs[0], target, sizes, {topk})).getResult(0);
    if (sorts) ids = sortAscending(b, ids, usedSlots(b, selected, indices, topk), Value());
    return SmallVector<TensorBuilder::Piece>{{ids, target, sizes}};
  });
}

} // namespace mlir::msa
