#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/Tile/IR/TileDialect.cpp.inc"
#include "dialects/Tile/IR/TileEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/IR/TileAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/IR/TileTypes.cpp.inc"

using namespace mlir;
using namespace mlir::tile;

//===----------------------------------------------------------------------===//
// types
//===----------------------------------------------------------------------===//

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

/// What a tile can hold.
static LogicalResult verifyElement(EmitError emitError, Type type) {
  if (type.isBF16() || type.isF16() || type.isF32() || type.isInteger(32)) return success(); // element_c1
  return emitError() << "expects elements of bf16, f16, f32 or i32, but got " << type;
}

/// Swizzled rows are panels of 128 bytes.
static LogicalResult verifyLayout(EmitError emitError, int64_t rows, int64_t cols, Type type, SharedLayout layout) {
  if (layout == SharedLayout::Padded) return success();
  if (type.getIntOrFloatBitWidth() != 16 || rows % 8 || cols % 16) // layout_c1: the pattern repeats every 8 rows
    return emitError() << "swizzles 16-bit elements, rows in multiples of 8 and columns in multiples of 16, but got "
                       << rows << "x" << cols << " of " << type;
  return success();
}

LogicalResult SmemType::verify(EmitError emitError, int64_t rows, int64_t cols, Type type, SharedLayout layout) {
  if (rows < 1 || cols < 1) // smem_c1
    return emitError() << "expects at least one row and one column, but got " << rows << "x" << cols;
  if (failed(verifyElement(emitError, type))) return failure();
  return verifyLayout(emitError, rows, cols, type, layout);
}

LogicalResult FragType::verify(EmitError emitError, int64_t rows, int64_t cols, Type type) {
  if (rows < 1 || rows % 16 || cols < 1 || cols % 8) // frag_c1: the accumulator of one mma.sync is 16x8
    return emitError() << "expects rows in multiples of 16 and columns in multiples of 8, but got " << rows << "x"
                       << cols;
  return verifyElement(emitError, type);
}

LogicalResult RowsType::verify(EmitError emitError, int64_t rows, Type type) {
  if (rows < 1 || rows % 16) // rows_c1: dealt out as the rows of fragments are
    return emitError() << "expects rows in multiples of 16, but got " << rows;
  return verifyElement(emitError, type);
}

LogicalResult BestType::verify(EmitError emitError, int64_t rows, int64_t k) {
  if (rows < 1 || rows % 16) // best_c1: dealt out as the rows of fragments are
    return emitError() << "expects rows in multiples of 16, but got " << rows;
  if (k < 1 || k > 64) // best_c2
    return emitError() << "expects room for 1 to 64 entries a row, but got " << k;
  return success();
}

LogicalResult ListType::verify(EmitError emitError, int64_t capacity) {
  if (capacity < 1) // list_c1
    return emitError() << "expects room for at least one entry, but got " << capacity;
  return success();
}

LogicalResult BitsType::verify(EmitError emitError, int64_t sets, int64_t members) {
  if (sets < 1 || members < 1 || members % 32) // bits_c1: sets are whole words
    return emitError() << "expects at least one set and members in multiples of 32, but got " << sets << " and "
                       << members;
  return success();
}

LogicalResult RingType::verify(EmitError emitError, int64_t stages, int64_t rows, int64_t cols, Type type,
                               SharedLayout layout) {
  if (stages < 1 || rows < 1 || cols < 1) // ring_c1
    return emitError() << "expects at least one stage, row and column, but got " << stages << " x " << rows << "x"
                       << cols;
  if (failed(verifyElement(emitError, type))) return failure();
  return verifyLayout(emitError, rows, cols, type, layout);
}

LogicalResult ChannelType::verify(EmitError emitError, int64_t stages) {
  if (stages < 1) // channel_c1
    return emitError() << "expects at least one stage, but got " << stages;
  return success();
}

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tile/IR/TileAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Tile/IR/TileTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tile/IR/TileOps.cpp.inc"
      >();
}
