// Sorting across a warp: lists of 32 or 64 integers, one or two a lane, by bitonic networks of shuffles.
#ifndef MSA_LIB_CONVERSION_TILETONVVM_WARPSORT_H
#define MSA_LIB_CONVERSION_TILETONVVM_WARPSORT_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tile {

/// Element 32 r + l of a list is register r of lane l. Elements are i32 or i64, compared signed.
class WarpSort {
public:
  using List = SmallVector<Value>; ///< 1 or 2 registers

  /// `lane` is i32.
  WarpSort(ImplicitLocOpBuilder &b, Value lane);

  /// Sorts the first `width` elements (a power of two); those behind them end up anywhere behind.
  List sort(List list, int64_t width, bool descending);
  /// The greatest of two lists, descending: `list` is, `ascending` has its elements the other way round. A null register of
  /// `ascending` holds the least there is.
  List merge(List list, const List &ascending);

  /// Lane l gets the value of lane l xor `distance`, or of lane `from`.
  Value exchange(Value x, int64_t distance);
  Value broadcast(Value x, int64_t from);
  /// Bit l: what lane l says.
  Value ballot(Value condition);
  Value any(Value condition);

  /// An i64 from two i32, and back: `high` decides first, `low` is unsigned.
  Value pack(Value high, Value low);
  Value high(Value packed);
  Value low(Value packed);

private:
  Value shuffle(Value x, Value lane, NVVM::ShflKind kind);
  Value bit(int64_t n) { return bits[n]; }
  Value isTrue(bool value);
  /// Element by element, the greater where `keepGreater` says so, else the lesser.
  Value keep(Value x, Value other, Value keepGreater);
  /// One step of a network: partners are 2^log elements apart, `descends` (i1 for each register) says which way they go.
  void step(List &list, int64_t log, ArrayRef<Value> descends);

  ImplicitLocOpBuilder &b;
  SmallVector<Value> bits; ///< of the lane's number
};

} // namespace mlir::tile
#endif
