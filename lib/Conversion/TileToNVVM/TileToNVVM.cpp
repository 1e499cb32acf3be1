#include "KernelEmitter.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "msa/Conversion/TileToNVVM/Passes.h"

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_TILETONVVM
#include "msa/Conversion/TileToNVVM/Passes.h.inc"

namespace {
struct TileToNVVM : impl::TileToNVVMBase<TileToNVVM> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto kernels = llvm::to_vector(module.getOps<KernelOp>());
    OpBuilder builder(module.getBodyRegion());
    builder.setInsertionPointToStart(module.getBody());
    auto gpuModule = gpu::GPUModuleOp::create(builder, module.getLoc(), "kernels");
    std::string features = "+ptx" + std::to_string(ptxVersion);
    gpuModule.setTargetsAttr(builder.getArrayAttr(
        NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3, "nvptx64-nvidia-cuda", chip, features)));
    builder.setInsertionPointToStart(gpuModule.getBody());
    auto i8 = builder.getI8Type();
    // Dynamic shared memory. 1024: the alignment that swizzled tiles need.
    LLVM::GlobalOp::create(builder, module.getLoc(), LLVM::LLVMArrayType::get(i8, 0), /*isConstant=*/false,
                           LLVM::Linkage::External, "smem", Attribute(), /*alignment=*/1024, /*addrSpace=*/3);
    for (KernelOp kernel : kernels)
      if (failed(KernelEmitter(kernel, builder).emit())) return signalPassFailure();

    module->setAttr("gpu.container_module", builder.getUnitAttr());
    module.walk([&](LaunchOp launch) {
      KernelOp kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(launch, launch.getKernelAttr());
      OpBuilder at(launch);
      Location loc = launch.getLoc();
      Value threads = arith::ConstantIndexOp::create(at, loc, kernel.getWarps() * 32),
            one = arith::ConstantIndexOp::create(at, loc, 1);
      Value smemBytes = arith::ConstantIntOp::create(at, loc, kernel.getSmemBytes().value_or(0), 32);
      auto symbol = SymbolRefAttr::get(gpuModule.getSymNameAttr(), {FlatSymbolRefAttr::get(kernel.getSymNameAttr())});
      gpu::LaunchFuncOp::create(at, loc, symbol,
                                gpu::KernelDim3{launch.getGridX(), launch.getGridY(), launch.getGridZ()},
                                gpu::KernelDim3{threads, one, one}, smemBytes, launch.getArgs());
      launch.erase();
    });
    for (KernelOp kernel : kernels) kernel.erase();
  }
};
} // namespace

} // namespace mlir::msa
