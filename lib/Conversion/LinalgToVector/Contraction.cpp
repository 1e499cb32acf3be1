//===- Contraction.cpp - matrix products in registers ---------------------===//
//
// C[m, n] += sum_k A[m, k] * B[k, n], where n is the contiguous axis of C. The kernel holds a tile of 4 rows by 2 vectors of
// C in registers (8 independent chains: 2 units x 4 cycles of latency), and per k loads 2 vectors of B and broadcasts 4
// scalars of A. What the kernel reads must be f32, and B contiguous along n; operands that are not are packed block by block:
//
//   for k block (256), n block (128): pack B if narrow, transposed or spread out
//     for m block (64): pack A if narrow
//       for n panel (2 vectors), m panel (4 rows): load C tile; for k: fma; store C tile
//
// Scratch is at most 128 + 64 KiB of stack.
//
//===----------------------------------------------------------------------===//
#include "Contraction.h"
#include "Lanes.h"
#include "Packing.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::msa {
namespace {

constexpr int64_t kBlockK = 256, kBlockN = 128, kBlockM = 64;

/// One 2-D operand, read as [row, column] whichever way it lies.
struct Matrix {
  Value memref;
  bool transposed = false; ///< memref is indexed [column, row]

  Type elementType() const { return cast<MemRefType>(memref.getType()).getElementType(); }
  bool isNarrow() const { return !elementType().isF32(); }
  /// True where consecutive columns are consecutive in memory.
  bool columnsContiguous() const { return !transposed && hasUnitStride(memref); }
  /// True where rows follow one another in memory without a gap, or with one known to be small: with a large power of two
  /// between rows, the rows of a panel share a few cache sets and evict one another.
  bool rowsAreClose() const {
    SmallVector<int64_t> strides;
    int64_t offset;
    auto type = cast<MemRefType>(memref.getType());
    return succeeded(type.getStridesAndOffset(strides, offset)) && !ShapedType::isDynamic(strides[0]) &&
           strides[0] <= kBlockK;
  }
  SmallVector<Value> at(Value row, Value column) const {
    return transposed ? SmallVector<Value>{column, row} : SmallVector<Value>{row, column};
  }
};

/// A block of a matrix as the kernel reads it: the matrix itself from an offset, or a packed copy.
struct Part {
  Matrix matrix;
  Value row, column; ///< of the block's corner in the matrix

  SmallVector<Value> at(ImplicitLocOpBuilder &b, Value r, Value c) const {
    return matrix.at(addIndex(b, row, r), addIndex(b, column, c));
  }
};

/// C[m, n] += A[m, k] * B[k, n].
struct Contraction {
  Matrix a, b, c;
  OpFoldResult m, n, k;
};

/// The block argument behind an optional extension to f32, or null.
BlockArgument factorOf(Value value) {
  if (auto extend = value.getDefiningOp<arith::ExtFOp>()) value = extend.getIn();
  return dyn_cast<BlockArgument>(value);
}

/// True where the body is acc + ext(x) * ext(y) in f32.
bool isMultiplyAdd(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  if (body->getNumArguments() != 3 || body->getTerminator()->getNumOperands() != 1) return false;
  auto add = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add || !add.getType().isF32()) return false;
  for (auto [acc, product] : {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())}) {
    auto mul = product.getDefiningOp<arith::MulFOp>();
    if (acc != body->getArgument(2) || !mul) continue;
    BlockArgument x = factorOf(mul.getLhs()), y = factorOf(mul.getRhs());
    if (x && y && x != y && x != body->getArgument(2) && y != body->getArgument(2)) return true;
  }
  return false;
}

