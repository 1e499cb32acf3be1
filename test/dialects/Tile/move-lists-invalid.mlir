// RUN: msa-opt %s --split-input-file --verify-diagnostics

// move_lists_c1
func.func @lists(%from: memref<?xi32>, %to: memref<16xi32>, %n: index) {
  // expected-error@+1 {{expects i32 lists of a static length from 1 to 64, but got 'memref<?xi32>'}}
  tile.move_lists %from into %to rows 1 {
  ^bb0(%row: index):
    tile.yield %n : index
  } : memref<?xi32> into memref<16xi32>
  return
}

// -----
// move_lists_c2
func.func @places(%from: memref<8xi32>, %to: memref<16xi32>, %n: index) {
  // expected-error@+1 {{moves lists of 8 places to lists of 16}}
  tile.move_lists %from into %to rows 1 {
  ^bb0(%row: index):
    tile.yield %n : index
  } : memref<8xi32> into memref<16xi32>
  return
}

// -----
// move_lists_c3
tile.kernel @rows(%from: memref<16xi32>, %to: memref<16xi32>, %n: index) attributes {warps = 4 : i64} {
  // expected-error@+1 {{expects a multiple of 4 warps, but rows is 1}}
  tile.move_lists %from into %to rows 1 {
  ^bb0(%row: index):
    tile.yield %n : index
  } : memref<16xi32> into memref<16xi32>
  tile.return
}

// -----
// move_lists_c4
func.func @yields(%from: memref<?x4x16xi32>, %to: memref<4x?x16xi32>, %n: index) {
  // expected-error@+1 {{expects its region to yield 4 coordinates and whether the list exists, all index}}
  tile.move_lists %from into %to rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %n : index, index
  } : memref<?x4x16xi32> into memref<4x?x16xi32>
  return
}

// -----
// move_lists_c5
func.func @argument(%from: memref<16xi32>, %to: memref<16xi32>, %n: index) {
  // expected-error@+1 {{expects a region with one index argument}}
  tile.move_lists %from into %to rows 1 {
    tile.yield %n : index
  } : memref<16xi32> into memref<16xi32>
  return
}

// -----
// move_lists_c6
func.func @impure(%from: memref<16xi32>, %to: memref<16xi32>, %one: i32, %n: index) {
  // expected-error@+1 {{expects pure ops and scalar reads in its region, but got memref.store}}
  tile.move_lists %from into %to rows 1 {
  ^bb0(%row: index):
    memref.store %one, %to[%n] : memref<16xi32>
    tile.yield %n : index
  } : memref<16xi32> into memref<16xi32>
  return
}
