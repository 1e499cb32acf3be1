// Merges the partial outputs of one (token, head). Columns of the output are the rows of the tile, so every thread has its own
// loads in flight and nothing is reduced across threads. Budget and measurements: Combine.md.
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"
#include <cmath>

namespace mlir::tile {

KernelOp buildCombine(OpBuilder &builder, Location loc, StringRef name, int64_t splits, MemRefType partialType,
                      MemRefType partialLseType, MemRefType outputType, MemRefType lseType) {
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

  SmallVector<Scalar> lse, weight;
  Scalar top = minusInf;
  for (int64_t s = 0; s < splits; ++s) {
    lse.push_back(b.read(partialLse, {b.index(s), token, head}));
    top = max(top, lse.back());
  }
  Scalar empty = top == minusInf, sum = zero;
  Scalar shift = select(empty, zero, top);
  for (int64_t s = 0; s < splits; ++s) {
    weight.push_back(exp2((lse[s] - shift) * b.f32(M_LOG2E)));
    sum = sum + weight.back();
  }
  Scalar inverse = select(empty, zero, b.f32(1) / sum);

  Value merged = b.splatRows(zero, headDim);
  for (int64_t s = 0; s < splits; ++s) {
    // A partial of no keys may hold anything: it is not read.
    Scalar there = select(weight[s] == zero, b.index(0), b.index(headDim));
    Value part = b.loadRows(partial, headDim, zero, headDim, 3, [&](Scalar row) -> RowPlace {
      return {{b.index(s), token, head, row}, there};
    });
    merged = b.map({merged, part}, [&](Scalar, ArrayRef<Scalar> in) { return fma(in[1], weight[s] * inverse, in[0]); });
  }
  merged = b.map(merged, [&](Scalar, ArrayRef<Scalar> in) {
    return outputType.getElementType().isF32() ? in[0]
                                               : b.wrap(arith::TruncFOp::create(b, outputType.getElementType(), in[0].value));
  });
  b.storeRows(merged, output, headDim, 2, [&](Scalar row) -> RowPlace { return {{token, head, row}, b.index(headDim)}; });
  if (lseType) {
    Value total = b.splatRows(select(empty, minusInf, shift + log2(sum) * b.f32(M_LN2)), headDim);
    b.storeRows(total, kernel.getBody().getArgument(3), headDim, 1, // one row of the tile exists
                [&](Scalar row) -> RowPlace { return {{token, head + row}, b.index(1)}; });
  }
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
