// Tiling over what is independent: KV heads (attend), index heads (index_scores, select_blocks), tokens and heads (combine).
// Query tokens of the other ops are not tiled here: a token's position depends on the request it belongs to.
//
// Each op states once which axis of which operand and result follows which loop (a TileMap); the interface is written
// against that map.
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

namespace mlir::msa {
namespace {

/// Axis `axis` advances by `factor` elements for each step of loop `loop`.
struct AxisOfLoop {
  unsigned loop;
  int64_t axis;
  int64_t factor = 1;
};
using Axes = SmallVector<AxisOfLoop, 2>;

struct TileMap {
  struct Loop {
    Value value; ///< whose size along `axis` is the trip count
    int64_t axis;
    StringRef what;
    bool isStatic; ///< a tile's size must be known: ops have static head counts
  };
  SmallVector<Loop, 2> loops;
  DenseMap<unsigned, Axes> operands; ///< by operand number; those not here are used whole
  SmallVector<Axes, 2> destinations; ///< one a result, or one an `outs` operand
};

TileMap tileMapOf(AttendOp op) {
  TileMap map;
  auto query = shapedTypeOf(op.getQuery()), key = shapedTypeOf(op.getKey());
  KeyShape keyShape = keyShapeOf(key, bool(op.getPageTable()));
  int64_t group = queryShapeOf(query).heads / keyShape.heads;
  int64_t keyHeads = keyShape.layout == ::msa::KvLayout::Dense ? 2 : 1;
  map.loops.push_back({op.getKey(), keyHeads, "KV heads", /*isStatic=*/true});
  map.operands[op.getQueryMutable().getOperandNumber()] = {{0, query.getRank() - 2, group}};
  map.operands[op.getKeyMutable().getOperandNumber()] = {{0, keyHeads}};
  map.operands[op.getValueMutable().getOperandNumber()] = {{0, keyHeads}};
  map.operands[op.getSelectedMutable().getOperandNumber()] = {{0, headAxis(selectionOf(op).getLayout())}};
  ValueRange destinations = destinationsOf(op);
  map.destinations.push_back({{0, shapedTypeOf(destinations[0]).getRank() - 2, group}});
  if (destinations.size() > 1) map.destinations.push_back({{0, shapedTypeOf(destinations[1]).getRank() - 1, group}});
  return map;
}

TileMap tileMapOf(IndexScoresOp op) {
  TileMap map;
  int64_t headsAxis = shapedTypeOf(op.getIndexQuery()).getRank() - 2;
  map.loops.push_back({op.getIndexQuery(), headsAxis, "index heads", /*isStatic=*/true});
  map.operands[op.getIndexQueryMutable().getOperandNumber()] = {{0, headsAxis}};
  map.destinations.push_back({{0, 0}});
  return map;
}

TileMap tileMapOf(SelectBlocksOp op) {
  TileMap map;
  if (Value scores = op.getScores()) {
    map.loops.push_back({scores, 0, "index heads", /*isStatic=*/true});
    map.operands[op.getScoresMutable().begin()->getOperandNumber()] = {{0, 0}};
  } else {
    int64_t headsAxis = shapedTypeOf(op.getIndexQuery()).getRank() - 2;
    map.loops.push_back({op.getIndexQuery(), headsAxis, "index heads", /*isStatic=*/true});
    map.operands[op.getIndexQueryMutable().begin()->getOperandNumber()] = {{0, headsAxis}};
  }
  map.destinations.assign(destinationsOf(op).size(), {{0, headAxis(selectionOf(op).getLayout())}});
  return map;
}

TileMap tileMapOf(CombineOp op) {
  TileMap map;
  map.loops.push_back({op.getPartial(), 1, "query tokens", /*isStatic=*/false});
  map.loops.push_back({op.getPartial(), 2, "query heads", /*isStatic=*/true});
  map.operands[op.getPartialMutable().getOperandNumber()] = {{0, 1}, {1, 2}};
  map.operands[op.getPartialLseMutable().getOperandNumber()] = {{0, 1}, {1, 2}};
  map.destinations.assign(destinationsOf(op).size(), {{0, 0}, {1, 1}});
  return map;
}

/// Offsets and sizes of a tile of a tensor or memref that follows the loops along `axes` and is whole along the others.
void tilePosition(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> wholeSizes, const Axes &axes,
                  ArrayRef<OpFoldResult> loopOffsets, ArrayRef<OpFoldResult> loopSizes,
                  SmallVector<OpFoldResult> &offsets, SmallVector<OpFoldResult> &sizes) {
  offsets.assign(wholeSizes.size(), builder.getIndexAttr(0));
  sizes.assign(wholeSizes.begin(), wholeSizes.end());
  for (const AxisOfLoop &axis : axes) {
    OpFoldResult factor = builder.getIndexAttr(axis.factor);
    offsets[axis.axis] = mulSizes(builder, loc, loopOffsets[axis.loop], factor);
    sizes[axis.axis] = mulSizes(builder, loc, loopSizes[axis.loop], factor);
  }
}

Operation *sliceOf(OpBuilder &builder, Location loc, Value value, const Axes &axes, ArrayRef<OpFoldResult> loopOffsets,
                   ArrayRef<OpFoldResult> loopSizes) {
  SmallVector<OpFoldResult> whole, offsets, sizes;
  for (int64_t axis = 0, rank = shapedTypeOf(value).getRank(); axis < rank; ++axis)
    whole.push_back(sizeOf(builder, loc, value, axis));
  tilePosition(builder, loc, whole, axes, loopOffsets, loopSizes, offsets, sizes);
  SmallVector<OpFoldResult> strides(whole.size(), builder.getIndexAttr(1));
  if (isa<MemRefType>(value.getType())) return memref::SubViewOp::create(builder, loc, value, offsets, sizes, strides);
  return tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes, strides);
}

template <typename OpTy> SmallVector<Range> iterationDomain(OpTy op, OpBuilder &builder) {
  SmallVector<Range> domain;
  for (const TileMap::Loop &loop : tileMapOf(op).loops)
    domain.push_back(
        {builder.getIndexAttr(0), sizeOf(builder, op.getLoc(), loop.value, loop.axis), builder.getIndexAttr(1)});
  return domain;
}

template <typename OpTy>
FailureOr<TilingResult> tile(OpTy op, OpBuilder &builder, ArrayRef<OpFoldResult> offsets,
                             ArrayRef<OpFoldResult> sizes) {
  TileMap map = tileMapOf(op);
  SmallVector<int64_t> staticSizes;
  for (auto [loop, size] : llvm::zip_equal(map.loops, sizes)) {
    staticSizes.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
    if (loop.isStatic && ShapedType::isDynamic(staticSizes.back()))
      return op.emitOpError() << "expects tiles of a static number of " << loop.what << " that divides "
                              << shapedTypeOf(loop.value).getDimSize(loop.axis) << ", but it is dynamic";
  }
  TilingResult result;
  SmallVector<Value> operands = llvm::to_vector(op->getOperands());
  auto slice = [&](unsigned number, const Axes &axes) {
    Operation *slice = sliceOf(builder, op.getLoc(), operands[number], axes, offsets, sizes);
    operands[number] = slice->getResult(0);
    result.generatedSlices.push_back(slice);
  };
  for (unsigned number = 0; number < operands.size(); ++number)
    if (auto it = map.operands.find(number); it != map.operands.end()) slice(number, it->second);
  SmallVector<Type> types;
  unsigned firstOut = operands.size() - op.getOuts().size();
  for (auto [i, axes] : llvm::enumerate(map.destinations)) {
    if (isBufferForm(op)) {
      slice(firstOut + i, axes);
      continue;
    }
    auto type = cast<RankedTensorType>(op->getResult(i).getType());
    SmallVector<int64_t> shape = llvm::to_vector(type.getShape());
    for (const AxisOfLoop &axis : axes) {
      int64_t size = staticSizes[axis.loop];
      shape[axis.axis] = ShapedType::isDynamic(size) ? size : size * axis.factor;
    }
    types.push_back(type.clone(shape));
  }
  Operation *tiled = clone(builder, op, types, operands);
  result.tiledOps.push_back(tiled);
  llvm::append_range(result.tiledValues, tiled->getResults());
  return result;
}

template <typename OpTy>
LogicalResult resultPosition(OpTy op, OpBuilder &builder, unsigned number, ArrayRef<OpFoldResult> loopOffsets,
                             ArrayRef<OpFoldResult> loopSizes, SmallVector<OpFoldResult> &offsets,
                             SmallVector<OpFoldResult> &sizes) {
  ReifiedRankedShapedTypeDims shapes;
  if (failed(reifyResultShapes(builder, op, shapes))) return failure();
  tilePosition(builder, op.getLoc(), shapes[number], tileMapOf(op).destinations[number], loopOffsets, loopSizes,
               offsets, sizes);
  return success();
}

/// True where `size` is all of `value` along `axis`.
bool isWhole(Value value, int64_t axis, OpFoldResult offset, OpFoldResult size) {
  if (!isConstantIntValue(offset, 0)) return false;
  auto type = shapedTypeOf(value);
  if (std::optional<int64_t> known = getConstantIntValue(size)) return *known == type.getDimSize(axis);
  auto dim = cast<Value>(size).getDefiningOp<tensor::DimOp>();
  return dim && dim.getSource() == value && dim.getConstantIndex() == axis;
}

/// The loops' tile that computes the given tile of a result; fails where that tile is cut along an axis no loop follows.
template <typename OpTy>
LogicalResult domainOfResult(OpTy op, unsigned number, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                             SmallVectorImpl<OpFoldResult> &loopOffsets, SmallVectorImpl<OpFoldResult> &loopSizes) {
  if (isBufferForm(op)) return failure();
  TileMap map = tileMapOf(op);
  loopOffsets.assign(map.loops.size(), OpFoldResult());
  loopSizes.assign(map.loops.size(), OpFoldResult());
  Builder builder(op.getContext());
  for (unsigned axis = 0; axis < offsets.size(); ++axis) {
    auto *follows = llvm::find_if(map.destinations[number], [&](const AxisOfLoop &a) { return a.axis == axis; });
    if (follows == map.destinations[number].end()) {
      if (!isWhole(op->getResult(number), axis, offsets[axis], sizes[axis])) return failure();
      continue;
    }
    if (follows->factor == 1) {
      loopOffsets[follows->loop] = offsets[axis];
      loopSizes[follows->loop] = sizes[axis];
      continue;
    }
    std::optional<int64_t> offset = getConstantIntValue(offsets[axis]), size = getConstantIntValue(sizes[axis]);
    if (!offset || !size || *offset % follows->factor || *size % follows->factor)
      return failure(); // cuts a group apart, or may
    loopOffsets[follows->loop] = builder.getIndexAttr(*offset / follows->factor);
    loopSizes[follows->loop] = builder.getIndexAttr(*size / follows->factor);
  }
  return success();
}

template <typename OpTy>
FailureOr<TilingResult> tileOfResult(OpTy op, OpBuilder &builder, unsigned number, ArrayRef<OpFoldResult> offsets,
                                     ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> loopOffsets, loopSizes;
  if (failed(domainOfResult(op, number, offsets, sizes, loopOffsets, loopSizes))) return failure();
  FailureOr<TilingResult> result = tile(op, builder, loopOffsets, loopSizes);
  if (succeeded(result)) result->tiledValues = {result->tiledValues[number]};
  return result;
}

} // namespace

