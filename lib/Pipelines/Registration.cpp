//===- Registration.cpp - dialects, interfaces and passes of the house ----===//
#include "msa/Pipelines/Registration.h"
#include "dialects/Msa/IR/MsaDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/ControlFlow/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"
#include "msa/AllPasses.h"
#include "msa/Pipelines/CpuCodegen.h"
#include "msa/Pipelines/Passes.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Target/EmitObject.h"
#include "msa/Target/EmitPtx.h"

namespace mlir::msa {

void registerOwnDialects(DialectRegistry &registry) { registry.insert<MsaDialect, tile::TileDialect>(); }

void registerDialects(DialectRegistry &registry) {
  registerOwnDialects(registry);
  registry.insert<affine::AffineDialect, arith::ArithDialect, bufferization::BufferizationDialect,
                  cf::ControlFlowDialect, func::FuncDialect, gpu::GPUDialect, linalg::LinalgDialect, LLVM::LLVMDialect,
                  math::MathDialect, memref::MemRefDialect, NVVM::NVVMDialect, scf::SCFDialect, tensor::TensorDialect,
                  vector::VectorDialect>();
  func::registerInlinerExtension(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  cf::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  vector::registerBufferizableOpInterfaceExternalModels(registry);
  registerPtxTranslations(registry);
  registerObjectTranslations(registry);
}

void registerUpstreamPasses(); // RegisterUpstream.cpp

/// A whole way down as one flag of msa-opt, mlir-opt-22's plugin and parsePassPipeline alike.
struct TargetOptions : PassPipelineOptions<TargetOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("the GPU, as sm_90a"), llvm::cl::init("sm_90a")};
  Option<int> ptxVersion{*this, "ptx-version", llvm::cl::desc("PTX ISA times 10; 0: the lowest the chip needs"),
                         llvm::cl::init(0)};
};

static void buildAll(OpPassManager &pm, const PipelineOptions &options) {
  for (Phase phase : phasesOf(options.route()))
    if (failed(buildPhase(pm, phase, options))) {
      // A builder cannot fail, but the pipeline must: what is wrong (options that do not parse) was said.
      pm.addPass(createCheckPhase({name(phase).str() + " (not built)"}));
      return;
    }
}

void registerPassesAndPipelines() {
  registerAllMsaPasses();
  registerUpstreamPasses();
  registerCpuCodegenPipeline();

  PassPipelineRegistration<TargetOptions>(
      "msa-to-ptx-pipeline", "From msa ops on tensors to PTX: each gpu.module becomes a gpu.binary that holds the text",
      [](OpPassManager &pm, const TargetOptions &given) {
        PipelineOptions options;
        options.target = given.target;
        options.ptxVersion = given.ptxVersion;
        buildAll(pm, options);
        (void)parsePassPipeline("emit-ptx{ptx-version=" + std::to_string(given.ptxVersion) + "}", pm);
      });
  PassPipelineRegistration<>("msa-to-cpu-pipeline", "From msa ops on tensors to the llvm dialect, for the CPU",
                             [](OpPassManager &pm) { buildAll(pm, PipelineOptions()); });
  PassPipelineRegistration<TargetOptions>(
      "msa-to-reader-pipeline",
      "As msa-to-ptx-pipeline, but the tile programs become loops on the CPU, in the llvm dialect",
      [](OpPassManager &pm, const TargetOptions &given) {
        PipelineOptions options;
        options.reader = true;
        options.recipeTarget = given.target;
        buildAll(pm, options);
      });
}

} // namespace mlir::msa
