//===- Attend.cpp - online softmax over the selected blocks ---------------===//
//
// One turn serves one token, one KV head and, with splits, one share of the selection: `group` rows that may all see the same
// keys. Scores are kept transposed, s[k, r]: what runs along a row of the attention matrix is elementwise in r, and both matrix
// products have their long axis contiguous. With shift = max over the keys so far, in base 2:
//
//   s = keys . (scale * log2(e) * q)^T         alpha = exp2(max_before - shift)
//   p = exp2(s - shift)                         sum = alpha * sum + sum_k p
//   acc = alpha * acc + p^T . values            output = acc / sum, lse = ln(2) * (max + log2(sum))
//
// A row that has seen nothing keeps max -inf and sum 0; its shift is 0, so that nothing becomes NaN.
//
//===----------------------------------------------------------------------===//
#include "Decompose.h"
#include "Keys.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::msa {

using Values = TensorBuilder::Values;

constexpr double kLog2E = 1.4426950408889634, kLn2 = 0.6931471805599453;

Value exp2(TensorBuilder &b, Value x) { return math::Exp2Op::create(b, x); }
Value log2(TensorBuilder &b, Value x) { return math::Log2Op::create(b, x); }

TokenSlice tokenSlice(TensorBuilder &b, Value query, Value token, OpFoldResult firstHead, int64_t count) {
  auto type = cast<RankedTensorType>(query.getType());
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  TokenSlice slice;
  if (type.getRank() == 4) {
    Value seqlen = b.index(sizeOf(b, b.getLoc(), query, 1));
    slice.offsets = {b.div(token, seqlen), b.rem(token, seqlen)};
    slice.sizes = {one, one};
  } else {
    slice.offsets = {token};
    slice.sizes = {one};
  }
  slice.offsets.append({firstHead, zero});
  slice.sizes.append({b.getIndexAttr(count), b.getIndexAttr(type.getShape().back())});
  return slice;
}

/// [batch, seqlen, ...] taken as one axis, the rest as it is.
static bool packsTokens(ArrayRef<ReassociationIndices> groups) {
  return groups.size() == 3 && groups[0].size() == 2 && groups[1].size() == 1;
}

Value unpacked(Value query) {
  auto collapse = query.getDefiningOp<tensor::CollapseShapeOp>();
  if (collapse && packsTokens(collapse.getReassociationIndices())) return collapse.getSrc();
  return query;
}

Value transposeScaled(TensorBuilder &b, Value source, Value target, double scale) {
  Value factor = b.f32(scale);
  return b.generic("rd", "", source, {"rd"}, target, {"dr"}, [&](TensorBuilder &b, ValueRange args) -> Values {
    Value x = args[0];
    if (!x.getType().isF32()) x = arith::ExtFOp::create(b, b.getF32Type(), x);
    return {arith::MulFOp::create(b, x, factor)};
  })[0];
}

Value maxOverKeys(TensorBuilder &b, Value tile, Value row) {
  return b.generic("kr", "k", tile, {"kr"}, row, {"r"}, [](TensorBuilder &b, ValueRange args) -> Values {
    Value isGreater = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, args[0], args[1]);
    return {b.select(isGreater, args[0], args[1])};
  })[0];
}

namespace {

/// What one turn carries from KV tile to KV tile.
struct State {
  Value max, sum; ///< [rows]
  Value acc;      ///< [group, dim]
  Values values() const { return {max, sum, acc}; }
};

class AttendWriter {
public:
  AttendWriter(TensorBuilder &b, AttendOp op)
      : b(b),
        op(op),
        query(unpacked(op.getQuery())),
        problem(*problemOf(op)),
        keyShape(keyShapeOf(shapedTypeOf(op.getKey()), bool(op.getPageTable()))),
        keys(op.getKey(), keyShape, op.getPageTable(), op.getBlockSize()),
        values(op.getValue(), keyShape, op.getPageTable(), op.getBlockSize()),
        group(problem.group()),
        rows(paddedRows(problem.group())),
        dim(problem.headDim),
        topk(shapedTypeOf(op.getSelected()).getDimSize(2)) {}

