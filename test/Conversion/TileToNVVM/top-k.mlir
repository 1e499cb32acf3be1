// A step of 256 entries costs eight loads, a comparison each and one vote; only where an entry beats the list are candidates put aside
// and, a warp's worth at a time, sorted in.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s --check-prefix=PTX

// CHECK-LABEL: llvm.func @own
// CHECK-SAME:  msa.smem_bytes = 4608 : i64
// CHECK:       scf.for
// CHECK-COUNT-8: llvm.load %{{.*}} invariant : !llvm.ptr<1> -> f32
// CHECK:         llvm.call_intrinsic "llvm.nvvm.vote.ballot.sync"
// CHECK-NEXT:    arith.cmpi ne
// CHECK-NEXT:    scf.if
// CHECK-COUNT-8:   llvm.store %{{.*}} : i64, !llvm.ptr<3>
// CHECK-NOT:   nvvm.barrier
// CHECK-NOT:   tile.
// PTX:         .entry own
// PTX:         ld.global.nc.b32
// PTX:         vote.sync.ballot.b32
// PTX:         shfl.sync.bfly.b32
tile.kernel @own(%scores: memref<?x?xf32>, %ids: memref<?x16xi32>, %n: index) attributes {warps = 2 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  tile.top_k ascending %scores into %ids rows 2 {
  ^bb0(%row: index):
    tile.yield %row, %row, %n, %zero, %zero, %n, %one : index, index, index, index, index, index, index
  } : memref<?x?xf32> into memref<?x16xi32>
  tile.return
}

// Two warps on one row hand their lists over through shared memory.
// CHECK-LABEL: llvm.func @shared
// CHECK:       nvvm.barrier
// CHECK-NOT:   nvvm.barrier
tile.kernel @shared(%scores: memref<?x?xf32>, %ids: memref<?x16xi32>, %n: index) attributes {warps = 2 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  tile.top_k ascending %scores into %ids rows 1 {
  ^bb0(%row: index):
    tile.yield %row, %row, %n, %zero, %zero, %n, %one : index, index, index, index, index, index, index
  } : memref<?x?xf32> into memref<?x16xi32>
  tile.return
}
