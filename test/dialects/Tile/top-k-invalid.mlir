// RUN: msa-opt %s --split-input-file --verify-diagnostics

// top_k_c1
func.func @source(%scores: memref<?xbf16>, %ids: memref<16xi32>, %n: index) {
  // expected-error@+1 {{expects rows of f32, but got 'memref<?xbf16>'}}
  tile.top_k ascending %scores into %ids rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xbf16> into memref<16xi32>
  return
}

// -----
// top_k_c2
func.func @lists(%scores: memref<?xf32>, %ids: memref<65xi32>, %n: index) {
  // expected-error@+1 {{expects i32 lists of a static length from 1 to 64, but got 'memref<65xi32>'}}
  tile.top_k ascending %scores into %ids rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xf32> into memref<65xi32>
  return
}

// -----
// top_k_c3
func.func @values(%scores: memref<?xf32>, %ids: memref<16xi32>, %values: memref<8xf32>, %n: index) {
  // expected-error@+1 {{expects f32 values in the shape of the lists, 'memref<16xi32>', but got 'memref<8xf32>'}}
  tile.top_k ascending %scores into %ids, %values rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xf32> into memref<16xi32>, memref<8xf32>
  return
}

// -----
// top_k_c4
tile.kernel @rows(%scores: memref<?xf32>, %ids: memref<16xi32>, %n: index) attributes {warps = 4 : i64} {
  // expected-error@+1 {{expects one row or a multiple of 4 warps, but rows is 6}}
  tile.top_k ascending %scores into %ids rows 6 {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xf32> into memref<16xi32>
  tile.return
}

// -----
// top_k_c5
func.func @yields(%scores: memref<4x?xf32>, %ids: memref<4x?x16xi32>, %n: index) {
  // expected-error@+1 {{expects its region to yield 3 coordinates, size, head, low, high and whether the row exists, all index}}
  tile.top_k ascending %scores into %ids rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<4x?xf32> into memref<4x?x16xi32>
  return
}

// -----
// top_k_c6
func.func @argument(%scores: memref<?xf32>, %ids: memref<16xi32>, %n: index) {
  // expected-error@+1 {{expects a region with one index argument}}
  tile.top_k ascending %scores into %ids rows 1 {
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xf32> into memref<16xi32>
  return
}

// -----
// top_k_c7
func.func @impure(%scores: memref<?xf32>, %ids: memref<16xi32>, %one: i32, %n: index) {
  // expected-error@+1 {{expects pure ops and scalar reads in its region, but got memref.store}}
  tile.top_k ascending %scores into %ids rows 1 {
  ^bb0(%row: index):
    memref.store %one, %ids[%n] : memref<16xi32>
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xf32> into memref<16xi32>
  return
}
