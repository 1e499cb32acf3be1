#include "dialects/Tile/IR/TileContracts.h"
#include "dialects/Tile/IR/TileVerify.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace mlir::tile;

// Types are spelled whole: ODS alone would print `<64, 128, f32>` and not say of what.
static ParseResult parseWhole(OpAsmParser &parser, Type &type) { return parser.parseType(type); }
static void printWhole(OpAsmPrinter &printer, Operation *, Type type) { printer << type; }

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.cpp.inc"

//===----------------------------------------------------------------------===//
// kernel, launch
//===----------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type, int64_t warps) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name), TypeAttr::get(type));
  state.addAttribute(getWarpsAttrName(state.name), builder.getI64IntegerAttr(warps));
  Region *body = state.addRegion();
  Block &entry = body->emplaceBlock();
  for (Type input : type.getInputs()) entry.addArgument(input, state.location);
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto makeType = [](Builder &builder, ArrayRef<Type> args, ArrayRef<Type> results,
                     function_interface_impl::VariadicFlag,
                     std::string &) { return builder.getFunctionType(args, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false,
                                                  getFunctionTypeAttrName(result.name), makeType,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  if (getWarps() < 1 || getWarps() > 32) // kernel_c1: 32 warps are 1024 threads, the most a thread block has
    return emitOpError("expects 1 to 32 warps, but got ") << getWarps();
  if (getFunctionType().getNumResults() != 0) // kernel_c2: results leave through memory
    return emitOpError("expects no results, but got ") << getFunctionType().getResults();
  if (!getBody().hasOneBlock()) // kernel_c3: control flow is scf
    return emitOpError("expects one block, but got ") << getBody().getBlocks().size();
  for (Type type : getArgumentTypes())
    if (!isa<MemRefType>(type) && !type.isIntOrIndexOrFloat()) // kernel_c4
      return emitOpError("expects memrefs and scalars as arguments, but got ") << type;
  return success();
}

int64_t KernelOp::mathWarps() {
  for (RolesOp roles : getBody().getOps<RolesOp>()) return roles.getConsumerWarps();
  return getWarps();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel) // launch_c1
    return emitOpError("launches '") << getKernel() << "', which is no tile.kernel";
  if (kernel.getArgumentTypes() != ArrayRef<Type>(llvm::to_vector(getArgs().getTypes()))) // launch_c2
    return emitOpError("passes arguments of types ")
           << getArgs().getTypes() << ", but '" << getKernel() << "' takes " << kernel.getArgumentTypes();
  if ((*this)->getParentOfType<KernelOp>()) // launch_c3
    return emitOpError("expects to stand in a host function, but stands in a kernel");
  return success();
}

//===----------------------------------------------------------------------===//
// regions
//===----------------------------------------------------------------------===//

YieldOp mlir::tile::yieldOf(Region &region) {
  Block &block = region.front();
  return block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
}

Operation *mlir::tile::firstImpure(Region &region, bool allowReads) {
  Operation *impure = nullptr;
  region.walk([&](Operation *op) {
    if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>()) return WalkResult::advance(); // what it holds is walked too
    if (isMemoryEffectFree(op) || (allowReads && isa<memref::LoadOp, SearchSortedOp>(op))) return WalkResult::advance();
    impure = op;
    return WalkResult::interrupt();
  });
  return impure;
}

bool mlir::tile::allIndex(ValueRange values) {
  return llvm::all_of(values.getTypes(), [](Type type) { return type.isIndex(); });
}

//===----------------------------------------------------------------------===//
// row maps
//===----------------------------------------------------------------------===//