  Values write() {
    Value totalQ = b.index(totalQOf(b, b.getLoc(), query));
    Requests requests = requestsOf(b, op, op.getKey(), keyShape, totalQ);
    bool isSplit = op.getSplits() > 0;
    SmallVector<OpFoldResult> counts = {getAsOpFoldResult(totalQ), b.getIndexAttr(problem.numKvHeads)};
    if (isSplit) counts.push_back(b.getIndexAttr(op.getSplits()));
    Values results = b.forall(counts, emptyResults(totalQ), [&](ValueRange indices, ValueRange outputs) {
      Value token = indices[0], head = indices[1], split = isSplit ? indices[2] : b.index(0);
      State state = attendBlocks(requests, token, head, split);
      return finish(state, token, head, isSplit ? split : Value(), outputs);
    });
    packOutput(results[0]);
    return results;
  }

private:
  /// The output is computed dense where the query is: whoever unpacks the packed one can have it as it is.
  void packOutput(Value &output) {
    if (output.getType() == op.getResult(0).getType()) return;
    for (Operation *user : llvm::make_early_inc_range(op.getResult(0).getUsers())) {
      auto expand = dyn_cast<tensor::ExpandShapeOp>(user);
      if (!expand || !packsTokens(expand.getReassociationIndices()) || expand.getType() != output.getType()) continue;
      expand.replaceAllUsesWith(output);
      expand.erase();
    }
    SmallVector<ReassociationIndices> groups = {{0, 1}, {2}, {3}};
    output = tensor::CollapseShapeOp::create(b, cast<RankedTensorType>(op.getResult(0).getType()), output, groups);
  }

