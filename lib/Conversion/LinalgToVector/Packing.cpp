#include "Packing.h"
#include "Lanes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::msa {

void packRows(ImplicitLocOpBuilder &b, Value source, Value row, Value column, OpFoldResult rows, OpFoldResult columns,
              Value target, int64_t width) {
  SmallVector<int64_t> steps = {1};
  if (hasUnitStride(source)) steps = {width, 1};
  forSteps(b, rows, {1}, false, [&](Value r, int64_t) {
    Value from = addIndex(b, row, r);
    forSteps(b, columns, steps, false, [&](Value c, int64_t lanes) {
      Value value = loadLanes(b, source, {from, addIndex(b, column, c)}, lanes);
      storeLanes(b, extendLanes(b, value), target, {r, c}, lanes);
    });
  });
}

/// The 8 x 8 transpose of eight vector<8xf32>, in three rounds of two-input shuffles (unpack, shuffle, permute of halves):
/// the masks are those that AVX has one instruction for.
static SmallVector<Value> transpose8x8(ImplicitLocOpBuilder &b, ArrayRef<Value> rows) {
  auto shuffle = [&](Value lhs, Value rhs, ArrayRef<int64_t> mask) -> Value {
    return vector::ShuffleOp::create(b, lhs, rhs, mask);
  };
  SmallVector<Value> pairs(8), quads(8), columns(8);
  for (int i = 0; i < 8; i += 2) { // a0 b0 a1 b1 | a4 b4 a5 b5 and a2 b2 a3 b3 | a6 b6 a7 b7
    pairs[i] = shuffle(rows[i], rows[i + 1], {0, 8, 1, 9, 4, 12, 5, 13});
    pairs[i + 1] = shuffle(rows[i], rows[i + 1], {2, 10, 3, 11, 6, 14, 7, 15});
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; ++j) { // a0 b0 c0 d0 | a4 b4 c4 d4 and a1 b1 c1 d1 | a5 b5 c5 d5
      quads[i + 2 * j] = shuffle(pairs[i + j], pairs[i + j + 2], {0, 1, 8, 9, 4, 5, 12, 13});
      quads[i + 2 * j + 1] = shuffle(pairs[i + j], pairs[i + j + 2], {2, 3, 10, 11, 6, 7, 14, 15});
    }
  for (int j = 0; j < 4; ++j) {
    columns[j] = shuffle(quads[j], quads[j + 4], {0, 1, 2, 3, 8, 9, 10, 11});
    columns[j + 4] = shuffle(quads[j], quads[j + 4], {4, 5, 6, 7, 12, 13, 14, 15});
  }
  return columns;
}

void packTransposed(ImplicitLocOpBuilder &b, Value source, Value row, Value column, OpFoldResult rows,
                    OpFoldResult columns, Value target) {
  constexpr int64_t tile = 8;
  auto single = [&](Value r, Value c) {
    Value value = loadLanes(b, source, {addIndex(b, row, r), addIndex(b, column, c)}, 1);
    storeLanes(b, extendLanes(b, value), target, {c, r}, 1);
  };
  SmallVector<int64_t> steps = {1};
  if (hasUnitStride(source)) steps = {tile, 1};
  forSteps(b, rows, steps, false, [&](Value r, int64_t height) {
    forSteps(b, columns, height == tile ? ArrayRef<int64_t>(steps) : ArrayRef<int64_t>{1}, false,
             [&](Value c, int64_t lanes) {
               if (lanes == 1) {
                 for (int64_t i = 0; i < height; ++i) single(addIndex(b, r, i), c);
                 return;
               }
               SmallVector<Value> lines;
               for (int64_t i = 0; i < tile; ++i) {
                 Value value =
                     loadLanes(b, source, {addIndex(b, addIndex(b, row, r), i), addIndex(b, column, c)}, tile);
                 lines.push_back(extendLanes(b, value));
               }
               for (auto [i, line] : llvm::enumerate(transpose8x8(b, lines)))
                 storeLanes(b, line, target, {addIndex(b, c, i), r}, tile);
             });
  });
}

} // namespace mlir::msa
