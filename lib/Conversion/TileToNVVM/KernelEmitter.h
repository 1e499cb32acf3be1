// Writes one thread's view of a tile.kernel: every tile value becomes the scalars that this thread holds.
//
// Layout of a fragment (mma.sync m16n8, and per warp the same for wgmma): a warp owns rows / warps rows, in subtiles of 16, one
// after the other or, for wgmma, 64 apart. Where there are more warps than sixteens of rows, those that share rows own
// cols / sharers consecutive columns each. In subtile i and column tile j of 8, lane l holds rows l/4 and l/4 + 8 (half h = 0, 1) and columns 2(l mod 4) + {0, 1}.
// Scalars are ordered [i][j][h][2]; 16-bit elements are held as vector<2> pairs [i][j][h]. A row vector holds [i][h].
#ifndef MSA_LIB_CONVERSION_TILETONVVM_KERNELEMITTER_H
#define MSA_LIB_CONVERSION_TILETONVVM_KERNELEMITTER_H
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::tile {

using Values = SmallVector<Value>;

class KernelEmitter {
public:
  KernelEmitter(KernelOp kernel, OpBuilder &moduleBuilder);
  /// Emits an llvm.func at the builder's place, or fails with a diagnostic on the kernel.
  FailureOr<LLVM::LLVMFuncOp> emit();

private:
  // Kernel.cpp
  LogicalResult emitBlock(Block &block);
  LogicalResult emitOp(Operation &op);
  LogicalResult emitFor(scf::ForOp loop);
  LogicalResult emitIf(scf::IfOp branch);
  void emitLoadScalar(Operation &op);
  LogicalResult emitStoreScalar(Operation &op);
  /// Inlines a region with the given block arguments; returns what it yields, one scalar each.
  FailureOr<Values> inlineRegion(Region &region, ValueRange arguments);
  SmallVector<Type> loweredTypes(Type type);
  Values &get(Value value) { return values[value]; }
  Value one(Value value) { return values[value].front(); }
  void set(Value value, Values lowered) { values[value] = std::move(lowered); }

  // Arithmetic on the way; index is 32 bits on the device.
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }
  Value i32(int64_t value) { return arith::ConstantIntOp::create(b, value, 32); }
  Value i64(Value index);
  Value add(Value lhs, Value rhs) { return arith::AddIOp::create(b, lhs, rhs); }
  Value mul(Value lhs, Value rhs) { return arith::MulIOp::create(b, lhs, rhs); }
  Value less(Value lhs, Value rhs) { return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs); }
  Value toI32(Value index) { return arith::IndexCastOp::create(b, b.getI32Type(), index); }
  Value toIndex(Value i32) { return arith::IndexCastOp::create(b, b.getIndexType(), i32); }
  Value ofThisTurn(Value value);
  Value intrinsic(StringRef name, Type result, ValueRange arguments);
  /// The same value, of which LLVM knows nothing: what is computed from it stays where it is used. Else every address of an unrolled copy
  /// is hoisted out of the loops around it, and there are more of them than registers.
  Value opaque(Value value);
  void barrier(); ///< of all threads that run the same program: the role's, or the thread block's

  // Channels.cpp: roles and what they tell each other
  Values inlineAsm(StringRef text, const Twine &constraints, ValueRange operands, TypeRange results = {});
  Value addressOf(Value sharedPointer) { return LLVM::PtrToIntOp::create(b, b.getI32Type(), sharedPointer); }
  LogicalResult emitMakeChannel(MakeChannelOp op);
  void waitForPhase(Value barrier, Value parity);
  Value barrierOf(Value channel, Value use, bool full);
  void emitHandshake(Operation *op);
  LogicalResult emitRoles(RolesOp op);
  LogicalResult emitRole(Region &region, int64_t firstWarp, int64_t count, std::optional<int64_t> registers, bool more);

  // Copies.cpp: global memory, shared memory
  Value shared(int64_t byteOffset);
  Value at(Value pointer, int64_t byteOffset);
  Value at(Value pointer, Value byteOffset); ///< i32 offset for shared memory, i64 for global
  /// Address of view[coords] with coords[rowDim] moved by `rowInPiece`.
  Value address(Value view, ValueRange coords, int64_t rowDim, Value rowInPiece, Value column);
  int64_t pitchOf(int64_t cols, Type element); ///< bytes of a shared-memory row: padded so that ldmatrix hits all banks
  /// Byte offset, in a tile, of 16-byte chunk `chunk` of row `row`; both are index.
  Value chunkOffset(SmemType tile, Value row, Value chunk);
  LogicalResult emitCopy(Operation *op, Region &rowMap, Value view, SmemType tile, int64_t piece, int64_t rowDim,
                         Value destination);
  LogicalResult emitLoad(LoadOp op);
  LogicalResult emitLoadAsync(LoadAsyncOp op);
  // TensorCopies.cpp
  using MapKey = std::tuple<unsigned, int64_t, int64_t>; ///< argument, its dimension that rows walk, rows of a box
  static MapKey mapKeyOf(LoadAsyncOp op);
  /// Describes a parameter for every tensor map that the kernel's copies need, in order.
  void describeTensorMaps(function_ref<void(const Twine &text, Type type)> describe);
  void takeTensorMaps(LLVM::LLVMFuncOp function, unsigned firstParameter);
  LogicalResult emitTensorCopy(LoadAsyncOp op, Value destination);
  void emitSlot(SlotOp op);
  void emitSlice(SliceOp op);
  /// For each of this thread's rows: the piece's coordinates, the row within its piece and whether it exists.
  struct RowAccess {
    Values coords;
    Value rowInPiece, exists;
  };
  FailureOr<RowAccess> rowAccess(Region &rowMap, Value row, int64_t piece);
  LogicalResult emitLoadRows(LoadRowsOp op);
  Value firstNativeColumn(FragType type);
  LogicalResult emitLoadFrag(LoadFragOp op);
  LogicalResult emitStore(StoreOp op);
  LogicalResult emitStoreColumns(StoreOp op);
  LogicalResult emitStoreRows(StoreRowsOp op);

  // Mma.cpp
  Values ldmatrix(Value pointer, bool transposed);
  LogicalResult emitMma(MmaOp op);

  // SharedTiles.cpp: fragments and row vectors to and from tiles in shared memory
  LogicalResult emitToFrag(ToFragOp op);
  void emitToRows(ToRowsOp op);
  void emitToSmem(ToSmemOp op);
  Value pairOf(const Values &value, Type element, int64_t place); ///< two neighbouring columns as a vector
  /// Byte offset of this lane's row of subtile i in a tile of `tileRows` rows that a fragment or row vector of `rows` reads from `first`.
  Value sharedRow(int64_t rows, int64_t i, Value laneRow, int64_t first, int64_t tileRows, int64_t pitch);

  // Wgmma.cpp
  LogicalResult emitWgmma(MmaOp op);
  void emitWaitMma(WaitMmaOp op);
  Values waitForMma(ValueRange acc, int64_t pending);
  void fenceCopies(); ///< what threads copied becomes visible to wgmma
  Value descriptor(Value sharedAddress, int64_t leadingBytes, int64_t strideBytes);
  Value warpgroupVote(Value condition);

  // Rows.cpp: elementwise and reductions
  int64_t rowWarps(int64_t rows) { return std::min(warps, rows / 16); } ///< warps that rows are dealt to
  int64_t columnWarps(int64_t rows) { return warps / rowWarps(rows); }  ///< warps that share the same rows
  int64_t subtiles(int64_t rows) { return rows / rowWarps(rows) / 16; }
  int64_t columnTiles(FragType type) { return type.getCols() / columnWarps(type.getRows()) / 8; }
  LogicalResult checkDealt(Operation &op);     ///< every tile of the op's results can be dealt to the warps
  Value firstRow(int64_t rows, int64_t i = 0); ///< of this warp's subtile i
  Value firstColumn(FragType type);            ///< of this thread
  Value rowNumber(int64_t rows, int64_t i, int64_t half);
  Values opaqueRowNumbers(int64_t rows); ///< all of this thread's, [i][half]
  Value columnNumber(FragType type, int64_t j, int64_t element);
  LogicalResult emitMap(MapOp op);
  void emitSplat(SplatOp op);
  void emitMaskCols(MaskColsOp op);
  /// Whether a count of this warp's rows, or of its warpgroup's, is positive.
  Value anyRows(Value count, bool ofWarpgroup);
  LogicalResult emitIfRows(IfRowsOp op);
  LogicalResult emitRowReduce(RowReduceOp op);
  LogicalResult emitColReduce(ColReduceOp op);
  void emitFoldCols(FoldColsOp op);
  Values foldSubtile(FoldColsOp op, ValueRange in);
  Value join(ReduceKind kind, Value lhs, Value rhs);
  /// Values of this thread, in a tree, so that no chain of dependent operations forms.
  Value joinAll(ReduceKind kind, Values level);

  // Lists.cpp
  LogicalResult emitVisitUnion(VisitUnionOp op);
  LogicalResult emitVisitOne(VisitUnionOp op, Value base);
  void emitListSize(ListSizeOp op);
  void emitListEntry(ListEntryOp op);
  LogicalResult emitSearchSorted(SearchSortedOp op);

  // TopK.cpp
  LogicalResult emitTopK(TopKOp op);
  /// A float's place in the order of floats, i32: -0 is 0, a NaN is -inf.
  Value orderedWord(Value x);
  friend class TopKEmitter;

  // RowBest.cpp: lists of the best, a quad a row
  struct RowList { ///< one row's list as this lane holds it
    Values words, positions;
    Value bar;
  };
  static int64_t listRegisters(BestType type);
  SmallVector<Type> loweredBest(BestType type);
  SmallVector<RowList> rowLists(TypedValue<BestType> best);
  RowList insertInRow(const RowList &list, Value word, Value position, int64_t k);
  Value quadShuffle(Value x, Value lane, bool up);
  void emitTopKEmpty(TopKEmptyOp op);
  void emitTopKInsert(TopKInsertOp op);
  LogicalResult emitTopKStore(TopKStoreOp op);

  // MoveLists.cpp
  LogicalResult emitMoveLists(MoveListsOp op);

  // Parallel.cpp: scalar work
  FailureOr<Value> placeOf(Operation *op);
  Value word(Value base, Value position);
  /// body(i) for i = begin, begin + threads, ... below end.
  void forThreads(Value begin, Value end, function_ref<void(Value i)> body);
  Value setWord(TypedValue<BitsType> bits, Value set, Value number);
  LogicalResult emitParallel(ParallelOp op);
  void emitAt(AtOp op);
  LogicalResult emitScan(ScanOp op);
  LogicalResult emitMakeBits(MakeBitsOp op);
  void emitSetBit(SetBitOp op);
  void emitCountBits(CountBitsOp op);

  KernelOp kernel;
  ImplicitLocOpBuilder b;
  int64_t warps, threads; ///< that run the program: a role's inside of it
  bool wgmma;
  int64_t role = 0; ///< 0: no roles, or before them; 1: producer; 2: consumer
  DenseMap<Value, Values> values;
  llvm::MapVector<MapKey, Value> tensorMaps; ///< kernel parameters
  Value smem;                                ///< !llvm.ptr<3>
  Value tid, lane, warp;                     ///< index
  Value quadRow, quadColumn;                 ///< lane / 4, lane mod 4, index
};

} // namespace mlir::tile
#endif