/// The row map yields `coords` coordinates and a valid count.
static LogicalResult verifyRowMap(Operation *op, Region &region, int64_t coords, int64_t rows, int64_t piece,
                                  int64_t rowDim) {
  if (region.getNumArguments() != 1 || !region.getArgument(0).getType().isIndex()) // rowmap_c1
    return op->emitOpError("expects a row map with one index argument");
  YieldOp yield = yieldOf(region);
  if (!yield || int64_t(yield.getValues().size()) != coords + 1 || !allIndex(yield.getValues())) // rowmap_c2
    return op->emitOpError("expects its row map to yield ") << coords << " coordinates and a valid count, all index";
  if (piece < 1 || rows % piece != 0) // rowmap_c3
    return op->emitOpError("expects pieces that divide its ") << rows << " rows, but piece is " << piece;
  if (rowDim < 0 || rowDim >= coords) // rowmap_c4
    return op->emitOpError("expects row_dim below ") << coords << ", but got " << rowDim;
  if (Operation *impure = firstImpure(region, /*allowReads=*/true)) // rowmap_c5: evaluated any number of times
    return op->emitOpError("expects pure ops and scalar reads in its row map, but got ") << impure->getName();
  return success();
}

template <typename TileType>
static LogicalResult verifyTileMove(Operation *op, Region &region, MemRefType view, TileType tile, int64_t piece,
                                    int64_t rowDim) {
  if (view.getElementType() != tile.getElementType()) // move_c1
    return op->emitOpError("moves ") << tile.getElementType() << ", but the view holds " << view.getElementType();
  if (view.getRank() < 2 ||
      (!view.isDynamicDim(view.getRank() - 1) && view.getShape().back() < tile.getCols())) // move_c2
    return op->emitOpError("takes ") << tile.getCols() << " columns, but the view is " << view;
  if (!view.isLastDimUnitStride()) // move_c3
    return op->emitOpError("expects a view whose last dimension is contiguous, but got ") << view;
  return verifyRowMap(op, region, view.getRank() - 1, tile.getRows(), piece, rowDim);
}

LogicalResult LoadOp::verify() {
  return verifyTileMove(*this, getRowMap(), cast<MemRefType>(getView().getType()), getResult().getType(), getPiece(),
                        getRowDim());
}
/// Machines may order columns in groups of 32 and as they hold 16-bit elements.
static LogicalResult verifyNative(Operation *op, bool native, FragType frag) {
  if (native && (frag.getElementType().getIntOrFloatBitWidth() != 16 || frag.getCols() % 32 != 0)) // native_c1
    return op->emitOpError("moves 16-bit columns in groups of 32 in native order, but got ") << frag;
  return success();
}

LogicalResult LoadFragOp::verify() {
  if (failed(verifyNative(*this, getNative(), getResult().getType()))) return failure();
  return verifyTileMove(*this, getRowMap(), cast<MemRefType>(getView().getType()), getResult().getType(), getPiece(),
                        getRowDim());
}
LogicalResult StoreOp::verify() {
  auto view = cast<MemRefType>(getView().getType());
  if (!getColumns().empty() && getColumns().size() != 2) // store_c1
    return emitOpError("expects a first column and a count of columns, but got ") << getColumns().size() << " numbers";
  if (!getColumns().empty() &&
      view.getRank() > 0) { // columns are counted at run time: a view narrower than the fragment is no error
    SmallVector<int64_t> shape(view.getShape());
    shape.back() = ShapedType::kDynamic;
    view = MemRefType::get(shape, view.getElementType(), view.getLayout(), view.getMemorySpace());
  }
  if (std::optional<int64_t> first = getNative()) {
    FragType frag = getValue().getType();
    if (failed(verifyNative(*this, true, frag))) return failure();
    if (*first < 0 || *first % 32 != 0 || !getColumns().empty() ||
        (view.getRank() && !view.isDynamicDim(view.getRank() - 1) &&
         view.getShape().back() < *first + frag.getCols())) // native_c2
      return emitOpError("begins at a multiple of 32 columns, stores all and ends in the view's row, but columns ")
             << *first << " to " << *first + frag.getCols() << " go to " << view;
  }
  return verifyTileMove(*this, getRowMap(), view, getValue().getType(), getPiece(), getRowDim());
}
LogicalResult LoadAsyncOp::verify() {
  if (getTensor() && !fitsTensorCopy(*this)) // load_async_c1
    return emitOpError("expects a tensor copy of all columns of an argument, in one piece, to a swizzled slot of rows "
                       "of whole panels, "
                       "between the acquire and the commit of a channel");
  return verifyTileMove(*this, getRowMap(), cast<MemRefType>(getView().getType()), getRing().getType(), getPiece(),
                        getRowDim());
}

