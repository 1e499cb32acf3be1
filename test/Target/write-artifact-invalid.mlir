// What a plan cannot say is an error at the op: here a size that is no function of shapes, and a kernel that does not describe itself.
// REQUIRES: msa-compile
// RUN: split-file %s %t
// RUN: not msa-compile %t/loaded-size.mlir --target=sm_80 --compile-from=nvvm 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not msa-compile %t/mute-kernel.mlir --target=sm_80 --compile-from=nvvm 2>&1 | FileCheck %s --check-prefix=MUTE
// SIZE: loaded-size.mlir:8:10: error: [host-function] needs launches, allocations, views and sizes only, but there is memref.load
// MUTE: mute-kernel.mlir:8:5: error: [host-function] needs a kernel with msa.params, msa.threads and msa.smem_bytes, but mute lacks some

//--- loaded-size.mlir
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @k() attributes {gpu.kernel, nvvm.kernel} { llvm.return }
  }

  func.func @host(%lens: memref<8xi32>) {
    %c0 = arith.constant 0 : index
    %n = memref.load %lens[%c0] : memref<8xi32>
    return
  }
}
//--- mute-kernel.mlir
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @mute() attributes {gpu.kernel, nvvm.kernel} { llvm.return }
  }

  func.func @host(%lens: memref<8xi32>) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @kernels::@mute blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    return
  }
}
