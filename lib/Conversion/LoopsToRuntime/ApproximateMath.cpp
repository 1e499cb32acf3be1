//===- ApproximateMath.cpp - polynomials instead of libm ------------------===//
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_APPROXIMATEMATH
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// 2^x = 2^n * 2^f with n = round(x), |f| <= 1/2. The rounding adds 1.5 * 2^23, which leaves n in the low bits of the sum:
/// shifted by 23 they are an exponent, and no conversion to integer (undefined for NaN) is needed.
struct ExpandExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32()) return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type intType = b.getI32Type();
    if (auto shaped = dyn_cast<ShapedType>(type)) intType = shaped.clone(intType);
    auto constant = [&](Type type, TypedAttr scalar) -> Value {
      if (auto shaped = dyn_cast<ShapedType>(type))
        return arith::ConstantOp::create(b, cast<TypedAttr>(DenseElementsAttr::get(shaped, Attribute(scalar))));
      return arith::ConstantOp::create(b, scalar);
    };
    auto real = [&](float value) { return constant(type, b.getF32FloatAttr(value)); };
    auto integer = [&](int32_t value) { return constant(intType, b.getI32IntegerAttr(value)); };
    auto fma = [&](Value x, Value y, Value z) -> Value { return math::FmaOp::create(b, x, y, z); };

    // The comparisons are false for NaN, which therefore passes. At -127 the exponent is 0, at 128 that of infinity.
    auto clamp = [&](arith::CmpFPredicate beyond, Value x, float limit) -> Value {
      Value bound = real(limit);
      return arith::SelectOp::create(b, arith::CmpFOp::create(b, beyond, bound, x), bound, x);
    };
    Value x = clamp(arith::CmpFPredicate::OGT, op.getOperand(), -127.0f);
    x = clamp(arith::CmpFPredicate::OLT, x, 128.0f);
    Value magic = real(12582912.0f);
    Value biased = arith::AddFOp::create(b, x, magic);
    Value f = arith::SubFOp::create(b, x, arith::SubFOp::create(b, biased, magic));
    // Minimax polynomial of Cephes for 2^f on [-1/2, 1/2], error 1.7e-7.
    Value p = real(1.535336188319500e-4f);
    for (float c : {1.339887440266574e-3f, 9.618437357674640e-3f, 5.550332471162809e-2f, 2.402264791363012e-1f,
                    6.931472028550421e-1f, 1.0f})
      p = fma(p, f, real(c));
    Value exponent = arith::ShLIOp::create(b, arith::BitcastOp::create(b, intType, biased), integer(23));
    Value scale = arith::BitcastOp::create(b, type, arith::AddIOp::create(b, exponent, integer(127 << 23)));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, p, scale);
    return success();
  }
};

struct ApproximateMath : impl::ApproximateMathBase<ApproximateMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    auto hasPolynomial = [](StringRef name) { return name != math::Exp2Op::getOperationName(); };
    patterns.add<ExpandExp2>(&getContext());
    populateMathF32ExpansionPatterns(patterns, [](StringRef) { return true; });
    populateMathPolynomialApproximationPatterns(patterns, hasPolynomial);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) signalPassFailure();
  }
};

} // namespace
} // namespace mlir::msa