#define MSA_TILING(OP)                                                                                                 \
  SmallVector<utils::IteratorType> OP::getLoopIteratorTypes() {                                                        \
    return SmallVector<utils::IteratorType>(tileMapOf(*this).loops.size(), utils::IteratorType::parallel);             \
  }                                                                                                                    \
  SmallVector<Range> OP::getIterationDomain(OpBuilder &builder) { return iterationDomain(*this, builder); }            \
  FailureOr<TilingResult> OP::getTiledImplementation(OpBuilder &builder, ArrayRef<OpFoldResult> offsets,               \
                                                     ArrayRef<OpFoldResult> sizes) {                                   \
    return tile(*this, builder, offsets, sizes);                                                                       \
  }                                                                                                                    \
  LogicalResult OP::getResultTilePosition(OpBuilder &builder, unsigned number, ArrayRef<OpFoldResult> offsets,         \
                                          ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,      \
                                          SmallVector<OpFoldResult> &resultSizes) {                                    \
    return resultPosition(*this, builder, number, offsets, sizes, resultOffsets, resultSizes);                         \
  }                                                                                                                    \
  LogicalResult OP::getIterationDomainTileFromResultTile(                                                              \
      OpBuilder &, unsigned number, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,                      \
      SmallVectorImpl<OpFoldResult> &loopOffsets, SmallVectorImpl<OpFoldResult> &loopSizes) {                          \
    return domainOfResult(*this, number, offsets, sizes, loopOffsets, loopSizes);                                      \
  }                                                                                                                    \
  FailureOr<TilingResult> OP::generateResultTileValue(OpBuilder &builder, unsigned number,                             \
                                                      ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {  \
    return tileOfResult(*this, builder, number, offsets, sizes);                                                       \
  }
MSA_TILING(IndexScoresOp)
MSA_TILING(SelectBlocksOp)
MSA_TILING(AttendOp)
MSA_TILING(CombineOp)
#undef MSA_TILING

} // namespace mlir::msa