static LogicalResult verifyRowsMove(Operation *op, Region &region, MemRefType view, RowsType rows, int64_t piece,
                                    int64_t rowDim) {
  if (view.getElementType() != rows.getElementType()) // move_rows_c1
    return op->emitOpError("moves ") << rows.getElementType() << ", but the view holds " << view.getElementType();
  return verifyRowMap(op, region, view.getRank(), rows.getRows(), piece, rowDim);
}

LogicalResult LoadRowsOp::verify() {
  if (getPad().getType() != getResult().getType().getElementType()) // load_rows_c1
    return emitOpError("pads with ") << getPad().getType() << ", but loads " << getResult().getType().getElementType();
  return verifyRowsMove(*this, getRowMap(), cast<MemRefType>(getView().getType()), getResult().getType(), getPiece(),
                        getRowDim());
}
LogicalResult StoreRowsOp::verify() {
  return verifyRowsMove(*this, getRowMap(), cast<MemRefType>(getView().getType()), getValue().getType(), getPiece(),
                        getRowDim());
}

/// What is read of a tile begins where a piece of its size does.
static LogicalResult verifyFirstRow(Operation *op, int64_t first, int64_t rows, int64_t tileRows) {
  if (first < 0 || first >= tileRows || first % std::min(rows, tileRows) != 0) // to_frag_c3, to_rows_c3
    return op->emitOpError("begins at a multiple of ")
           << std::min(rows, tileRows) << " below " << tileRows << " rows, but at " << first;
  return success();
}

LogicalResult ToFragOp::verify() {
  auto smem = getSource().getType();
  auto frag = getResult().getType();
  if (smem.getCols() != frag.getCols() || smem.getElementType() != frag.getElementType()) // to_frag_c1
    return emitOpError("expects a fragment of the tile's columns and element type, but got ")
           << smem << " and " << frag;
  if (frag.getRows() % smem.getRows() != 0 && smem.getRows() % frag.getRows() != 0) // to_frag_c2
    return emitOpError("reads a part of the rows or all of them several times, but got ") << smem << " and " << frag;
  return verifyFirstRow(*this, int64_t(getFirst()), frag.getRows(), smem.getRows());
}

LogicalResult ToRowsOp::verify() {
  auto smem = getSource().getType();
  auto rows = getResult().getType();
  if (smem.getCols() != 1 || smem.getElementType() != rows.getElementType()) // to_rows_c1
    return emitOpError("reads a tile of one column, element for element, but got ") << smem << " and " << rows;
  if (rows.getRows() % smem.getRows() != 0 && smem.getRows() % rows.getRows() != 0) // to_rows_c2
    return emitOpError("reads a part of the rows or all of them several times, but got ") << smem << " and " << rows;
  return verifyFirstRow(*this, int64_t(getFirst()), rows.getRows(), smem.getRows());
}

LogicalResult ToSmemOp::verify() {
  auto smem = getResult().getType();
  auto frag = dyn_cast<FragType>(getValue().getType());
  int64_t cols = frag ? frag.getCols() : 1;
  if (smem.getRows() != rowsOf(getValue().getType()) || smem.getCols() != cols ||
      smem.getElementType() != elementOf(getValue().getType())) // to_smem_c1
    return emitOpError("writes ") << getValue().getType() << " to " << smem;
  return success();
}

