//===- CpuCodegen.h - from upstream dialects to the CPU program's ABI -*- C++ -*-===//
#ifndef MSA_PIPELINES_CPUCODEGEN_H
#define MSA_PIPELINES_CPUCODEGEN_H
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::msa {

struct CpuCodegenOptions : PassPipelineOptions<CpuCodegenOptions> {
  Option<int64_t> vectorWidth{*this, "vector-width",
                              llvm::cl::desc("f32 lanes of a vector register: 4, 8 (AVX2) or 16 (AVX-512)"),
                              llvm::cl::init(8)};
};

/// The CPU back end, on a module of functions in upstream dialects. In: tensors (linalg, tensor, scf.forall) with results in
/// memref parameters, as `msa-to-linalg` leaves them, or memrefs (linalg, scf.parallel), as `tile-to-loops` does. Out: the llvm
/// dialect; each public function is `void NAME(void **descriptors)` (see wrap-entries). `emitSharedObject` takes it from there.
void buildCpuCodegenPipeline(OpPassManager &pm, const CpuCodegenOptions &options = {});

/// Registers it as `cpu-codegen`.
void registerCpuCodegenPipeline();

} // namespace mlir::msa
#endif
