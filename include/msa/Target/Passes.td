// Passes of the target floor: llvm/nvvm in, text and bytes out. They know no msa and no tile op.
#ifndef MSA_TARGET_PASSES_TD
#define MSA_TARGET_PASSES_TD
include "mlir/Pass/PassBase.td"

def EmitPtx : Pass<"emit-ptx", "::mlir::ModuleOp"> {
  let summary = "Replace each gpu.module by a gpu.binary that holds its PTX";
  let description = [{
    Assumes: every gpu.module holds llvm and nvvm ops only, as `tile-to-nvvm` leaves it. The chip is the option, or else the
    `#nvvm.target` in the module's `targets`.

    Guarantees: no gpu.module is left; each gpu.binary of the same name has one object, format assembly, whose text is PTX for
    the chip at the lowest PTX ISA that knows it (or the one asked for). Made in process by LLVM's NVPTX target at O3; no toolkit.

    Example:

    ```mlir
    gpu.module @m [#nvvm.target<chip = "sm_80">] {
      llvm.func @k() attributes {gpu.kernel, nvvm.kernel} { llvm.return }
    }
    // becomes
    gpu.binary @m [#gpu.object<#nvvm.target<chip = "sm_80", features = "+ptx70">, assembly = ".version 7.0 ...">]
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"\"", "the GPU, as sm_90a; empty: what each gpu.module names">,
    Option<"ptxVersion", "ptx-version", "int", "0", "PTX ISA times 10, as 83; 0: the lowest that knows the chip">
  ];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect"];
}

def EmitObject : Pass<"emit-object", "::mlir::ModuleOp"> {
  let summary = "Write a module in the llvm dialect to a file, as an x86-64 shared object";
  let description = [{
    Assumes: llvm dialect only, as `cpu-codegen` leaves it. The module itself is not changed.

    Guarantees: `file` is an ELF shared object with the module's public symbols, made at O3 for `cpu`. Links with ld.lld.

    Example: `msa-opt graph.mlir --msa-to-linalg --cpu-codegen --emit-object=file=graph.so`

    ```mlir
    llvm.func @attend(%descriptors: !llvm.ptr) { ... }
    // the symbol `attend` of graph.so
    ```
  }];
  let options = [
    Option<"file", "file", "std::string", "\"\"", "where to write the shared object">,
    Option<"cpu", "cpu", "std::string", "\"\"", "the CPU, as x86-64-v3; empty: this machine's">,
    Option<"lld", "lld", "std::string", "\"\"", "the ld.lld that links; empty: look for it">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}
#endif
