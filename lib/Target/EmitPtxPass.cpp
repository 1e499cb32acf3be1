//===- EmitPtxPass.cpp - gpu.module -> gpu.binary with its PTX ------------===//
#include "msa/Target/EmitPtx.h"
#include "msa/Target/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_EMITPTX
#include "msa/Target/Passes.h.inc"

namespace {
struct EmitPtx : impl::EmitPtxBase<EmitPtx> {
  using EmitPtxBase::EmitPtxBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    EmitPtxBase::getDependentDialects(registry);
    registerPtxTranslations(registry);
  }

  void runOnOperation() override {
    for (auto module : llvm::make_early_inc_range(getOperation().getOps<gpu::GPUModuleOp>()))
      if (failed(replace(module))) return signalPassFailure();
  }

  LogicalResult replace(gpu::GPUModuleOp module) {
    std::string moduleChip = chip;
    if (moduleChip.empty() && module.getTargetsAttr())
      for (Attribute target : module.getTargetsAttr())
        if (auto nvvm = dyn_cast<NVVM::NVVMTargetAttr>(target)) moduleChip = nvvm.getChip().str();
    if (moduleChip.empty())
      return emitError(module.getLoc(),
                       "[unknown-target] needs a chip as the option `chip` or as #nvvm.target, but found neither");
    FailureOr<PtxText> text = emitPtx(module, {moduleChip, ptxVersion, /*keepLlvm=*/false});
    if (failed(text)) return failure();

    OpBuilder builder(module);
    std::string features = "+ptx" + std::to_string(text->ptxVersion);
    auto target = NVVM::NVVMTargetAttr::get(&getContext(), 3, "nvptx64-nvidia-cuda", moduleChip, features);
    auto object = gpu::ObjectAttr::get(&getContext(), target, gpu::CompilationTarget::Assembly,
                                       builder.getStringAttr(text->ptx), DictionaryAttr(), gpu::KernelTableAttr());
    gpu::BinaryOp::create(builder, module.getLoc(), module.getName(), nullptr, builder.getArrayAttr(object));
    module.erase();
    return success();
  }
};
} // namespace
} // namespace mlir::msa
