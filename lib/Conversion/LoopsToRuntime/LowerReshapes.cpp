//===- LowerReshapes.cpp - reshapes as views with sizes and strides -------===//
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_LOWERRESHAPES
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// The sizes and strides of a reshaped view, dimension by dimension.
struct View {
  SmallVector<OpFoldResult> sizes, strides;
};

struct LowerReshapes : impl::LowerReshapesBase<LowerReshapes> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (auto expand = dyn_cast<memref::ExpandShapeOp>(op)) lower(expand);
      if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) lower(collapse);
    });
  }

private:
  static OpFoldResult multiply(ImplicitLocOpBuilder &b, OpFoldResult lhs, OpFoldResult rhs) {
    std::optional<int64_t> x = getConstantIntValue(lhs), y = getConstantIntValue(rhs);
    if (x && y) return b.getIndexAttr(*x * *y);
    return b.createOrFold<arith::MulIOp>(getValueOrCreateConstantIndexOp(b, b.getLoc(), lhs),
                                         getValueOrCreateConstantIndexOp(b, b.getLoc(), rhs));
  }

  /// Sizes are given; the innermost of a group keeps the source's stride, the others follow.
  static View viewOf(ImplicitLocOpBuilder &b, memref::ExpandShapeOp op, memref::ExtractStridedMetadataOp source) {
    View view{op.getMixedOutputShape(), {}};
    SmallVector<OpFoldResult> sourceStrides = source.getConstifiedMixedStrides();
    view.strides.resize(view.sizes.size());
    for (auto [group, stride] : llvm::zip_equal(op.getReassociationIndices(), sourceStrides)) {
      OpFoldResult next = stride;
      for (int64_t axis : llvm::reverse(group)) {
        view.strides[axis] = next;
        next = multiply(b, next, view.sizes[axis]);
      }
    }
    return view;
  }

  /// Sizes multiply; the stride is that of the innermost dimension that is more than one element.
  static View viewOf(ImplicitLocOpBuilder &b, memref::CollapseShapeOp op, memref::ExtractStridedMetadataOp source) {
    View view;
    SmallVector<OpFoldResult> sizes = source.getConstifiedMixedSizes(), strides = source.getConstifiedMixedStrides();
    for (const ReassociationIndices &group : op.getReassociationIndices()) {
      OpFoldResult size = b.getIndexAttr(1), stride = strides[group.back()];
      for (int64_t axis : group) {
        if (getConstantIntValue(sizes[axis]) == 1) continue;
        size = multiply(b, size, sizes[axis]);
        stride = strides[axis];
      }
      view.sizes.push_back(size);
      view.strides.push_back(stride);
    }
    return view;
  }

  template <typename OpTy> void lower(OpTy op) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    auto source = memref::ExtractStridedMetadataOp::create(b, op.getSrc());
    View view = viewOf(b, op, source);
    // What the result type says of sizes and strides is true: nothing is lost by saying it again.
    auto type = cast<MemRefType>(op.getType());
    auto [strides, offset] = type.getStridesAndOffset();
    OpFoldResult start = source.getConstifiedMixedOffset();
    if (!ShapedType::isDynamic(offset)) start = b.getIndexAttr(offset);
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      if (!type.isDynamicDim(axis)) view.sizes[axis] = b.getIndexAttr(type.getDimSize(axis));
      if (!ShapedType::isDynamic(strides[axis])) view.strides[axis] = b.getIndexAttr(strides[axis]);
    }
    auto dynamic = [&](ArrayRef<int64_t> known, MutableArrayRef<OpFoldResult> values) {
      for (auto [constant, value] : llvm::zip_equal(known, values))
        if (ShapedType::isDynamic(constant)) value = getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
    };
    dynamic(type.getShape(), view.sizes);
    dynamic(strides, view.strides);
    if (ShapedType::isDynamic(offset)) start = getValueOrCreateConstantIndexOp(b, b.getLoc(), start);
    auto cast = memref::ReinterpretCastOp::create(b, type, source.getBaseBuffer(), start, view.sizes, view.strides);
    op.replaceAllUsesWith(cast.getResult());
    op.erase();
  }
};

} // namespace
} // namespace mlir::msa
