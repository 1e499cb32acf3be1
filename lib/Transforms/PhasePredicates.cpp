//===- PhasePredicates.cpp - what the msa phases promise ------------------===//
#include "msa/Transforms/PhasePredicates.h"
#include "dialects/Msa/IR/MsaContracts.h"

namespace mlir::msa {

/// Reports that `op` is not in `phase`.
static LogicalResult breaks(Operation *op, StringRef phase, const Twine &expects, const Twine &found) {
  return op->emitOpError() << "expects " << expects << " in the " << phase << " phase, but " << found;
}

/// Calls `check` on each msa op until one fails.
static LogicalResult checkEach(Operation *root, function_ref<LogicalResult(Operation *)> check) {
  WalkResult result = root->walk([&](Operation *op) {
    if (isa_and_nonnull<MsaDialect>(op->getDialect()) && failed(check(op))) return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

static LogicalResult checkPacked(Operation *op, Value query, StringRef name) {
  if (!query || shapedTypeOf(query).getRank() == 3) return success();
  return breaks(op, "normal", "packed " + name, "it has rank " + Twine(shapedTypeOf(query).getRank()));
}

static LogicalResult checkAttribute(Operation *op, StringRef name) {
  if (op->getAttr(name)) return success();
  return breaks(op, "normal", name, "it has none");
}

static LogicalResult checkHqk(Operation *op, SelectionAttr selection) {
  if (selection && selection.getLayout() == SelectionLayout::HQK) return success();
  return breaks(op, "normal", "to read a selection with layout hqk written out",
                selection ? "reads layout " + stringifySelectionLayout(selection.getLayout()) : "it has no selection");
}

static LogicalResult checkNormal(Operation *op) {
  if (isa<AttentionOp>(op)) return breaks(op, "normal", "to be decomposed", "is whole");
  if (auto attend = dyn_cast<AttendOp>(op))
    return success(succeeded(checkPacked(op, attend.getQuery(), "query")) &&
                   succeeded(checkAttribute(op, "softmax_scale")) &&
                   succeeded(checkHqk(op, attend.getSelectionAttr())));
  if (auto scores = dyn_cast<IndexScoresOp>(op))
    return success(succeeded(checkPacked(op, scores.getIndexQuery(), "index_query")) &&
                   succeeded(checkAttribute(op, "softmax_scale")));
  if (auto select = dyn_cast<SelectBlocksOp>(op)) {
    if (select.getIndexQuery() && failed(checkAttribute(op, "softmax_scale"))) return failure();
    return success(succeeded(checkPacked(op, select.getIndexQuery(), "index_query")) &&
                   succeeded(checkAttribute(op, "selection")));
  }
  if (auto transpose = dyn_cast<TransposeSelectionOp>(op)) return checkHqk(op, transpose.getSelectionAttr());
  return success();
}

LogicalResult isNormal(Operation *root) { return checkEach(root, checkNormal); }

static LogicalResult checkDecided(Operation *op) {
  auto strategy = op->getAttrOfType<StrategyAttr>("strategy");
  if (!strategy) return breaks(op, "decided", "a strategy", "it has none");
  if (strategy.getKind() != StrategyKind::Cpu && !op->getAttr("tile_config"))
    return breaks(op, "decided", "a tile_config with " + stringifyStrategyKind(strategy.getKind()), "it has none");
  return success();
}

LogicalResult isDecided(Operation *root) {
  return success(succeeded(isNormal(root)) && succeeded(checkEach(root, checkDecided)));
}

static LogicalResult checkSplit(Operation *op) {
  auto attend = dyn_cast<AttendOp>(op);
  if (!attend || !attend.getTileConfigAttr()) return success();
  int64_t wanted = attend.getTileConfigAttr().getSplits(), splits = attend.getSplits();
  if (wanted <= 1 || splits == wanted) return success();
  return breaks(op, "split", Twine(wanted) + " partial results", "it has splits = " + Twine(splits));
}

LogicalResult isSplit(Operation *root) {
  return success(succeeded(isDecided(root)) && succeeded(checkEach(root, checkSplit)));
}

} // namespace mlir::msa
