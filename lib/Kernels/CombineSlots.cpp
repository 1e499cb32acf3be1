// Merges what attention from the keys' side left in the slots of a token: rows are heads, and a row meets its slots one after the
// other, in registers. Budget and measurements: CombineSlots.md.
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"
#include <cmath>

namespace mlir::tile {

KernelOp buildCombineSlots(OpBuilder &builder, Location loc, StringRef name, MemRefType partialType,
                           MemRefType partialLseType, MemRefType outputType, MemRefType lseType) {
  // Slots whose partial results are read before any is merged: 32 bytes of each a thread, 128 registers.
  constexpr int64_t kTogether = 16;
  TileBuilder b(loc, builder);
  int64_t headDim = partialType.getShape().back(), heads = partialType.getShape()[2], slots = partialType.getShape()[0];
  SmallVector<Type> args = {partialType, partialLseType, outputType};
  if (lseType) args.push_back(lseType);
  args.push_back(b.getIndexType());
  auto kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), headDim / 32); // 32 columns a warp
  b.setInsertionPointToStart(&kernel.getBody().front());
  Value partial = kernel.getBody().getArgument(0), partialLse = kernel.getBody().getArgument(1);
  Value output = kernel.getBody().getArgument(2);
  int64_t groups = (heads + kSlotHeads - 1) / kSlotHeads;
  Scalar item = b.programId(0), token = item / groups, firstHead = item % groups * kSlotHeads;
  Scalar resultToken = token + b.wrap(kernel.getBody().getArguments().back());
  Scalar minusInf = b.negativeInfinity(), zero = b.f32(0);
  Scalar rowsThere = heads % kSlotHeads ? min(b.index(heads) - firstHead, b.index(kSlotHeads)) : b.index(kSlotHeads);

  Value top = b.splatRows(minusInf, kSlotHeads), sum = b.splatRows(zero, kSlotHeads);
  Value out = b.splatFrag(zero, kSlotHeads, headDim);
  int64_t turns = (slots + kTogether - 1) / kTogether;
  auto merged = b.forEach(b.index(turns), {top, sum, out}, [&](Scalar turn, ValueRange carried) -> SmallVector<Value> {
    SmallVector<Value> lse, part;
    for (int64_t n = 0; n < std::min(slots, kTogether); ++n) {
      Scalar slot = turn * kTogether + n, there = rowsThere;
      if (slots % kTogether && turns > 1) {
        there = select(slot < slots, rowsThere, b.index(0));
        slot = min(slot, b.index(slots - 1));
      }
      auto place = [&](Scalar) -> RowPlace { return {{slot, token, firstHead}, there}; };
      lse.push_back(b.loadRows(partialLse, kSlotHeads, minusInf, kSlotHeads, 2, place));
      part.push_back(b.loadFrag(partial, kSlotHeads, headDim, kSlotHeads, 2, place, /*native=*/true));
    }
    Value top = carried[0];
    for (Value l : lse) top = b.map({top, l}, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], in[1]); });
    auto weight =
        [&](Value of) { // a row that has met no key is taken against 0 instead, so that no -inf minus -inf appears
          return b.map({of, top}, [&](Scalar, ArrayRef<Scalar> in) {
            return exp2((in[0] - select(in[1] == minusInf, zero, in[1])) * b.f32(M_LOG2E));
          });
        };
    Value sum = carried[1], out = carried[2];
    if (turns > 1) {
      Value decay = weight(carried[0]);
      auto times = [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; };
      sum = b.map({sum, decay}, times), out = b.map({out, decay}, times);
    }
    for (auto [l, p] : llvm::zip(lse, part)) {
      Value w = weight(l);
      sum = b.map({sum, w}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] + in[1]; });
      // A partial of no keys may hold anything, a NaN too: it is left out, not multiplied by 0.
      out = b.map({out, b.convert(p, b.getF32Type()), w},
                  [&](Scalar, ArrayRef<Scalar> in) { return select(in[2] == zero, in[0], fma(in[1], in[2], in[0])); });
    }
    return {top, sum, out};
  });

  Value inverse =
      b.map(merged[1], [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == zero, zero, b.f32(1) / in[0]); });
  Value result = b.map({merged[2], inverse}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; });
  auto place = [&](Scalar) -> RowPlace { return {{resultToken, firstHead}, rowsThere}; };
  b.store(b.convert(result, outputType.getElementType()), output, kSlotHeads, 1, place);
  if (lseType) {
    Value total = b.map({merged[0], merged[1]}, [&](Scalar, ArrayRef<Scalar> in) {
      return select(in[1] == zero, minusInf, in[0] + log2(in[1]) * b.f32(M_LN2));
    });
    b.storeRows(total, kernel.getBody().getArgument(3), kSlotHeads, 1, place);
  }
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
