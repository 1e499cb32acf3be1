//===- MsaToLinalg.cpp - the pass -----------------------------------------===//
#include "Decompose.h"
#include "msa/Conversion/MsaToLinalg/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSATOLINALG
#include "msa/Conversion/MsaToLinalg/Passes.h.inc"

namespace {

struct MsaToLinalg : impl::MsaToLinalgBase<MsaToLinalg> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<MsaDialect>(op->getDialect())) ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (isa<AttentionOp>(op)) {
        op->emitError("msa-to-linalg: expects msa.attention to be decomposed (decompose-attention), but finds one");
        return signalPassFailure();
      }
      if (!llvm::all_of(op->getOperandTypes(), llvm::IsaPred<RankedTensorType>)) {
        op->emitError("msa-to-linalg: expects msa ops on tensors, but '") << op->getName() << "' has memref operands";
        return signalPassFailure();
      }
      OpBuilder builder(op);
      TensorBuilder b(op->getLoc(), builder);
      SmallVector<Value> results =
          llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
              .Case<IndexScoresOp, SelectBlocksOp, AttendOp, CombineOp, TransposeSelectionOp, RelayoutSelectionOp>(
                  [&](auto typed) { return decompose(b, typed); });
      op->replaceAllUsesWith(results);
      op->erase();
    }
  }
};

} // namespace
} // namespace mlir::msa
