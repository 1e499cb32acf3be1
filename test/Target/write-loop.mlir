// A loop of launches is one of the plan: turns as an expression of shapes, and what depends on the turn as one of "turn".
// REQUIRES: msa-compile
// RUN: split-file %s %t
// RUN: msa-compile %t/loop.mlir --target=sm_80 --compile-from=nvvm | FileCheck %s
// RUN: not msa-compile %t/carried.mlir --target=sm_80 --compile-from=nvvm 2>&1 | FileCheck %s --check-prefix=CARRIED

// CHECK: "grid":{{\[\[}}"min",["sub",["dim",0,0],["mul","turn",100]],100],1,1]
// CHECK-SAME: {"kind":"size","value":["mul","turn",100]}
// CHECK-SAME: "loop":0
// CHECK-SAME: "kernel":"once"
// CHECK-SAME: "loops":{{\[\[}}"ceildiv",["dim",0,0],100]]
// CARRIED: error: [host-function] needs loops from 0 in steps of 1, of launches, that stand in no other, but one is none

//--- loop.mlir
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @part(%first: i64) attributes {gpu.kernel, nvvm.kernel, msa.threads = 32 : i64, msa.smem_bytes = 0 : i64, msa.params = ["size:0"]} {
      llvm.return
    }
    llvm.func @once(%n: i64) attributes {gpu.kernel, nvvm.kernel, msa.threads = 32 : i64, msa.smem_bytes = 0 : i64, msa.params = ["size:0"]} {
      llvm.return
    }
  }
  func.func @host(%x: memref<?xi32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c100 = arith.constant 100 : index
    %n = memref.dim %x, %c0 : memref<?xi32>
    %turns = arith.ceildivsi %n, %c100 : index
    scf.for %i = %c0 to %turns step %c1 {
      %first = arith.muli %i, %c100 : index
      %rest = arith.subi %n, %first : index
      %grid = arith.minsi %rest, %c100 : index
      gpu.launch_func @kernels::@part blocks in (%grid, %c1, %c1) threads in (%c32, %c1, %c1) args(%first : index)
    }
    gpu.launch_func @kernels::@once blocks in (%c1, %c1, %c1) threads in (%c32, %c1, %c1) args(%n : index)
    return
  }
}
//--- carried.mlir
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @part(%first: i64) attributes {gpu.kernel, nvvm.kernel, msa.threads = 32 : i64, msa.smem_bytes = 0 : i64, msa.params = ["size:0"]} {
      llvm.return
    }
  }
  func.func @host(%x: memref<?xi32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %n = memref.dim %x, %c0 : memref<?xi32>
    %end = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %c0) -> index {
      %next = arith.addi %sum, %i : index
      gpu.launch_func @kernels::@part blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%sum : index)
      scf.yield %next : index
    }
    return
  }
}
