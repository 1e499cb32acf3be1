#include "Keys.h"

namespace mlir::msa {

using ::msa::KvLayout;

constexpr int64_t kLargestTile = 128; // 128 keys x 128 dims as f32 are 64 KiB: half of a small L2

/// The largest tile that divides the block and does not straddle pages: it holds whole pages, or a page holds whole tiles.
static int64_t tileOf(int64_t blockSize, int64_t pageSize) {
  for (int64_t tile = std::min(blockSize, kLargestTile); tile > 0; --tile)
    if (blockSize % tile == 0 && (pageSize == 0 || tile % pageSize == 0 || pageSize % tile == 0)) return tile;
  return blockSize;
}

Keys::Keys(Value tensor, KeyShape shape, Value pageTable, int64_t blockSize)
    : tensor(tensor), shape(shape), pageTable(pageTable), tile(tileOf(blockSize, shape.pageSize)) {}

Value Keys::read(TensorBuilder &b, Value request, const Requests::Bounds &bounds, Value head, Value first,
                 Value count) const {
  if (shape.layout == KvLayout::Paged)
    return shape.pageSize % tile == 0 ? readPage(b, request, head, first, count)
                                      : readPages(b, request, head, first, count);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1), dim = b.getIndexAttr(shape.dim);
  SmallVector<OpFoldResult> offsets, sizes;
  if (shape.layout == KvLayout::Dense) {
    offsets = {request, first};
    sizes = {one, count};
  } else {
    offsets = {b.add(bounds.kBegin, first)};
    sizes = {count};
  }
  if (head) {
    offsets.push_back(head);
    sizes.push_back(one);
  }
  offsets.push_back(zero);
  sizes.push_back(dim);
  return b.slice(tensor, offsets, sizes, {ShapedType::kDynamic, shape.dim});
}

Value Keys::readPage(TensorBuilder &b, Value request, Value head, Value first, Value count) const {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  Value pageSize = b.index(shape.pageSize);
  OpFoldResult page = b.loadIndex(pageTable, {request, b.div(first, pageSize)}), within = b.rem(first, pageSize);
  SmallVector<OpFoldResult> offsets = {page}, sizes = {one};
  if (head) {
    offsets.push_back(head);
    sizes.push_back(one);
  }
  offsets.append({within, zero});
  sizes.append({count, b.getIndexAttr(shape.dim)});
  return b.slice(tensor, offsets, sizes, {ShapedType::kDynamic, shape.dim});
}

Value Keys::readPages(TensorBuilder &b, Value request, Value head, Value first, Value count) const {
  Value gathered = b.leading(b.empty({tile, shape.dim}, b.getF32Type()), 0, count);
  Value pageSize = b.index(shape.pageSize);
  OpFoldResult zero = b.getIndexAttr(0), dim = b.getIndexAttr(shape.dim);
  return b.forLoop(b.index(0), count, pageSize, gathered, [&](Value at, ValueRange state) -> TensorBuilder::Values {
    Value run = b.min(pageSize, b.sub(count, at));
    Value source = readPage(b, request, head, b.add(first, at), run);
    Value target = b.slice(state[0], {at, zero}, {run, dim}, {ShapedType::kDynamic, shape.dim});
    target = b.generic("kd", "", source, {"kd"}, target, {"kd"},
                       [](TensorBuilder &b, ValueRange args) -> TensorBuilder::Values {
                         if (args[0].getType().isF32()) return {args[0]};
                         return {arith::ExtFOp::create(b, b.getF32Type(), args[0])};
                       })[0];
    return {b.insertSlice(target, state[0], {at, zero}, {run, dim})};
  })[0];
}

} // namespace mlir::msa