LogicalResult VisitUnionOp::verify() {
  auto lists = cast<MemRefType>(getLists().getType());
  if (getTokens() < 1 || getTokens() > 32) // visit_union_c1: the member mask has 32 bits
    return emitOpError("expects 1 to 32 tokens, but got ") << getTokens();
  if (lists.getRank() < 1 || lists.isDynamicDim(lists.getRank() - 1) ||
      !lists.getElementType().isInteger(32)) // visit_union_c2
    return emitOpError("expects i32 lists of a static length, but got ") << lists;
  int64_t capacity = getTokens() * lists.getShape().back();
  if (getResult().getType().getCapacity() != capacity) // visit_union_c3
    return emitOpError("expects a list of capacity ")
           << capacity << ", but got " << getResult().getType().getCapacity();
  YieldOp yield = yieldOf(getTokenMap());
  if (!yield || int64_t(yield.getValues().size()) != lists.getRank() + 1 ||
      !allIndex(yield.getValues())) // visit_union_c4
    return emitOpError("expects its region to yield a request, ")
           << lists.getRank() - 1 << " coordinates and whether the token exists, all index";
  if (getTokenMap().getNumArguments() != 1 || !getTokenMap().getArgument(0).getType().isIndex()) // visit_union_c5
    return emitOpError("expects a region with one index argument");
  if (Operation *impure = firstImpure(getTokenMap(), /*allowReads=*/true)) // visit_union_c6
    return emitOpError("expects pure ops and scalar reads in its region, but got ") << impure->getName();
  return success();
}

LogicalResult SliceOp::verify() {
  auto from = getSource().getType(), to = getResult().getType();
  if (from.getCols() != to.getCols() || from.getElementType() != to.getElementType()) // slice_c1
    return emitOpError("slices ") << from << " to " << to << ": columns or element types differ";
  if (int64_t(getFirstRow()) + to.getRows() > from.getRows()) // slice_c2
    return emitOpError("takes rows up to ")
           << int64_t(getFirstRow()) + to.getRows() << ", but the tile has " << from.getRows();
  return success();
}

LogicalResult SearchSortedOp::verify() {
  auto offsets = cast<MemRefType>(getOffsets().getType());
  if (offsets.getRank() != 1 || !offsets.getElementType().isInteger(32)) // search_sorted_c1
    return emitOpError("expects a vector of i32 offsets, but got ") << offsets;
  return success();
}

//===----------------------------------------------------------------------===//
// math
//===----------------------------------------------------------------------===//

LogicalResult MmaOp::verify() {
  int64_t m, k;
  Type element;
  if (auto smem = dyn_cast<SmemType>(getA().getType())) {
    m = smem.getRows(), k = smem.getCols(), element = smem.getElementType();
  } else {
    auto frag = cast<FragType>(getA().getType());
    m = frag.getRows(), k = frag.getCols(), element = frag.getElementType();
  }
  auto b = getB().getType();
  auto acc = getAcc().getType();
  int64_t parts = getParts();
  if (parts < 1 || acc.getRows() % parts != 0 || b.getRows() % parts != 0) // mma_c5
    return emitOpError("expects parts to divide the rows of acc and b, but got ")
           << parts << " parts of " << acc.getRows() << " and " << b.getRows() << " rows";
  int64_t bRows = b.getRows() / parts;                                                  // of one part
  if (isa<SmemType>(getA().getType()) && m * parts == acc.getRows()) m = acc.getRows(); // one tile for all parts
  int64_t bK = getTransposeB() ? b.getCols() : bRows, n = getTransposeB() ? bRows : b.getCols();
  if (k != bK) // mma_c1
    return emitOpError("contracts over ") << k << " columns of a, but b has " << bK;
  if (std::optional<int64_t> first = getFirstCol()) {
    if (getTransposeB() || *first < 0 || *first % 16 != 0 ||
        *first + acc.getCols() > n) // mma_c6: ldmatrix takes columns in sixteens
      return emitOpError("takes columns in sixteens of a b that is not transposed, but ")
             << acc.getCols() << " from " << *first << " are taken of " << n;
    n = acc.getCols();
  }
  if (acc.getRows() != m || acc.getCols() != n) // mma_c2
    return emitOpError("accumulates ") << m << "x" << n << ", but acc is " << acc;
  if (element != b.getElementType()) // mma_c3
    return emitOpError("multiplies ") << element << " by " << b.getElementType();
  if (!acc.getElementType().isF32()) // mma_c4
    return emitOpError("accumulates in f32, but acc is ") << acc;
  return success();
}

