//===- LinalgToVector.cpp - the pass --------------------------------------===//
#include "Contraction.h"
#include "VectorLoops.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "msa/Conversion/LinalgToVector/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_LINALGTOVECTOR
#include "msa/Conversion/LinalgToVector/Passes.h.inc"

namespace {

struct LinalgToVector : impl::LinalgToVectorBase<LinalgToVector> {
  using LinalgToVectorBase::LinalgToVectorBase;

  void runOnOperation() override {
    if (vectorWidth != 4 && vectorWidth != 8 && vectorWidth != 16) {
      getOperation().emitError("linalg-to-vector: vector-width is 4, 8 or 16, but got ") << int64_t(vectorWidth);
      return signalPassFailure();
    }
    OpBuilder builder(&getContext());
    getOperation().walk([&](memref::CopyOp copy) {
      builder.setInsertionPoint(copy);
      linalg::CopyOp::create(builder, copy.getLoc(), copy.getSource(), copy.getTarget());
      copy.erase();
    });
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops) {
      auto copy = dyn_cast<linalg::CopyOp>(op.getOperation());
      if (copy && copy.getInputs()[0] == copy.getOutputs()[0]) {
        op.erase();
        continue;
      }
      if (!op.hasPureBufferSemantics()) {
        op.emitError("linalg-to-vector: expects linalg on memrefs, but '") << op->getName() << "' has tensor operands";
        return signalPassFailure();
      }
      if (failed(writeContraction(builder, op, vectorWidth))) writeVectorLoops(builder, op, vectorWidth);
      op.erase();
    }
  }
};

} // namespace
} // namespace mlir::msa
