//===- CheckPhase.cpp - what each phase promises --------------------------===//
#include "dialects/Msa/IR/MsaDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "msa/Pipelines/Passes.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Transforms/PhasePredicates.h"

namespace mlir::msa {
#define GEN_PASS_DEF_CHECKPHASE
#include "msa/Pipelines/Passes.h.inc"

namespace {
LogicalResult misfit(Operation *op, Phase phase, const Twine &need, const Twine &have) {
  return emitError(op->getLoc()) << "[phase] needs " << need << " after phase " << name(phase) << ", but " << have;
}

template <typename DialectT> bool isOf(Operation *op) { return isa_and_nonnull<DialectT>(op->getDialect()); }

/// Calls `check` on every op until one fails.
LogicalResult all(ModuleOp module, function_ref<LogicalResult(Operation *)> check) {
  return failure(module.walk([&](Operation *op) { return WalkResult(check(op)); }).wasInterrupted());
}

template <typename DialectT> LogicalResult none(ModuleOp module, Phase phase) {
  return all(module, [&](Operation *op) -> LogicalResult {
    if (!isOf<DialectT>(op)) return success();
    return misfit(op, phase, "no op of the " + DialectT::getDialectNamespace() + " dialect",
                  op->getName().getStringRef() + " is left");
  });
}

LogicalResult noTensors(ModuleOp module, Phase phase) {
  return all(module, [&](Operation *op) -> LogicalResult {
    auto isTensor = [](Type type) { return isa<TensorType>(type); };
    bool found = llvm::any_of(op->getResultTypes(), isTensor) || llvm::any_of(op->getOperandTypes(), isTensor);
    if (auto function = dyn_cast<func::FuncOp>(op))
      found = llvm::any_of(function.getArgumentTypes(), isTensor) || function.getNumResults() != 0;
    if (!found) return success();
    return misfit(op, phase, "memrefs that the caller owns",
                  op->getName().getStringRef() + " has tensors or returns values");
  });
}

LogicalResult verifyStaged(ModuleOp module, Phase phase) {
  return all(module, [&](Operation *op) -> LogicalResult {
    auto kernel = dyn_cast<tile::KernelOp>(op);
    if (!kernel || kernel.getSmemBytes()) return success();
    return misfit(op, phase, "a shared-memory plan for every kernel", "tile.kernel @" + kernel.getName() + " has none");
  });
}

LogicalResult verifyNvvm(ModuleOp module, Phase phase) {
  if (failed(none<tile::TileDialect>(module, phase))) return failure();
  WalkResult result = module.walk([&](gpu::GPUModuleOp gpuModule) {
    return gpuModule.walk([&](Operation *op) -> WalkResult {
      if (op == gpuModule || isOf<LLVM::LLVMDialect>(op) || isOf<NVVM::NVVMDialect>(op)) return WalkResult::advance();
      return misfit(op, phase, "llvm and nvvm ops only in a gpu.module", op->getName().getStringRef() + " is left");
    });
  });
  return failure(result.wasInterrupted());
}

LogicalResult verifyLlvm(ModuleOp module, Phase phase) {
  return all(module, [&](Operation *op) -> LogicalResult {
    if (op == module || isOf<LLVM::LLVMDialect>(op)) return success();
    return misfit(op, phase, "llvm ops only", op->getName().getStringRef() + " is left");
  });
}

struct CheckPhase : impl::CheckPhaseBase<CheckPhase> {
  using CheckPhaseBase::CheckPhaseBase;
  void runOnOperation() override {
    std::optional<Phase> parsed = parsePhase(phase);
    if (!parsed) {
      emitError(getOperation().getLoc(), "[unknown-phase] needs one of ")
          << phaseNames() << ", but got '" << phase << "'";
      return signalPassFailure();
    }
    if (failed(verifyPhase(getOperation(), *parsed))) signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace

LogicalResult verifyPhase(ModuleOp module, Phase phase) {
  switch (phase) {
  case Phase::Input: return success();
  case Phase::Normal: return isNormal(module);
  case Phase::Decided: return isDecided(module);
  case Phase::Split: return isSplit(module);
  case Phase::Tile: return success(succeeded(none<MsaDialect>(module, phase)) && succeeded(noTensors(module, phase)));
  case Phase::Staged: return verifyStaged(module, phase);
  case Phase::Linalg:
    return success(succeeded(none<MsaDialect>(module, phase)) && succeeded(none<tile::TileDialect>(module, phase)));
  case Phase::Nvvm: return verifyNvvm(module, phase);
  case Phase::Llvm: return verifyLlvm(module, phase);
  case Phase::Ptx:
  case Phase::Object:
  case Phase::Artifact: return success();
  }
  return failure();
}

} // namespace mlir::msa
