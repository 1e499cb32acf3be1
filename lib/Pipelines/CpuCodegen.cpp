//===- CpuCodegen.cpp - from upstream dialects to the CPU program's ABI ---===//
#include "msa/Pipelines/CpuCodegen.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "msa/Conversion/LinalgToVector/Passes.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {

/// Tensors to memrefs; loops over tiles to loops over vector registers.
static void addLoopsAndBuffers(OpPassManager &pm, const CpuCodegenOptions &options) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createBufferizeProgram());
  // Loop results that are the buffer they started from must fold before temporaries are followed, and copies onto themselves
  // (seen as such once equal views are one) go.
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createForallToParallelLoopPass());
  functions.addPass(createPlaceTemporaries());
  functions.addPass(createLowerReshapes());
  LinalgToVectorOptions vectors;
  vectors.vectorWidth = options.vectorWidth;
  functions.addPass(createLinalgToVector(vectors));
  functions.addPass(createLowerAffinePass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createLoopInvariantCodeMotionPass());
}

/// Everything that is left, to the llvm dialect.
static void addConversionsToLlvm(OpPassManager &pm) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createApproximateMath());
  functions.addPass(createExpandBf16());
  functions.addPass(arith::createArithExpandOpsPass());
  functions.addPass(createConvertVectorToSCFPass());
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  functions.addPass(createSCFToControlFlowPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  pm.addPass(createConvertVectorToLLVMPass());
  functions.addPass(createConvertMathToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void buildCpuCodegenPipeline(OpPassManager &pm, const CpuCodegenOptions &options) {
  addLoopsAndBuffers(pm, options);
  pm.addPass(createOutlineParallel());
  addConversionsToLlvm(pm);
  pm.addPass(createWrapEntries());
}

void registerCpuCodegenPipeline() {
  PassPipelineRegistration<CpuCodegenOptions>(
      "cpu-codegen",
      "The CPU back end: upstream dialects on tensors or memrefs to the llvm dialect and the CPU program's ABI",
      buildCpuCodegenPipeline);
}

} // namespace mlir::msa
