// A row's list lies along its four lanes: an entry costs a comparison and a share of one vote; one that enters, two shuffles within the
// quad for each row that a lane has, and one for the new bar.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @insert
// CHECK:       scf.for
// CHECK-COUNT-2: arith.cmpf ugt
// CHECK:         llvm.call_intrinsic "llvm.nvvm.vote.any.sync"
// CHECK-NEXT:    scf.if
// CHECK-COUNT-2:   nvvm.shfl.sync up
// CHECK:           nvvm.shfl.sync idx
// CHECK-COUNT-2:   nvvm.shfl.sync up
// CHECK:           nvvm.shfl.sync idx
// CHECK-NOT:       nvvm.shfl
// CHECK:         } else {
// CHECK-NOT:   nvvm.shfl.sync up
// CHECK-NOT:   tile.
tile.kernel @insert(%scores: memref<?x16xf32>, %ids: memref<16x4xi32>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %pad = arith.constant 0.0 : f32
  %yes = arith.constant 1 : i32
  %take = tile.splat %yes : i32 -> !tile.rows<16, i32>
  %none = tile.top_k_empty : !tile.best<16, 3>
  %best = scf.for %i = %c0 to %n step %c1 iter_args(%old = %none) -> (!tile.best<16, 3>) {
    %values = tile.load_rows %scores, %pad piece 16 row_dim 1 {
    ^bb0(%row: index):
      tile.yield %i, %row, %c16 : index, index, index
    } : memref<?x16xf32>, f32 -> !tile.rows<16, f32>
    %new = tile.top_k_insert %old, %values at %i if %take : !tile.best<16, 3>, !tile.rows<16, f32>, !tile.rows<16, i32>
    scf.yield %new : !tile.best<16, 3>
  }
  tile.top_k_store ascending %best into %ids {
  ^bb0(%row: index):
    tile.yield %row, %c0, %n, %n, %c1 : index, index, index, index, index
  } : !tile.best<16, 3> into memref<16x4xi32>
  tile.return
}
