// RUN: msa-opt %s | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @choose
tile.kernel @choose(%scores: memref<4x?x?xf32, strided<[?, ?, ?], offset: ?>>, %ids: memref<4x?x16xi32>, %values: memref<4x?x16xf32>, %n: index)
    attributes {warps = 4 : i64} {
  // CHECK: tile.top_k ascending %{{.*}} into %{{.*}} rows 8 {
  // CHECK-NEXT: ^bb0(%[[ROW:.*]]: index):
  // CHECK-NEXT:   tile.yield %{{.*}}, %[[ROW]], %{{.*}}, %[[ROW]]
  // CHECK-NEXT: } : memref<4x?x?xf32, strided<[?, ?, ?], offset: ?>> into memref<4x?x16xi32>
  tile.top_k ascending %scores into %ids rows 8 {
  ^bb0(%row: index):
    tile.yield %n, %row, %n, %row, %n, %n, %n, %n, %n : index, index, index, index, index, index, index, index, index
  } : memref<4x?x?xf32, strided<[?, ?, ?], offset: ?>> into memref<4x?x16xi32>
  // CHECK: tile.top_k value %{{.*}} into %{{.*}}, %{{.*}} rows 1 {
  // CHECK: } : memref<4x?x?xf32, strided<[?, ?, ?], offset: ?>> into memref<4x?x16xi32>, memref<4x?x16xf32>
  tile.top_k value %scores into %ids, %values rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %row, %n, %row, %n, %n, %n, %n, %n : index, index, index, index, index, index, index, index, index
  } : memref<4x?x?xf32, strided<[?, ?, ?], offset: ?>> into memref<4x?x16xi32>, memref<4x?x16xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @move
tile.kernel @move(%from: memref<?x4x16xi32>, %to: memref<4x?x16xi32>, %n: index) attributes {warps = 4 : i64} {
  // CHECK: tile.move_lists sorted %{{.*}} into %{{.*}} rows 8 {
  // CHECK-NEXT: ^bb0(%[[ROW:.*]]: index):
  // CHECK-NEXT:   tile.yield %[[ROW]], %{{.*}}, %{{.*}}, %[[ROW]], %{{.*}} : index, index, index, index, index
  // CHECK-NEXT: } : memref<?x4x16xi32> into memref<4x?x16xi32>
  tile.move_lists sorted %from into %to rows 8 {
  ^bb0(%row: index):
    tile.yield %row, %n, %n, %row, %n : index, index, index, index, index
  } : memref<?x4x16xi32> into memref<4x?x16xi32>
  // CHECK: tile.move_lists %{{.*}} into %{{.*}} rows 4 {
  tile.move_lists %from into %to rows 4 {
  ^bb0(%row: index):
    tile.yield %row, %n, %n, %row, %n : index, index, index, index, index
  } : memref<?x4x16xi32> into memref<4x?x16xi32>
  tile.return
}

// CHECK-LABEL: tile.kernel @grow
tile.kernel @grow(%ids: memref<4x?x16xi32>, %n: index, %x: f32, %i: i32) attributes {warps = 1 : i64} {
  // CHECK: tile.top_k_empty : !tile.best<16, 15>
  %none = tile.top_k_empty : !tile.best<16, 15>
  %values = tile.splat %x : f32 -> !tile.rows<16, f32>
  %take = tile.splat %i : i32 -> !tile.rows<16, i32>
  // CHECK: tile.top_k_insert %{{.*}}, %{{.*}} at %{{.*}} if %{{.*}} : !tile.best<16, 15>, !tile.rows<16, f32>, !tile.rows<16, i32>
  %best = tile.top_k_insert %none, %values at %n if %take : !tile.best<16, 15>, !tile.rows<16, f32>, !tile.rows<16, i32>
  // CHECK: tile.top_k_store kept_last %{{.*}} into %{{.*}} {
  // CHECK: } : !tile.best<16, 15> into memref<4x?x16xi32>
  tile.top_k_store kept_last %best into %ids {
  ^bb0(%row: index):
    tile.yield %n, %row, %n, %n, %n, %n : index, index, index, index, index, index
  } : !tile.best<16, 15> into memref<4x?x16xi32>
  tile.return
}
