//===- BlockReader.h - reads one thread block's program ---------*- C++ -*-===//
//
// Walks a tile kernel in order and writes what each op does to buffers. Every tile-typed SSA value is held by one
// buffer, and every buffer holds at most one value that is still needed.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_LIB_CONVERSION_TILETOLOOPS_BLOCKREADER_H
#define MSA_LIB_CONVERSION_TILETOLOOPS_BLOCKREADER_H
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::msa {

class BlockReader {
public:
  /// Writes into `home`, the body of the loop over thread blocks, before its terminator. Up to `stackBytes` of tiles
  /// lie on the stack.
  BlockReader(Block *home, int64_t stackBytes);

  /// Reads a kernel whose arguments are `args`; `programId` has the thread block's x, y and z.
  LogicalResult read(tile::KernelOp kernel, ValueRange args, ArrayRef<Value> programId);

private:
  /// The members of a union: `size` entries, each a key request * 2^32 + block and a mask.
  struct List {
    Value keys;  // memref<capacity x i64>, ascending
    Value masks; // memref<capacity x i32>
    Value size;  // index
  };

  // Control flow (BlockReader.cpp).
  LogicalResult readOps(Block &block);
  LogicalResult readOp(Operation *op);
  /// `companion` is the other role's loop that makes the same turns: its body is read before that of `op`, turn by turn.
  LogicalResult readFor(scf::ForOp op, scf::ForOp companion = {});
  LogicalResult readIf(scf::IfOp op);
  LogicalResult readIfRows(tile::IfRowsOp op);
  Value readAnyRows(Value count);
  LogicalResult readSelect(arith::SelectOp op);
  LogicalResult readScalarOp(Operation *op);
  LogicalResult readBranch(Block &from, Block *to, ArrayRef<Value> tileDestinations, Block *companion = nullptr);
  /// Reads a region that holds scalars only in place; its yielded values.
  FailureOr<SmallVector<Value>> inlineRegion(Region &region, ValueRange args);

  // Roles and channels (ReadRoles.cpp).
  LogicalResult readRoles(tile::RolesOp op);
  LogicalResult readTogether(Block &consumer, Block &producer);
  void readHandshake(Operation *op);
  /// Stops the program with `message` unless `condition` holds.
  void require(Value condition, StringRef message);

  // Buffers (Buffers.cpp).
  static bool isTile(Type type);
  static MemRefType bufferType(Type tile);
  Value allocate(MemRefType type);
  /// The buffer that holds `value` (a splat is written to a new one first).
  Value bufferOf(Value value);
  /// A buffer for the result of `op`: that of the first candidate that nobody needs after `op`, or a new one.
  Value resultBuffer(Operation *op, Type type, ValueRange candidates);
  /// True where no op after `op` (nor `op` itself, met again in a loop) needs `value`.
  static bool isDeadAfter(Value value, Operation *op);
  bool canTake(Value value, Operation *after, MemRefType type, ArrayRef<Value> taken);
  /// `value`'s content to `to`: a copy, a fill, or nothing where it is there already.
  void moveTo(Value value, Value to);
  /// All of `values` to `destinations` as if at once.
  void moveAll(ValueRange values, ArrayRef<Value> destinations);

  // Movement (ReadMoves.cpp).
  LogicalResult forEachPiece(Region &map, int64_t rows, int64_t piece, int64_t rowDim,
                             function_ref<LogicalResult(Value firstRow, ValueRange coords, Value valid)> body);
  LogicalResult loadTile(Value view, Region &map, int64_t piece, int64_t rowDim, Value to);
  LogicalResult readLoadRows(tile::LoadRowsOp op);
  LogicalResult readStore(tile::StoreOp op);
  LogicalResult readStoreRows(tile::StoreRowsOp op);
  void readToFrag(tile::ToFragOp op);
  void readToRows(tile::ToRowsOp op);
  void readToSmem(tile::ToSmemOp op);
  Value rowsOf(Value buffer, int64_t first, int64_t rows);
  Value columnsOf(Value buffer, int64_t first, int64_t cols);
  Value columnOf(Value buffer);
  void copyRows(Value from, Value to, int64_t first);
  void readSlice(tile::SliceOp op);
  Value slotOf(Value ring, Value slot);
  LogicalResult readVisitUnion(tile::VisitUnionOp op);
  void readListEntry(tile::ListEntryOp op);
  void readSearchSorted(tile::SearchSortedOp op);
  Value insertSorted(Value keys, Value masks, Value size, Value key, Value bit);

  // Choosing and ordering (ReadTopK.cpp).
  LogicalResult readTopK(tile::TopKOp op);
  void readTopKInsert(tile::TopKInsertOp op);
  LogicalResult readTopKStore(tile::TopKStoreOp op);
  LogicalResult readMoveLists(tile::MoveListsOp op);

  // Scalar work (ReadParallel.cpp).
  LogicalResult readParallel(tile::ParallelOp op);
  void readAt(tile::AtOp op);
  void readScan(tile::ScanOp op);
  void readMakeBits(tile::MakeBitsOp op);
  void readSetBit(tile::SetBitOp op);
  void readCountBits(tile::CountBitsOp op);

  // Math (ReadMath.cpp).
  void readMma(tile::MmaOp op);
  LogicalResult readMap(tile::MapOp op);
  LogicalResult readRowsLoop(tile::MapOp op, Value result);
  void readMaskCols(tile::MaskColsOp op);
  void readRowReduce(tile::RowReduceOp op);
  void readColReduce(tile::ColReduceOp op);
  Value identityOf(arith::AtomicRMWKind kind, Type element);
  void readFoldCols(tile::FoldColsOp op);
  /// Joins `value` along its dimension `reduced` into `result`, first filled with what changes nothing.
  void reduceInto(tile::ReduceKind kind, Value value, Value result, unsigned reduced);

  // Small pens.
  Value index(int64_t value);
  Value add(Value lhs, Value rhs);
  /// for (i = from; i < to; i += step) body(i)
  void loop(Value from, Value to, Value step, function_ref<void(Value i)> body);
  /// Row `row` of a 2-D buffer, or of a view at `coords`, as a vector of `cols` elements.
  Value rowOf(Value view, ArrayRef<OpFoldResult> coords, int64_t cols);

  ImplicitLocOpBuilder b;
  Block *home;
  int64_t stackBytes;
  SmallVector<Value> programId;
  SmallVector<Value> allocated;   // buffers too large for the stack, freed at the end
  IRMapping scalars;              // kernel scalars, memrefs -> host values
  DenseMap<Value, Value> buffers; // kernel tiles -> buffers
  DenseMap<Value, Value> splats;  // kernel tiles that are one scalar everywhere -> that scalar
  DenseMap<Value, List> lists;
  DenseMap<Value, Value>
      channels; // kernel channels -> memref<stages x i64>: 0 empty, n + 1 filled by use n, -1 being filled
};

} // namespace mlir::msa
#endif
