//===- Lanes.h - the small change of vector code ----------------*- C++ -*-===//
//
// Loads, stores, conversions and remainder loops for a number of lanes. One lane is a scalar, so the same emitter writes the
// vector loop and its remainder.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_LIB_CONVERSION_LINALGTOVECTOR_LANES_H
#define MSA_LIB_CONVERSION_LINALGTOVECTOR_LANES_H
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::msa {

/// `type`, or a vector of it where `lanes` > 1.
Type laneType(Type type, int64_t lanes);
/// `lanes` consecutive elements of `memref` from `indices`; more than one lane needs a last stride of 1.
Value loadLanes(ImplicitLocOpBuilder &b, Value memref, ValueRange indices, int64_t lanes);
void storeLanes(ImplicitLocOpBuilder &b, Value value, Value memref, ValueRange indices, int64_t lanes);
/// A scalar in every lane; a vector stays as it is.
Value broadcastLanes(ImplicitLocOpBuilder &b, Value value, int64_t lanes);
/// bf16, f16 or f32 lanes as f32.
Value extendLanes(ImplicitLocOpBuilder &b, Value value);

Value indexConstant(ImplicitLocOpBuilder &b, int64_t value);
/// The size of `memref` along `axis`: an attribute where it is static.
OpFoldResult sizeOfAxis(ImplicitLocOpBuilder &b, Value memref, int64_t axis);
/// lhs + rhs, with constants folded.
Value addIndex(ImplicitLocOpBuilder &b, Value lhs, Value rhs);
Value addIndex(ImplicitLocOpBuilder &b, Value lhs, int64_t rhs);

/// True where the innermost axis of a memref of rank 1 or more is contiguous.
bool hasUnitStride(Value memref);

/// Calls `body(offset, step)` so that the steps cover [0, size): a loop for the widest step that fits, then one for each
/// narrower one. `steps` is descending and ends in 1. With `exactRest` what a static size leaves over the first step is one
/// call of exactly that width.
void forSteps(ImplicitLocOpBuilder &b, OpFoldResult size, ArrayRef<int64_t> steps, bool exactRest,
              function_ref<void(Value offset, int64_t step)> body);

constexpr int64_t kUnblocked = INT64_MAX;

/// Calls `body(offset, size)` for blocks of at most `block` that cover [0, size). No loop where one block is enough.
void forBlocks(ImplicitLocOpBuilder &b, OpFoldResult size, int64_t block,
               function_ref<void(Value offset, OpFoldResult size)> body);

/// Stack memory that lives as long as the body of the outermost parallel loop or the function, 64-byte aligned. Never inside
/// an inner loop, where it would grow the stack with every turn (parallel loops inside a parallel body run in sequence).
Value allocateScratch(ImplicitLocOpBuilder &b, MemRefType type);

} // namespace mlir::msa
#endif
