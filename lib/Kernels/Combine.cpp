// Merges the partial outputs of one (token, head): the splits are the rows of the tile, and warps share its columns. Budget and
// measurements: Combine.md.
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"
#include <cmath>

namespace mlir::tile {

KernelOp buildCombine(OpBuilder &builder, Location loc, StringRef name, int64_t splits, MemRefType partialType,
                      MemRefType partialLseType, MemRefType outputType, MemRefType lseType) {
  constexpr int64_t kRows = 16; // of the smallest fragment
  TileBuilder b(loc, builder);
  int64_t headDim = partialType.getShape().back();
  SmallVector<Type> args = {partialType, partialLseType, outputType};
  if (lseType) args.push_back(lseType);
  auto kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), headDim / 32); // 32 columns a warp
  b.setInsertionPointToStart(&kernel.getBody().front());
  Value partial = kernel.getBody().getArgument(0), partialLse = kernel.getBody().getArgument(1);
  Value output = kernel.getBody().getArgument(2);
  Scalar token = b.programId(0), head = b.programId(1);
  Scalar minusInf = b.negativeInfinity(), zero = b.f32(0);

  // Row r of chunk n is split 16 n + r. Everything is read before anything is computed: one latency, not two.
  int64_t chunks = (splits + kRows - 1) / kRows;
  SmallVector<Value> part, lse, weight;
  for (int64_t n = 0; n < chunks; ++n) {
    auto place = [&](Scalar row) -> RowPlace {
      Scalar split = row + n * kRows;
      if (splits % kRows == 0) return {{split, token, head}, b.index(1)};
      return {{min(split, b.index(splits - 1)), token, head}, select(split < splits, b.index(1), b.index(0))};
    };
    lse.push_back(b.loadRows(partialLse, kRows, minusInf, 1, 0, place));
    part.push_back(b.loadFrag(partial, kRows, headDim, 1, 0, place));
  }
  Value top = b.splatRows(minusInf, kRows);
  for (Value l : lse) top = b.map({top, l}, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], in[1]); });
  top = b.columnMax(top);
  Value sum = b.splatRows(zero, kRows), merged = b.splatFrag(zero, kRows, headDim);
  for (int64_t n = 0; n < chunks; ++n) {
    weight.push_back(b.map({lse[n], top}, [&](Scalar, ArrayRef<Scalar> in) {
      return exp2((in[0] - select(in[1] == minusInf, zero, in[1])) * b.f32(M_LOG2E));
    }));
    sum = b.map({sum, weight[n]}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] + in[1]; });
    // A partial of no keys may hold anything, a NaN too: it is left out, not multiplied by 0.
    merged = b.map({merged, part[n], weight[n]},
                   [&](Scalar, ArrayRef<Scalar> in) { return select(in[2] == zero, in[0], fma(in[1], in[2], in[0])); });
  }
  sum = b.columnSum(sum);
  Value inverse =
      b.map(sum, [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == zero, zero, b.f32(1) / in[0]); });
  merged = b.map({b.columnSum(merged), inverse}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; });

  // All rows hold the result; the first one is stored.
  auto firstRow = [&](Scalar row) -> RowPlace { return {{token, head}, select(row < 1, b.index(1), b.index(0))}; };
  b.store(b.convert(merged, outputType.getElementType()), output, 1, 1, firstRow);
  if (lseType) {
    Value total = b.map({top, sum}, [&](Scalar, ArrayRef<Scalar> in) {
      return select(in[1] == zero, minusInf, in[0] + log2(in[1]) * b.f32(M_LN2));
    });
    b.storeRows(total, kernel.getBody().getArgument(3), 1, 1, firstRow);
  }
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
