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
// transpose_selection: one turn a KV head; count, add up, scatter in token order. The worklist follows from the lists
//===----------------------------------------------------------------------===//

namespace {

class TransposeWriter {
public:
  TransposeWriter(TensorBuilder &b, TransposeSelectionOp op)
      : b(b),
        op(op),
        layout(selectionOf(op).getLayout()),
        topk(shapedTypeOf(op.getSelected()).getDimSize(2)),
        numRows(op.getBatch() * op.getMaxBlocks()) {}

  Values write() {
    OpFoldResult heads = sizeOf(b, b.getLoc(), op.getSelected(), headAxis(layout));
    totalQ = b.index(sizeOf(b, b.getLoc(), op.getSelected(), tokenAxis(layout)));
    OpFoldResult numOffsets = b.getIndexAttr(numRows + 1), numIds = b.mul(totalQ, b.index(topk));
    auto typeOf = [&](unsigned i) { return cast<RankedTensorType>(op.getResult(i).getType()); };
    RankedTensorType idsType = typeOf(1);
    if (!idsType.isDynamicDim(1)) numIds = b.getIndexAttr(idsType.getDimSize(1));
    Values empty = {b.empty(typeOf(0), {heads, numOffsets}), b.empty(idsType, {heads, numIds})};
    if (op.hasSlots()) empty.push_back(b.empty(typeOf(2), {heads, numIds}));
    Values lists = b.forall({heads}, empty, [&](ValueRange indices, ValueRange outputs) {
      head = indices[0];
      SmallVector<OpFoldResult> place = {head, b.getIndexAttr(0)}, offsetSizes = {b.getIndexAttr(1), numOffsets},
                                idSizes = {b.getIndexAttr(1), numIds};
      Value offsets = countRows(b.slice(outputs[0], place, offsetSizes, {numRows + 1}));
      Values entries;
      for (Value output : outputs.drop_front())
        entries.push_back(b.slice(output, place, idSizes, {idsType.getDimSize(1)}));
      entries = scatter(offsets, entries);
      SmallVector<TensorBuilder::Piece> pieces{{offsets, place, offsetSizes}};
      for (Value entry : entries) pieces.push_back({entry, place, idSizes});
      return pieces;
    });
    if (!op.getMaxQueries()) return lists;
    ReifiedRankedShapedTypeDims shapes;
    (void)op.reifyResultShapes(b, shapes);
    unsigned worklist = op.getNumResults() - 2;
    llvm::append_range(lists,
                       shareOut(lists[0], lists[1], b.empty(typeOf(worklist), shapes[worklist]), b.index(heads)));
    return lists;
  }

private:
  /// Calls `body(token, slot, row, state)` for every selected block, tokens in order; row = request * max_blocks + block.
  Values forEachChoice(ValueRange inits,
                       function_ref<Values(Value token, Value slot, Value row, ValueRange state)> body) {
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
          return body(token, slot, b.add(firstRow, block), inner);
        });
      });
    });
  }

  /// offsets[r] = how many tokens chose a row before r.
  Value countRows(Value offsets) {
    Value one = b.index(1);
    offsets = b.fill(b.i32(0), offsets);
    offsets = forEachChoice(offsets, [&](Value, Value, Value row, ValueRange state) -> Values {
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

  /// Writes ids and, where wanted, slots over `entries`.
  Values scatter(Value offsets, Values entries) {
    // Where the next token of each row goes.
    Value next = b.leading(offsets, 0, b.getIndexAttr(numRows));
    next = linalg::CopyOp::create(b, next, b.empty({numRows}, b.getI32Type())).getResult(0);
    Values inits;
    for (Value entry : entries) inits.push_back(b.fill(b.i32(-1), entry));
    inits.push_back(next);
    Values results = forEachChoice(inits, [&](Value token, Value slot, Value row, ValueRange state) -> Values {
      Value place = tensor::ExtractOp::create(b, state.back(), row);
      Value at = arith::IndexCastOp::create(b, b.getIndexType(), place);
      Values written, entry = {token, slot};
      for (auto [value, list] : llvm::zip(entry, state.drop_back()))
        written.push_back(tensor::InsertOp::create(b, toI32(value), list, at));
      written.push_back(tensor::InsertOp::create(b, b.add(place, b.i32(1)), state.back(), row));
      return written;
    });
    results.pop_back();
    return results;
  }

  /// The worklist and its size: heads, sub-chunks and rows in order, a row's entries of a sub-chunk in equal parts.
  Values shareOut(Value offsets, Value ids, Value worklist, Value heads) {
    Value zero = b.index(0), one = b.index(1), rows = b.index(numRows);
    int64_t subChunk = op.getSubChunk(), maxQueries = *op.getMaxQueries();
    Value length = subChunk ? b.index(subChunk) : b.max(totalQ, one);
    Value chunks = b.div(b.add(totalQ, b.sub(length, one)), length);
    Values state = {b.fill(b.i32(-1), worklist), zero};
    state = b.forLoop(zero, heads, one, state, [&](Value h, ValueRange outer) {
      // Where the rest of each row's list begins.
      SmallVector<OpFoldResult> place = {h, b.getIndexAttr(0)}, sizes = {b.getIndexAttr(1), b.getIndexAttr(numRows)};
      Value begins =
          linalg::CopyOp::create(b, b.slice(offsets, place, sizes, {numRows}), b.empty({numRows}, b.getI32Type()))
              .getResult(0);
      Values inits(outer.begin(), outer.end());
      inits.push_back(begins);
      Values head = b.forLoop(zero, chunks, one, inits, [&](Value chunk, ValueRange middle) {
        Value end = b.mul(b.add(chunk, one), length);
        return b.forLoop(zero, rows, one, middle, [&](Value row, ValueRange inner) -> Values {
          Value first = b.loadIndex(inner[2], row), rowEnd = b.loadIndex(offsets, {h, b.add(row, one)});
          Value last = b.whileLoop(
              first,
              [&](ValueRange args) {
                Value more = b.less(args[0], rowEnd);
                return b.ifElse(
                    more, b.getI1Type(), [&]() -> Values { return {b.less(b.loadIndex(ids, {h, args[0]}), end)}; },
                    [&]() -> Values { return {more}; })[0];
              },
              [&](ValueRange args) -> Values { return {b.add(args[0], one)}; })[0];
          Values parts = addParts(inner[0], inner[1], {h, row, first}, b.sub(last, first), maxQueries);
          return {parts[0], parts[1], tensor::InsertOp::create(b, toI32(last), inner[2], row)};
        });
      });
      return Values{head[0], head[1]};
    });
    Value count = b.empty({1}, b.getI32Type());
    return {state[0], tensor::InsertOp::create(b, toI32(state[1]), count, zero)};
  }

  /// `item` has the head, the row and the first entry of the list of `count`.
  Values addParts(Value worklist, Value next, Values item, Value count, int64_t maxQueries) {
    Value zero = b.index(0), one = b.index(1);
    Value parts = b.max(b.ceilDiv(count, maxQueries), one);
    Value size = b.max(b.div(b.add(count, b.sub(parts, one)), parts), one);
    return b.forLoop(zero, count, size, {worklist, next}, [&](Value begin, ValueRange state) -> Values {
      Value list = state[0];
      Value columns[4] = {item[0], item[1], b.add(item[2], begin), b.min(size, b.sub(count, begin))};
      for (auto [column, value] : llvm::enumerate(columns))
        list = tensor::InsertOp::create(b, toI32(value), list, ValueRange{state[1], b.index(column)});
      return {list, b.add(state[1], one)};
    });
  }

  Value toI32(Value index) { return arith::IndexCastOp::create(b, b.getI32Type(), index); }

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
    SmallVector<OpFoldResult> source = {indices[0], indices[1], zero}, target = source,
                              sizes = {one, one, b.getIndexAttr(topk)};
    if (turns) std::swap(target[0], target[1]);
    Value ids = b.slice(selected, source, sizes, {topk});
    ids = linalg::CopyOp::create(b, ids, b.slice(outputs[0], target, sizes, {topk})).getResult(0);
    if (sorts) ids = sortAscending(b, ids, usedSlots(b, selected, indices, topk), Value());
    return SmallVector<TensorBuilder::Piece>{{ids, target, sizes}};
  });
}

} // namespace mlir::msa