/// A tile in shared memory is a value, unless it is a slot of a ring (or may be one): then the op reads what it holds
/// now.
static void addSlotRead(Value tile, SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (isa<SmemType>(tile.getType()) && !tile.getDefiningOp<LoadOp>())
    effects.emplace_back(MemoryEffects::Read::get(), SharedMemory::get());
}

void MmaOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  addSlotRead(getA(), effects);
  addSlotRead(getB(), effects);
}

void ToRowsOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  addSlotRead(getSource(), effects);
}

void ToFragOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  addSlotRead(getSource(), effects);
}

LogicalResult SplatOp::verify() {
  if (getValue().getType() != elementOf(getResult().getType())) // splat_c1
    return emitOpError("fills ") << getResult().getType() << " with " << getValue().getType();
  return success();
}

LogicalResult MapOp::verify() {
  auto frag = dyn_cast<FragType>(getResult().getType());
  int64_t rows = frag ? frag.getRows() : cast<RowsType>(getResult().getType()).getRows();
  SmallVector<Type> args(frag ? 2 : 1, IndexType::get(getContext()));
  for (Type input : getInputs().getTypes()) {
    if (auto in = dyn_cast<FragType>(input)) {
      if (!frag || in.getRows() != rows || in.getCols() != frag.getCols()) // map_c1
        return emitOpError("maps ") << input << " to " << getResult().getType() << ": shapes differ";
      args.push_back(in.getElementType());
    } else {
      auto vector = cast<RowsType>(input);
      if (vector.getRows() != rows) // map_c2
        return emitOpError("maps ") << input << " to " << getResult().getType() << ": rows differ";
      args.push_back(vector.getElementType());
    }
  }
  if (getBody().getArgumentTypes() != TypeRange(args)) // map_c3
    return emitOpError("expects region arguments ") << TypeRange(args) << ", but got " << getBody().getArgumentTypes();
  Type element = frag ? frag.getElementType() : cast<RowsType>(getResult().getType()).getElementType();
  YieldOp yield = yieldOf(getBody());
  if (!yield || yield.getValues().size() != 1 || yield.getValues().front().getType() != element) // map_c4
    return emitOpError("expects its region to yield one ") << element;
  if (Operation *impure = firstImpure(getBody(), /*allowReads=*/!frag)) // map_c5
    return emitOpError("expects ") << (frag ? "pure ops" : "pure ops and scalar reads") << " in its region, but got "
                                   << impure->getName();
  return success();
}

LogicalResult MaskColsOp::verify() {
  if (!getCount().getType().getElementType().isInteger(32) ||
      getCount().getType().getRows() != getValue().getType().getRows()) // mask_cols_c1
    return emitOpError("expects an i32 count for each of ")
           << getValue().getType().getRows() << " rows, but got " << getCount().getType();
  if (!getValue().getType().getElementType().isF32()) // mask_cols_c2
    return emitOpError("masks f32 fragments, but got ") << getValue().getType();
  return success();
}

LogicalResult IfRowsOp::verify() {
  if (!getCount().getType().getElementType().isInteger(32)) // if_rows_c1
    return emitOpError("expects i32 counts, but got ") << getCount().getType();
  for (Type type : getInits().getTypes())
    if (rowsOf(type) != getCount().getType().getRows()) // if_rows_c4
      return emitOpError("counts ") << getCount().getType().getRows() << " rows, but makes " << type;
  if (getBody().getNumArguments() != 0) // if_rows_c2
    return emitOpError("expects a region without arguments, but it has ") << getBody().getNumArguments();
  YieldOp yield = yieldOf(getBody());
  if (!yield || yield.getValues().getTypes() != getInits().getTypes()) // if_rows_c3
    return emitOpError("expects its region to yield ") << getInits().getTypes();
  return success();
}

