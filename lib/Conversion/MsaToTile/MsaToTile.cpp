// The only place that knows both dialects: op + config -> recipe.
#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "msa/Conversion/MsaToTile/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSATOTILE
#include "msa/Conversion/MsaToTile/Passes.h.inc"

namespace {
struct MsaToTile : impl::MsaToTileBase<MsaToTile> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<MsaDialect>(op->getDialect())) ops.push_back(op);
    });
    for (Operation *op : ops) {
      LogicalResult lowered = success();
      if (auto attend = dyn_cast<AttendOp>(op)) lowered = attendToTile(attend, getOperation());
      else if (auto combine = dyn_cast<CombineOp>(op)) lowered = combineToTile(combine, getOperation());
      else if (auto relayout = dyn_cast<RelayoutSelectionOp>(op)) lowered = relayoutToTile(relayout, getOperation());
      else if (auto select = dyn_cast<SelectBlocksOp>(op)) lowered = selectToTile(select, getOperation());
      else if (auto scores = dyn_cast<IndexScoresOp>(op)) lowered = indexScoresToTile(scores, getOperation());
      else if (auto transpose = dyn_cast<TransposeSelectionOp>(op))
        lowered = transposeToTile(transpose, getOperation());
      else
        lowered = op->emitOpError(
            "has no recipe: expected msa.attend, msa.combine, msa.index_scores, msa.relayout_selection, "
            "msa.select_blocks or msa.transpose_selection in the split phase");
      if (failed(lowered)) return signalPassFailure();
    }
  }
};
} // namespace
} // namespace mlir::msa