FailureOr<Contraction> matchContraction(ImplicitLocOpBuilder &builder, linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumLoops() != 3 || !isMultiplyAdd(op))
    return failure();
  Value lhs = op.getDpsInputOperand(0)->get(), rhs = op.getDpsInputOperand(1)->get(),
        out = op.getDpsInitOperand(0)->get();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (Value value : {lhs, rhs, out}) {
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type || type.getRank() != 2) return failure();
    Type element = type.getElementType();
    if (!element.isF32() && (value == out || !(element.isBF16() || element.isF16()))) return failure();
  }
  for (AffineMap map : maps)
    if (map.getNumResults() != 2 || !map.isProjectedPermutation()) return failure();
  if (!hasUnitStride(out)) return failure();
  unsigned m = maps[2].getDimPosition(0), n = maps[2].getDimPosition(1), k = 3 - m - n;
  if (op.getIteratorTypesArray()[k] != utils::IteratorType::reduction) return failure();
  AffineMap aMap = maps[0], bMap = maps[1];
  if (aMap.isFunctionOfDim(n)) { // the operand that shares rows with C is A
    std::swap(aMap, bMap);
    std::swap(lhs, rhs);
  }
  if (!aMap.isFunctionOfDim(m) || !aMap.isFunctionOfDim(k) || !bMap.isFunctionOfDim(k) || !bMap.isFunctionOfDim(n))
    return failure();
  Contraction result;
  result.a = {lhs, aMap.getDimPosition(0) == k};
  result.b = {rhs, bMap.getDimPosition(0) == n};
  result.c = {out, false};
  // Take a size from whichever operand knows it statically.
  auto size = [&](Value x, int64_t xAxis, Value y, int64_t yAxis) {
    OpFoldResult first = sizeOfAxis(builder, x, xAxis);
    return isa<Attribute>(first) ? first : sizeOfAxis(builder, y, yAxis);
  };
  result.m = size(out, 0, lhs, result.a.transposed ? 1 : 0);
  result.n = size(out, 1, rhs, result.b.transposed ? 0 : 1);
  result.k = size(lhs, result.a.transposed ? 0 : 1, rhs, result.b.transposed ? 1 : 0);
  return result;
}

int64_t bound(OpFoldResult size, int64_t most) {
  std::optional<int64_t> known = getConstantIntValue(size);
  return known ? std::min(*known, most) : most;
}

class ContractionWriter {
public:
  ContractionWriter(ImplicitLocOpBuilder &b, const Contraction &op, int64_t width) : b(b), op(op), width(width) {
    // Reading B narrow costs two conversions a vector and k, reading it from far apart costs cache misses: worth a copy once
    // more than two panels of rows share it.
    bool fewRows = bound(op.m, 9) <= 8;
    packB = !op.b.columnsContiguous() || (!fewRows && (op.b.isNarrow() || !op.b.rowsAreClose()));
    packA = op.a.isNarrow();
    Type f32 = b.getF32Type();
    if (packB) scratchB = allocateScratch(b, MemRefType::get({bound(op.k, kBlockK), bound(op.n, kBlockN)}, f32));
    if (packA) {
      SmallVector<int64_t> shape = {bound(op.m, kBlockM), bound(op.k, kBlockK)};
      if (op.a.transposed) std::swap(shape[0], shape[1]);
      scratchA = allocateScratch(b, MemRefType::get(shape, f32));
    }
  }

  void write() {
    // Without a copy of an operand there is nothing to block its axes for.
    forBlocks(b, op.k, packA || packB ? kBlockK : kUnblocked, [&](Value k0, OpFoldResult k) {
      forBlocks(b, op.n, packB ? kBlockN : kUnblocked, [&](Value n0, OpFoldResult n) {
        Part blockB{op.b, k0, n0};
        if (packB) blockB = copyOf(op.b, k0, n0, k, n, scratchB, /*wantColumnsContiguous=*/true);
        forBlocks(b, op.m, packA ? kBlockM : kUnblocked, [&](Value m0, OpFoldResult m) {
          Part blockA{op.a, m0, k0};
          if (packA) blockA = copyOf(op.a, m0, k0, m, k, scratchA, /*wantColumnsContiguous=*/false);
          writePanels(blockA, blockB, Part{op.c, m0, n0}, m, n, k);
        });
      });
    });
  }

private:
  /// Packs a block of `source`. Its copy keeps the axis order in memory, unless its columns are wanted contiguous.
  Part copyOf(const Matrix &source, Value row, Value column, OpFoldResult rows, OpFoldResult columns, Value scratch,
              bool wantColumnsContiguous) {
    Value zero = indexConstant(b, 0);
    if (!source.transposed) packRows(b, source.memref, row, column, rows, columns, scratch, width);
    else if (wantColumnsContiguous) packTransposed(b, source.memref, column, row, columns, rows, scratch);
    else packRows(b, source.memref, column, row, columns, rows, scratch, width);
    return {Matrix{scratch, source.transposed && !wantColumnsContiguous}, zero, zero};
  }

