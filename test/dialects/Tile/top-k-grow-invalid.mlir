// RUN: msa-opt %s --split-input-file --verify-diagnostics

// top_k_insert_c1
func.func @values(%best: !tile.best<16, 4>, %values: !tile.rows<16, bf16>, %take: !tile.rows<16, i32>, %n: index) {
  // expected-error@+1 {{expects an f32 value for each of 16 rows, but got '!tile.rows<16, bf16>'}}
  %next = tile.top_k_insert %best, %values at %n if %take : !tile.best<16, 4>, !tile.rows<16, bf16>, !tile.rows<16, i32>
  return
}

// -----
// top_k_insert_c2
func.func @take(%best: !tile.best<16, 4>, %values: !tile.rows<16, f32>, %take: !tile.rows<32, i32>, %n: index) {
  // expected-error@+1 {{expects i32 for each of 16 rows to say which take part, but got '!tile.rows<32, i32>'}}
  %next = tile.top_k_insert %best, %values at %n if %take : !tile.best<16, 4>, !tile.rows<16, f32>, !tile.rows<32, i32>
  return
}

// -----
// top_k_store_c1
func.func @lists(%best: !tile.best<16, 4>, %ids: memref<?xi32>, %n: index) {
  // expected-error@+1 {{expects i32 lists of a static length from 1 to 64, but got 'memref<?xi32>'}}
  tile.top_k_store ascending %best into %ids {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n : index, index, index, index
  } : !tile.best<16, 4> into memref<?xi32>
  return
}

// -----
// top_k_store_c2
func.func @room(%best: !tile.best<16, 5>, %ids: memref<4xi32>, %n: index) {
  // expected-error@+1 {{writes lists of 4, but chose 5}}
  tile.top_k_store ascending %best into %ids {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n : index, index, index, index
  } : !tile.best<16, 5> into memref<4xi32>
  return
}

// -----
// top_k_store_c3
func.func @order(%best: !tile.best<16, 4>, %ids: memref<4xi32>, %n: index) {
  // expected-error@+1 {{expects order ascending or kept_last, but it is value}}
  tile.top_k_store value %best into %ids {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n : index, index, index, index
  } : !tile.best<16, 4> into memref<4xi32>
  return
}

// -----
// top_k_store_c4
func.func @yields(%best: !tile.best<16, 4>, %ids: memref<2x4xi32>, %n: index) {
  // expected-error@+1 {{expects its region to yield 1 coordinates, head, low, high and whether the row exists, all index}}
  tile.top_k_store ascending %best into %ids {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n : index, index, index, index
  } : !tile.best<16, 4> into memref<2x4xi32>
  return
}

// -----
// top_k_store_c5
func.func @argument(%best: !tile.best<16, 4>, %ids: memref<4xi32>, %n: index) {
  // expected-error@+1 {{expects a region with one index argument}}
  tile.top_k_store ascending %best into %ids {
    tile.yield %n, %n, %n, %n : index, index, index, index
  } : !tile.best<16, 4> into memref<4xi32>
  return
}

// -----
// top_k_store_c6
func.func @impure(%best: !tile.best<16, 4>, %ids: memref<4xi32>, %one: i32, %n: index) {
  // expected-error@+1 {{expects pure ops and scalar reads in its region, but got memref.store}}
  tile.top_k_store ascending %best into %ids {
  ^bb0(%row: index):
    memref.store %one, %ids[%n] : memref<4xi32>
    tile.yield %n, %n, %n, %n : index, index, index, index
  } : !tile.best<16, 4> into memref<4xi32>
  return
}
