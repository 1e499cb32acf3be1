// The same attention with products that run under the softmax: turn i multiplies the keys of tile i, then, while it computes
// their softmax, the values of tile i - 1 by the exponentials of the last turn.
#include "AttendTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tile {

/// The online softmax of one tile: `s` becomes `p`, exponentials that are not normalised. `decay` is what older sums and outputs
/// are to be multiplied by, in rows that have `grown`. No branches: a product may be in flight.
AttendTile::Softmax AttendTile::softmax(Value top, Value s, Value visible) {
  Scalar minusInf = b.negativeInfinity(), zero = b.f32(0);
  Value max = b.rowMax(s);
  Softmax result;
  // As in step(): only a row whose maximum has grown by more than the slack is rescaled.
  result.grown = b.map({top, max, visible}, [&](Scalar, ArrayRef<Scalar> in) {
    Scalar grows = (in[0] + b.f32(kSlack / scale) < in[1]) & (b.i32(0) < in[2]);
    return select(grows, b.i32(1), b.i32(0));
  });
  result.top = b.map({top, max, result.grown},
                     [&](Scalar, ArrayRef<Scalar> in) { return select(in[2] == b.i32(1), in[1], in[0]); });
  result.decay = b.map({top, result.top, result.grown}, [&](Scalar, ArrayRef<Scalar> in) {
    return select(in[2] == b.i32(1), exp2((in[0] - in[1]) * b.f32(scale)), b.f32(1));
  });
  // A row whose token did not choose the block gets exponentials of minus infinity; one that has seen no key is taken against 0, so
  // that no -inf minus -inf appears.
  Value shift = b.map({result.top, visible}, [&](Scalar, ArrayRef<Scalar> in) {
    Scalar ofTop = select(in[0] == minusInf, zero, zero - in[0] * b.f32(scale));
    return select(b.i32(0) < in[1], ofTop, minusInf);
  });
  result.p = b.map({s, shift}, [&](Scalar, ArrayRef<Scalar> in) { return exp2(fma(in[0], b.f32(scale), in[1])); });
  return result;
}

AttendTile::State AttendTile::attendOverlapped(const Walk &walk) {
  Type element = typeOf(b.getContext(), problem.dtype);
  Scalar zero = b.f32(0);
  Value scores = b.splatFrag(zero, rows, config.kvTile);
  Value nothing = b.splatFrag(b.wrap(arith::ConstantOp::create(b, b.getFloatAttr(element, 0))), rows, config.kvTile);
  auto times = [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; };
  // The sum of a row stays spread over the threads that share it until the end: a fragment of 8 columns.
  Value top = b.splatRows(b.negativeInfinity(), rows), sum = b.splatFrag(zero, rows, 8);
  Value out = b.splatFrag(zero, rows, problem.headDim), before = b.splatRows(b.i32(0), rows);

  // One turn more than there are tiles: the first has no values to multiply, the last no keys. They read nothing.
  Scalar none = b.index(0);
  auto tileAt = [&](Scalar i, Scalar there) {
    Turn now = turn(walk, select(there, i, none));
    now.request.kvLen = select(there, now.request.kvLen, none);
    return now;
  };
  auto results = b.forEach(
      walk.turns + min(walk.turns, b.index(1)), {top, sum, out, nothing, before}, [&](Scalar i, ValueRange in) {
        Value top = in[0], sum = in[1], out = in[2], p = in[3], before = in[4];
        Scalar more = i < walk.turns;
        Turn now = tileAt(i, more), last = tileAt(max(i, b.index(1)) - 1, none < i);
        Value k = requests.loadKeys(key, now.request, kvHead, now.firstKey, config.kvTile, problem.headDim);
        Value v = requests.loadKeys(value, last.request, kvHead, last.firstKey, config.kvTile, problem.headDim);
        Value visible =
            b.map(visibleKeys(walk, now), [&](Scalar, ArrayRef<Scalar> in) { return select(more, in[0], b.i32(0)); });
        Value partly = b.map(visible, [&](Scalar, ArrayRef<Scalar> in) {
          return select((b.i32(0) < in[0]) & (in[0] < b.i32(config.kvTile)), b.i32(1), b.i32(0));
        });
        Scalar takesKeys = b.anyRows(visible), takesValues = b.anyRows(before), masks = b.anyRows(partly);

        auto addUp = [&](Value out, const Softmax &next) -> SmallVector<Value> {
          Value folded = b.foldSum(next.p);
          Value all =
              b.map({sum, next.decay, folded}, [&](Scalar, ArrayRef<Scalar> in) { return fma(in[0], in[1], in[2]); });
          Value scaled =
              b.ifRows(next.grown, out, [&]() -> SmallVector<Value> { return {b.map({out, next.decay}, times)}; })[0];
          return {next.top, all, scaled, b.convert(next.p, element), visible};
        };
        // Straight on, where there is something of both: the second product runs under the softmax of the first.
        auto together = [&] {
          Value s = b.mma(walk.query, k, scores, /*transposeB=*/true);
          Value added = b.mma(p, v, out);
          return addUp(added, softmax(top, s, visible));
        };
        // One after the other.
        auto apart = [&] {
          Value added = b.ifElse(
              takesValues, [&]() -> SmallVector<Value> { return {b.mma(p, v, out)}; },
              [&]() -> SmallVector<Value> { return {out}; })[0];
          return b.ifElse(
              takesKeys,
              [&] {
                Value s = b.maskCols(b.mma(walk.query, k, scores, /*transposeB=*/true), visible);
                return addUp(added, softmax(top, s, visible));
              },
              [&]() -> SmallVector<Value> { return {top, sum, added, nothing, visible}; });
        };
        Scalar whole = select(masks, b.i1(false), takesKeys & takesValues);
        return b.ifElse(whole, together, apart);
      });
  return {results[0], b.rowSum(results[1]), results[2]};
}

} // namespace mlir::tile
