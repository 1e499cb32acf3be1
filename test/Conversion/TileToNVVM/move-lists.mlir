// A warp a list: one read a lane, ten exchanges sort 16 ids, one write a lane.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @sort
// CHECK:       llvm.load %{{.*}} invariant : !llvm.ptr<1> -> i32
// CHECK-COUNT-10: nvvm.shfl.sync bfly
// CHECK-NOT:   nvvm.shfl
// CHECK:       llvm.store %{{.*}} : i32, !llvm.ptr<1>
// CHECK-NOT:   tile.
tile.kernel @sort(%from: memref<?x16xi32>, %to: memref<?x16xi32>, %one: index) attributes {warps = 2 : i64} {
  tile.move_lists sorted %from into %to rows 2 {
  ^bb0(%row: index):
    tile.yield %row, %row, %one : index, index, index
  } : memref<?x16xi32> into memref<?x16xi32>
  tile.return
}