  Values emptyResults(Value totalQ) {
    Values results;
    for (Value result : op.getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      bool isOutput = result == op.getResult(0) && op.getSplits() == 0;
      if (isOutput) type = RankedTensorType::get(shapedTypeOf(query).getShape(), type.getElementType());
      SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), type.getShape());
      // Only tokens (and a dense query's requests) can be dynamic, and they are the query's.
      if (isOutput)
        for (int64_t axis = 0; axis < type.getRank() - 2; ++axis) sizes[axis] = sizeOf(b, b.getLoc(), query, axis);
      else sizes[op.getSplits() > 0 ? 1 : 0] = totalQ;
      results.push_back(b.empty(type, sizes));
    }
    return results;
  }

  /// The group's queries as [dim, rows], scaled for exp2; padding rows are 0.
  Value readQueries(Value token, Value head) {
    TokenSlice place = tokenSlice(b, query, token, b.mul(head, b.index(group)), group);
    Value source = b.slice(query, place.offsets, place.sizes, {group, dim});
    Value queries = b.empty({dim, rows}, b.getF32Type());
    double scale = softmaxScaleOf(op) * kLog2E;
    if (rows == group) return transposeScaled(b, source, queries, scale);
    queries = b.fill(b.f32(0), queries);
    Value target = transposeScaled(b, source, b.leading(queries, 1, b.getIndexAttr(group)), scale);
    OpFoldResult zero = b.getIndexAttr(0);
    return b.insertSlice(target, queries, {zero, zero}, {b.getIndexAttr(dim), b.getIndexAttr(group)});
  }

  State attendBlocks(const Requests &requests, Value token, Value head, Value split) {
    Value request = requests.requestOf(b, token);
    Requests::Bounds bounds = requests.boundsOf(b, request);
    Value visible = requests.visibleKeys(b, bounds, token);
    Value queries = readQueries(token, head);
    State initial = {b.fill(b.negativeInfinity(), b.empty({rows}, b.getF32Type())),
                     b.fill(b.f32(0), b.empty({rows}, b.getF32Type())),
                     b.fill(b.f32(0), b.empty({group, dim}, b.getF32Type()))};
    SmallVector<Value> row = {head, token};
    if (selectionOf(op).getLayout() == SelectionLayout::QHK) std::swap(row[0], row[1]);

    Value step = b.index(std::max<int64_t>(op.getSplits(), 1)), blockSize = b.index(op.getBlockSize());
    Values final = b.forLoop(
        split, usedSlots(b, op.getSelected(), row, topk), step, initial.values(), [&](Value slot, ValueRange outer) {
          Value block = b.loadIndex(op.getSelected(), {row[0], row[1], slot});
          Value first = b.mul(block, blockSize);
          Value end = b.min(b.add(first, blockSize), visible);
          return b.forLoop(first, end, b.index(keys.tile), outer, [&](Value at, ValueRange inner) {
            Value count = b.min(b.index(keys.tile), b.sub(end, at));
            Value keyTile = keys.read(b, request, bounds, head, at, count);
            Value valueTile = values.read(b, request, bounds, head, at, count);
            return attendTile(queries, keyTile, valueTile, count, {inner[0], inner[1], inner[2]}).values();
          });
        });
    return {final[0], final[1], final[2]};
  }

  State attendTile(Value queries, Value keyTile, Value valueTile, Value count, State state) {
    Type f32 = b.getF32Type();
    Value scores = b.fill(b.f32(0), b.leading(b.empty({keys.tile, rows}, f32), 0, count));
    scores = linalg::MatmulOp::create(b, ValueRange{keyTile, queries}, ValueRange{scores}).getResult(0);
    Value top = maxOverKeys(b, scores, b.fill(b.negativeInfinity(), b.empty({rows}, f32)));
    Values stats = b.generic("r", "", top, {"r"}, {state.max, state.sum, b.empty({rows}, f32), b.empty({rows}, f32)},
                             {"r", "r", "r", "r"}, [](TensorBuilder &b, ValueRange args) -> Values {
                               Value top = args[0], before = args[1], sum = args[2];
                               Value isHigher = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, top, before);
                               Value max = b.select(isHigher, top, before);
                               Value isEmpty =
                                   arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, max, b.negativeInfinity());
                               Value shift = b.select(isEmpty, b.f32(0), max);
                               Value alpha = exp2(b, arith::SubFOp::create(b, before, shift));
                               return {max, arith::MulFOp::create(b, sum, alpha), alpha, shift};
                             });
    Value alpha = stats[2], shift = stats[3];
    Value weights = b.generic("kr", "", shift, {"r"}, scores, {"kr"}, [](TensorBuilder &b, ValueRange args) -> Values {
      return {exp2(b, arith::SubFOp::create(b, args[1], args[0]))};
    })[0];
    Value sum = b.generic("kr", "k", weights, {"kr"}, stats[1], {"r"}, [](TensorBuilder &b, ValueRange args) -> Values {
      return {arith::AddFOp::create(b, args[0], args[1])};
    })[0];
    OpFoldResult used = b.getIndexAttr(group);
    Value acc = b.generic(
        "gd", "", b.leading(alpha, 0, used), {"g"}, state.acc, {"gd"},
        [](TensorBuilder &b, ValueRange args) -> Values { return {arith::MulFOp::create(b, args[1], args[0])}; })[0];
    acc = b.generic("gdk", "k", {b.leading(weights, 1, used), valueTile}, {"kg", "kd"}, acc, {"gd"},
                    [](TensorBuilder &b, ValueRange args) -> Values {
                      Value value = args[1];
                      if (!value.getType().isF32()) value = arith::ExtFOp::create(b, b.getF32Type(), value);
                      return {arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, args[0], value))};
                    })[0];
    return {stats[0], sum, acc};
  }

  SmallVector<TensorBuilder::Piece> finish(State state, Value token, Value head, Value split, ValueRange outputs) {
    OpFoldResult used = b.getIndexAttr(group), one = b.getIndexAttr(1);
    Value firstHead = b.mul(head, b.index(group));
    Value sum = b.leading(state.sum, 0, used), max = b.leading(state.max, 0, used);

    TokenSlice place;
    if (split) place = {{split, token, firstHead, b.getIndexAttr(0)}, {one, one, used, b.getIndexAttr(dim)}};
    else place = tokenSlice(b, outputs[0], token, firstHead, group);
    Value target = b.slice(outputs[0], place.offsets, place.sizes, {group, dim});
    Value inverse = b.generic("g", "", sum, {"g"}, b.empty({group}, b.getF32Type()), {"g"},
                              [](TensorBuilder &b, ValueRange args) -> Values {
                                Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, args[0], b.f32(0));
                                return {b.select(isEmpty, b.f32(0), arith::DivFOp::create(b, b.f32(1), args[0]))};
                              })[0];
    Value output = b.generic("gd", "", {state.acc, inverse}, {"gd", "g"}, target, {"gd"},
                             [](TensorBuilder &b, ValueRange args) -> Values {
                               Value value = arith::MulFOp::create(b, args[0], args[1]);
                               if (!args[2].getType().isF32())
                                 value = arith::TruncFOp::create(b, args[2].getType(), value);
                               return {value};
                             })[0];
    SmallVector<TensorBuilder::Piece> pieces = {{output, place.offsets, place.sizes}};
    if (outputs.size() == 1) return pieces;

    SmallVector<OpFoldResult> offsets = {token, firstHead}, sizes = {one, used};
    if (split) {
      offsets.insert(offsets.begin(), split);
      sizes.insert(sizes.begin(), one);
    }
    Value lseTarget = b.slice(outputs[1], offsets, sizes, {group});
    Value lse =
        b.generic("g", "", {max, sum}, {"g", "g"}, lseTarget, {"g"}, [](TensorBuilder &b, ValueRange args) -> Values {
          Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, args[1], b.f32(0));
          Value total = arith::AddFOp::create(b, args[0], log2(b, args[1]));
          return {b.select(isEmpty, b.negativeInfinity(), arith::MulFOp::create(b, total, b.f32(kLn2)))};
        })[0];
    pieces.push_back({lse, offsets, sizes});
    return pieces;
  }

  TensorBuilder &b;
  AttendOp op;
  Value query; ///< packed or dense
  ::msa::Problem problem;
  KeyShape keyShape;
  Keys keys, values;
  int64_t group, rows, dim, topk;
};

} // namespace

SmallVector<Value> decompose(TensorBuilder &b, AttendOp op) { return AttendWriter(b, op).write(); }

} // namespace mlir::msa
