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
