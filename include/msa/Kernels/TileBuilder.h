//===- TileBuilder.h - the pen that recipes are written with ----*- C++ -*-===//
#ifndef MSA_KERNELS_TILEBUILDER_H
#define MSA_KERNELS_TILEBUILDER_H
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "msa/Support/Dtype.h"
#include <functional>

namespace mlir::tile {

class TileBuilder;

/// A scalar with the arithmetic of its type: `index` for coordinates and counts (never negative), `i32` for row arithmetic
/// that may go below zero, `f32` for math, `i1` for conditions. Constants on the right are made in the left's type.
struct Scalar {
  Value value;
  TileBuilder *b = nullptr;
  operator Value() const { return value; }
};
Scalar operator+(Scalar lhs, Scalar rhs);
Scalar operator-(Scalar lhs, Scalar rhs);
Scalar operator*(Scalar lhs, Scalar rhs);
Scalar operator/(Scalar lhs, Scalar rhs); ///< integers: rounds down, both non-negative
Scalar operator%(Scalar lhs, Scalar rhs);
Scalar operator<(Scalar lhs, Scalar rhs);
Scalar operator==(Scalar lhs, Scalar rhs);
Scalar operator&(Scalar lhs, Scalar rhs);
Scalar operator|(Scalar lhs, Scalar rhs);
Scalar operator+(Scalar lhs, int64_t rhs);
Scalar operator-(Scalar lhs, int64_t rhs);
Scalar operator*(Scalar lhs, int64_t rhs);
Scalar operator/(Scalar lhs, int64_t rhs);
Scalar operator%(Scalar lhs, int64_t rhs);
Scalar operator<(Scalar lhs, int64_t rhs);
Scalar min(Scalar lhs, Scalar rhs);
Scalar max(Scalar lhs, Scalar rhs);
Scalar ceilDiv(Scalar lhs, int64_t rhs);
Scalar ceilDiv(Scalar lhs, Scalar rhs);
Scalar select(Scalar condition, Scalar ifTrue, Scalar ifFalse);
Scalar exp2(Scalar x);
Scalar log2(Scalar x);
Scalar fma(Scalar a, Scalar b, Scalar c);

/// What a row map yields: the coordinates of a piece's first row and how many of the piece's rows exist.
struct RowPlace {
  SmallVector<Scalar> coords;
  Scalar valid;
};
using RowMap = std::function<RowPlace(Scalar row)>;

/// Builds `tile` ops; every method is one op, named as the op.
class TileBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Scalar wrap(Value value) { return {value, this}; }
  Scalar index(int64_t value);
  Scalar i32(int64_t value);
  Scalar i1(bool value);
  Scalar f32(double value);
  Scalar toI32(Scalar index);
  Scalar toIndex(Scalar i32);
  Scalar negativeInfinity();
  Scalar programId(int64_t axis);
  /// view[coords], as an index where the view holds i32.
  Scalar read(Value view, ArrayRef<Scalar> coords);

  // Movement. `piece` rows at a time, walking dimension `rowDim` of the view (see the dialect's description).
  Value load(Value view, int64_t rows, int64_t cols, int64_t piece, int64_t rowDim, const RowMap &map);
  Value loadRows(Value view, int64_t rows, Scalar pad, int64_t piece, int64_t rowDim, const RowMap &map);
  void store(Value frag, Value view, int64_t piece, int64_t rowDim, const RowMap &map);
  /// Columns 0 to `columns` of the fragment, to columns `firstColumn`, ... of the view.
  void storeColumns(Value frag, Value view, Scalar firstColumn, Scalar columns, int64_t piece, int64_t rowDim,
                    const RowMap &map);
  /// In the order in which `loadFrag` reads it, beginning at column `firstColumn` of each row.
  void storeNative(Value frag, Value view, int64_t firstColumn, int64_t piece, int64_t rowDim, const RowMap &map);
  void storeRows(Value rows, Value view, int64_t piece, int64_t rowDim, const RowMap &map);
  Value loadFrag(Value view, int64_t rows, int64_t cols, int64_t piece, int64_t rowDim, const RowMap &map,
                 bool native = false);
  /// `rows` rows (0: as many as the tile has) from row `first` on, beginning again at the tile's end.
  Value toFrag(Value smem, int64_t rows = 0, int64_t first = 0);
  Value toRows(Value smem, int64_t rows, int64_t first);
  Value toSmem(Value fragOrRows);
  Value slice(Value smem, int64_t firstRow, int64_t rows);

