// RUN: msa-opt %s --split-input-file --verify-diagnostics

// visit_union_c1
func.func @tokens(%lists: memref<4x16xi32>, %i: index) {
  // expected-error@+1 {{expects 1 to 32 tokens, but got 33}}
  %list = tile.visit_union %lists tokens 33 {
  ^bb0(%token: index):
    tile.yield %i, %i, %i : index, index, index
  } : memref<4x16xi32> -> !tile.list<528>
  return
}

// -----
// visit_union_c2
func.func @lists(%lists: memref<4x?xi32>, %i: index) {
  // expected-error@+1 {{expects i32 lists of a static length, but got 'memref<4x?xi32>'}}
  %list = tile.visit_union %lists tokens 4 {
  ^bb0(%token: index):
    tile.yield %i, %i, %i : index, index, index
  } : memref<4x?xi32> -> !tile.list<64>
  return
}

// -----
// visit_union_c3
func.func @capacity(%lists: memref<4x16xi32>, %i: index) {
  // expected-error@+1 {{expects a list of capacity 64, but got 63}}
  %list = tile.visit_union %lists tokens 4 {
  ^bb0(%token: index):
    tile.yield %i, %i, %i : index, index, index
  } : memref<4x16xi32> -> !tile.list<63>
  return
}

// -----
// visit_union_c4
func.func @yields(%lists: memref<4x16xi32>, %i: index) {
  // expected-error@+1 {{expects its region to yield a request, 1 coordinates and whether the token exists, all index}}
  %list = tile.visit_union %lists tokens 4 {
  ^bb0(%token: index):
    tile.yield %i, %i : index, index
  } : memref<4x16xi32> -> !tile.list<64>
  return
}

// -----
// visit_union_c5
func.func @argument(%lists: memref<4x16xi32>, %i: index) {
  // expected-error@+1 {{expects a region with one index argument}}
  %list = tile.visit_union %lists tokens 4 {
    tile.yield %i, %i, %i : index, index, index
  } : memref<4x16xi32> -> !tile.list<64>
  return
}

// -----
// visit_union_c6
func.func @impure(%lists: memref<4x16xi32>, %one: i32, %i: index) {
  // expected-error@+1 {{expects pure ops and scalar reads in its region, but got memref.store}}
  %list = tile.visit_union %lists tokens 4 {
  ^bb0(%token: index):
    memref.store %one, %lists[%i, %i] : memref<4x16xi32>
    tile.yield %i, %i, %i : index, index, index
  } : memref<4x16xi32> -> !tile.list<64>
  return
}

// -----
// search_sorted_c1
func.func @offsets(%offsets: memref<4xi64>, %i: index) {
  // expected-error@+1 {{expects a vector of i32 offsets, but got 'memref<4xi64>'}}
  %p = tile.search_sorted %offsets[%i], %i : memref<4xi64>
  return
}