LogicalResult AnyRowsOp::verify() {
  if (!getCount().getType().getElementType().isInteger(32)) // any_rows_c1
    return emitOpError("expects i32 counts, but got ") << getCount().getType();
  return success();
}

LogicalResult FoldColsOp::verify() {
  auto from = getValue().getType(), to = getResult().getType();
  if (from.getRows() != to.getRows() || from.getElementType() != to.getElementType()) // fold_cols_c1
    return emitOpError("folds ") << from << " to " << to;
  if (!from.getElementType().isF32()) // fold_cols_c3
    return emitOpError("folds f32 fragments, but got ") << from;
  if (from.getCols() % to.getCols() != 0) // fold_cols_c2
    return emitOpError("folds ") << from.getCols() << " columns to " << to.getCols() << ", which does not divide them";
  return success();
}

LogicalResult RowReduceOp::verify() {
  auto frag = getValue().getType();
  auto rows = getResult().getType();
  if (frag.getRows() != rows.getRows() || frag.getElementType() != rows.getElementType()) // row_reduce_c1
    return emitOpError("reduces ") << frag << " to " << rows;
  return success();
}

LogicalResult ColReduceOp::verify() {
  if (!elementOf(getValue().getType()).isF32()) // col_reduce_c1
    return emitOpError("reduces f32, but got ") << getValue().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// channels
//===----------------------------------------------------------------------===//

LogicalResult SlotOp::verify() {
  RingType ring = getRing().getType();
  SmemType tile = getTile().getType();
  if (tile != ring.getTile()) // slot_c1
    return emitOpError("takes ") << tile << " from " << ring;
  return success();
}

LogicalResult RolesOp::verify() {
  auto kernel = cast<KernelOp>((*this)->getParentOp());
  if (int64_t(getProducerWarps() + getConsumerWarps()) != int64_t(kernel.getWarps())) // roles_c1
    return emitOpError("deals out ") << getProducerWarps() << " + " << getConsumerWarps()
                                     << " warps, but the kernel has " << kernel.getWarps();
  if (!isa_and_nonnull<ReturnOp>((*this)->getNextNode())) // roles_c2: the roles do not meet again
    return emitOpError("expects to be followed by tile.return only");
  for (Region *region : {&getProducer(), &getConsumer()}) {
    YieldOp yield = yieldOf(*region);
    if (region->getNumArguments() != 0 || !yield || !yield.getValues().empty()) // roles_c3
      return emitOpError("expects regions without arguments that end in a tile.yield of nothing");
  }
  WalkResult dealt = getProducer().walk([&](Operation *op) -> WalkResult {
    for (Type type : op->getResultTypes())
      if (isa<FragType, RowsType>(type)) // roles_c4: rows are dealt to the consumers' warps
        return emitOpError("expects fragments and rows in the consumers only, but the producer makes ") << type;
    return WalkResult::advance();
  });
  return failure(dealt.wasInterrupted());
}

/// A handshake op of the role that `region` of tile.roles is.
static LogicalResult verifyHandshake(Operation *op, unsigned region) {
  auto roles = op->getParentOfType<RolesOp>();
  if (!roles || !roles->getRegion(region).isAncestor(op->getParentRegion())) // handshake_c1
    return op->emitOpError("expects to stand in the ") << (region == 0 ? "producer" : "consumer") << " of tile.roles";
  return success();
}
LogicalResult AcquireOp::verify() { return verifyHandshake(*this, 0); }
LogicalResult CommitOp::verify() { return verifyHandshake(*this, 0); }
LogicalResult WaitOp::verify() { return verifyHandshake(*this, 1); }
LogicalResult ReleaseOp::verify() { return verifyHandshake(*this, 1); }
