#ifndef MSA_CONVERSION_TILETONVVM_PASSES_TD
#define MSA_CONVERSION_TILETONVVM_PASSES_TD
include "mlir/Pass/PassBase.td"

def TileToNVVM : Pass<"tile-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Lower tile.kernel ops to one thread's view: llvm.func in a gpu.module";
  let description = [{
    Assumes: every op that needs shared memory has a place in it (`plan-shared-memory`); kernels use bf16 or f16 tiles.
    Guarantees: no `tile` op is left. Each kernel is an `llvm.func` with `nvvm.kernel` in `gpu.module @kernels`, with
    `cp.async`, `ldmatrix` and `mma.sync` (sm_80 and everything after it), and three attributes for the launch plan:
    `msa.params` (what each parameter is, in terms of the launch's operands), `msa.threads`, `msa.smem_bytes`. Each
    `tile.launch` is a `gpu.launch_func` with the same operands.

    Before:

    ```mlir
    tile.kernel @k(%x: memref<?x64xbf16>) attributes {warps = 4 : i64, smem_bytes = 9216 : i64} { ... }
    tile.launch @k grid(%gx, %one, %one) args(%x) : memref<?x64xbf16>
    ```

    After:

    ```mlir
    gpu.module @kernels { llvm.func @k(%x: !llvm.ptr<1>) attributes {msa.params = ["ptr:0"], nvvm.kernel, ...} { ... } }
    gpu.launch_func @kernels::@k blocks in (%gx, %one, %one) threads in (%t, %one, %one) dynamic_shared_memory_size %s args(%x : ...)
    ```
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_80\"", "Chip the module is for (attached as #nvvm.target)">,
                 Option<"ptxVersion", "ptx-version", "int64_t", "80", "PTX ISA version times ten">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def FinalizeNVVM : Pass<"finalize-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Bring a kernel's scalar code to the llvm dialect, with 32-bit index";
  let description = [{
    Assumes: `tile-to-nvvm` ran and `scf` is lowered to `cf`. Guarantees: only llvm and nvvm ops are left in the gpu.module.
    Coordinates fit 31 bits (all metadata is int32), so index is 32 bits; byte offsets were made in 64.

    Before:

    ```mlir
    %r = arith.addi %row, %c8 : index
    ```

    After:

    ```mlir
    %r = llvm.add %row, %c8 : i32
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}
#endif