  void writePanels(const Part &blockA, const Part &blockB, const Part &blockC, OpFoldResult m, OpFoldResult n,
                   OpFoldResult k) {
    SmallVector<int64_t> steps = {2 * width, width, width / 2, 1};
    if (!getConstantIntValue(n)) // less code for sizes that are mostly whole vectors anyway
      steps = {2 * width, width, 1};
    forSteps(b, n, steps, /*exactRest=*/false, [&](Value n0, int64_t columns) {
      // Fewer vectors a row are made up for by more rows: always 8 chains.
      int64_t rows = columns == 2 * width ? 4 : 8;
      forSteps(b, m, {rows, 1}, /*exactRest=*/true,
               [&](Value m0, int64_t height) { writeKernel(blockA, blockB, blockC, m0, n0, height, columns, k); });
    });
  }

  /// C[m0 .. m0 + rows, n0 .. n0 + columns] += A . B, all of C in registers.
  void writeKernel(const Part &blockA, const Part &blockB, const Part &blockC, Value m0, Value n0, int64_t rows,
                   int64_t columns, OpFoldResult k) {
    int64_t lanes = std::min(columns, width), vectors = columns / lanes;
    SmallVector<SmallVector<Value>> places; // of C, by row then vector
    SmallVector<Value> accs;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < vectors; ++j) {
        places.push_back(blockC.at(b, addIndex(b, m0, i), addIndex(b, n0, j * lanes)));
        accs.push_back(loadLanes(b, op.c.memref, places.back(), lanes));
      }
    Value size = getValueOrCreateConstantIndexOp(b, b.getLoc(), k);
    auto loop = scf::ForOp::create(b, indexConstant(b, 0), size, indexConstant(b, 1), accs);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value at = loop.getInductionVar();
      SmallVector<Value> line;
      for (int64_t j = 0; j < vectors; ++j)
        line.push_back(
            extendLanes(b, loadLanes(b, blockB.matrix.memref, blockB.at(b, at, addIndex(b, n0, j * lanes)), lanes)));
      SmallVector<Value> next;
      for (int64_t i = 0; i < rows; ++i) {
        Value x = extendLanes(b, loadLanes(b, blockA.matrix.memref, blockA.at(b, addIndex(b, m0, i), at), 1));
        x = broadcastLanes(b, x, lanes);
        for (int64_t j = 0; j < vectors; ++j)
          next.push_back(multiplyAdd(x, line[j], loop.getRegionIterArgs()[i * vectors + j]));
      }
      scf::YieldOp::create(b, next);
    }
    for (auto [place, value] : llvm::zip_equal(places, loop.getResults()))
      storeLanes(b, value, op.c.memref, place, lanes);
  }

  Value multiplyAdd(Value x, Value y, Value acc) {
    if (isa<VectorType>(acc.getType())) return vector::FMAOp::create(b, x, y, acc);
    return arith::AddFOp::create(b, acc, arith::MulFOp::create(b, x, y));
  }

  ImplicitLocOpBuilder &b;
  const Contraction &op;
  int64_t width;
  bool packA = false, packB = false;
  Value scratchA, scratchB;
};

} // namespace

LogicalResult writeContraction(OpBuilder &builder, linalg::LinalgOp op, int64_t width) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  FailureOr<Contraction> contraction = matchContraction(b, op);
  if (failed(contraction)) return failure();
  ContractionWriter(b, *contraction, width).write();
  return success();
}

} // namespace mlir::msa
