#include "Requests.h"

namespace mlir::msa {

Value Requests::requestOf(TensorBuilder &b, Value token) const {
  if (!operands.cuSeqlensQ) return b.div(token, b.max(tokensEach, b.index(1)));
  // The first request that ends past the token: empty requests before it are passed over.
  auto found = b.whileLoop(
      {b.index(0), count}, [&](ValueRange range) { return b.less(range[0], range[1]); },
      [&](ValueRange range) -> TensorBuilder::Values {
        Value middle = b.div(b.add(range[0], range[1]), b.index(2));
        Value next = b.add(middle, b.index(1));
        Value ends = b.loadIndex(operands.cuSeqlensQ, {next});
        Value isPast = b.less(token, ends);
        return {b.select(isPast, range[0], next), b.select(isPast, middle, range[1])};
      });
  return found[0];
}

Requests::Bounds Requests::boundsOf(TensorBuilder &b, Value request) const {
  Value zero = b.index(0);
  SmallVector<Type> types(4, b.getIndexType());
  auto read = [&]() -> TensorBuilder::Values {
    Value next = b.add(request, b.index(1));
    Value qBegin, qLen, kBegin = zero, kvLen = capacity;
    if (operands.cuSeqlensQ) {
      qBegin = b.loadIndex(operands.cuSeqlensQ, {request});
      qLen = b.sub(b.loadIndex(operands.cuSeqlensQ, {next}), qBegin);
    } else {
      qBegin = b.mul(request, tokensEach);
      qLen = tokensEach;
    }
    if (operands.cuSeqlensK) {
      kBegin = b.loadIndex(operands.cuSeqlensK, {request});
      kvLen = b.sub(b.loadIndex(operands.cuSeqlensK, {next}), kBegin);
    }
    if (operands.sequsedK) kvLen = b.loadIndex(operands.sequsedK, {request});
    return {qBegin, qLen, kBegin, kvLen};
  };
  TensorBuilder::Values bounds;
  if (operands.cuSeqlensQ) // only then can there be tokens of no request
    bounds = b.ifElse(b.less(request, count), types, read,
                      [&]() -> TensorBuilder::Values { return {zero, zero, zero, zero}; });
  else bounds = read();
  return {bounds[0], bounds[1], bounds[2], bounds[3]};
}

Value Requests::positionOf(TensorBuilder &b, const Bounds &bounds, Value token) {
  return b.add(b.sub(bounds.kvLen, bounds.qLen), b.sub(token, bounds.qBegin));
}

Value Requests::visibleKeys(TensorBuilder &b, const Bounds &bounds, Value token) const {
  if (!causal) return bounds.kvLen;
  Value position = positionOf(b, bounds, token);
  return b.max(b.min(b.add(position, b.index(1)), bounds.kvLen), b.index(0));
}

} // namespace mlir::msa