  // Math.
  Value mma(Value a, Value b, Value acc, bool transposeB = false, int64_t parts = 1);
  /// With columns of b from `firstColumn` on, as many as acc has.
  Value mmaColumns(Value a, Value b, Value acc, int64_t firstColumn);
  Value splatFrag(Scalar value, int64_t rows, int64_t cols);
  Value splatRows(Scalar value, int64_t rows);
  Value rowMax(Value frag);
  Value rowSum(Value frag);
  Value columnMax(Value fragOrRows); ///< in every row
  Value columnSum(Value fragOrRows);
  /// A fragment of 8 columns: the maxima of the columns that are equal modulo 8.
  Value foldMax(Value frag);
  Value foldSum(Value frag); ///< as foldMax
  Value maskCols(Value frag, Value count);
  /// Elementwise over fragments and row vectors (broadcast); `body` gets the row and one scalar an input. The result is a fragment where
  /// any input is one, and has the element type that `body` returns.
  Value map(ValueRange inputs, const std::function<Scalar(Scalar row, ArrayRef<Scalar> in)> &body);
  /// As above for a fragment; `body` also gets the column.
  Value mapCols(ValueRange inputs, const std::function<Scalar(Scalar row, Scalar col, ArrayRef<Scalar> in)> &body);
  /// A row vector from the row number alone.
  Value rows(int64_t rows, const std::function<Scalar(Scalar row)> &body);
  /// A fragment converted to another float type.
  Value convert(Value frag, Type element);

  /// Whether a row has a positive count: a branch on it may be taken by groups of rows (see `tile.any_rows`).
  Scalar anyRows(Value count);
  /// New values for the rows with a positive count; `body` yields one for each of `inits`.
  SmallVector<Value> ifRows(Value count, ValueRange inits, const std::function<SmallVector<Value>()> &body);

  // Scalar work that the thread block shares out. Elements of vectors are seen as indices, as what `read` gives.
  void parallel(Scalar count, const std::function<void(Scalar i)> &body);
  /// `tile.parallel` with a result: element i is body(i), and 0 from `count` on.
  Value collect(int64_t size, Scalar count, const std::function<Scalar(Scalar i)> &body);
  Scalar at(Value vector, Scalar position);
  std::pair<Value, Scalar> scan(Value vector);
  Value makeBits(int64_t sets, int64_t members);
  void setBit(Value bits, Scalar set, Scalar member);
  Scalar countBits(Value bits, Scalar set, Scalar end);
  /// view[coords] = value, in a turn of `parallel`.
  void write(Value view, ArrayRef<Scalar> coords, Scalar value);
  void ifThen(Scalar condition, const std::function<void()> &body);
  /// condition ? then() : otherwise(), in one of two branches. Values of equal types, none at all where a branch only writes.
  SmallVector<Value> ifElse(Scalar condition, const std::function<SmallVector<Value>()> &then,
                            const std::function<SmallVector<Value>()> &otherwise);

  /// Lists of the `k` best of each row. Positions are entered in ascending order; `take` (i32 rows) says whose value may enter.
  Value topKEmpty(int64_t rows, int64_t k);
  Value topKInsert(Value best, Value values, Scalar position, Value take);

  /// for (i = 0; i < count; ++i) carried = body(i, carried)
  SmallVector<Value> forEach(Scalar count, ValueRange init,
                             const std::function<SmallVector<Value>(Scalar i, ValueRange carried)> &body);
};

/// The MLIR type of a floor-0 element type.
Type typeOf(MLIRContext *context, ::msa::Dtype dtype);

} // namespace mlir::tile
#endif
