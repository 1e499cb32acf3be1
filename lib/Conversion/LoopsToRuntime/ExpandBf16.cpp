//===- ExpandBf16.cpp - f32 to bf16 and back in integer lanes -------------===//
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_EXPANDBF16
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// `element`, or a vector of it where `type` is a vector.
Type sameShape(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type)) return vector.clone(element);
  return element;
}

Value constant(ImplicitLocOpBuilder &b, Type type, int32_t value) {
  TypedAttr scalar = b.getI32IntegerAttr(value);
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, Attribute(scalar)));
  return arith::ConstantOp::create(b, scalar);
}

/// The bits of a bf16 are the upper half of those of the f32.
struct ExpandExtend : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), to = op.getType();
    if (!getElementTypeOrSelf(from).isBF16() || !getElementTypeOrSelf(to).isF32()) return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type i32 = sameShape(to, b.getI32Type());
    Value narrow = arith::BitcastOp::create(b, sameShape(to, b.getI16Type()), op.getIn());
    Value bits = arith::ShLIOp::create(b, arith::ExtUIOp::create(b, i32, narrow), constant(b, i32, 16));
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, to, bits);
    return success();
  }
};

/// Adds half of the last kept place, less one unless that place is odd: ties go to even, a carry may reach infinity. NaN is
/// made quiet instead, in 32-bit lanes as everything else.
struct ExpandTruncate : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), to = op.getType();
    if (!getElementTypeOrSelf(from).isF32() || !getElementTypeOrSelf(to).isBF16()) return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type i32 = sameShape(to, b.getI32Type());
    Value half = constant(b, i32, 16);
    Value bits = arith::BitcastOp::create(b, i32, op.getIn());
    Value odd = arith::AndIOp::create(b, arith::ShRUIOp::create(b, bits, half), constant(b, i32, 1));
    Value rounded = arith::AddIOp::create(b, arith::AddIOp::create(b, bits, constant(b, i32, 0x7fff)), odd);
    Value quiet = arith::OrIOp::create(b, bits, constant(b, i32, 0x400000));
    Value isNan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, op.getIn(), op.getIn());
    Value kept = arith::ShRUIOp::create(b, arith::SelectOp::create(b, isNan, quiet, rounded), half);
    Value narrow = arith::TruncIOp::create(b, sameShape(to, b.getI16Type()), kept);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, to, narrow);
    return success();
  }
};

struct ExpandBf16 : impl::ExpandBf16Base<ExpandBf16> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExtend, ExpandTruncate>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
} // namespace mlir::msa
