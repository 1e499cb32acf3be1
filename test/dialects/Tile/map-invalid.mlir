// RUN: msa-opt %s --split-input-file --verify-diagnostics

// map_c1
func.func @shapes(%s: !tile.frag<16, 8, f32>) {
  // expected-error@+1 {{maps '!tile.frag<16, 8, f32>' to '!tile.frag<16, 16, f32>': shapes differ}}
  %t = tile.map %s {
  ^bb0(%row: index, %col: index, %x: f32):
    tile.yield %x : f32
  } : (!tile.frag<16, 8, f32>) -> !tile.frag<16, 16, f32>
  return
}

// -----
// map_c2
func.func @rows(%s: !tile.rows<32, f32>) {
  // expected-error@+1 {{maps '!tile.rows<32, f32>' to '!tile.rows<16, f32>': rows differ}}
  %t = tile.map %s {
  ^bb0(%row: index, %x: f32):
    tile.yield %x : f32
  } : (!tile.rows<32, f32>) -> !tile.rows<16, f32>
  return
}

// -----
// map_c3
func.func @arguments(%s: !tile.rows<16, f32>) {
  // expected-error@+1 {{expects region arguments 'index', 'f32', but got 'index', 'index', 'f32'}}
  %t = tile.map %s {
  ^bb0(%row: index, %col: index, %x: f32):
    tile.yield %x : f32
  } : (!tile.rows<16, f32>) -> !tile.rows<16, f32>
  return
}

// -----
// map_c4
func.func @yield(%s: !tile.rows<16, f32>) {
  // expected-error@+1 {{expects its region to yield one 'f32'}}
  %t = tile.map %s {
  ^bb0(%row: index, %x: f32):
    tile.yield %row : index
  } : (!tile.rows<16, f32>) -> !tile.rows<16, f32>
  return
}

// -----
// map_c5
func.func @reads(%m: memref<16xf32>) {
  // expected-error@+1 {{expects pure ops in its region, but got memref.load}}
  %t = tile.map {
  ^bb0(%row: index, %col: index):
    %x = memref.load %m[%row] : memref<16xf32>
    tile.yield %x : f32
  } : () -> !tile.frag<16, 8, f32>
  return
}

// -----
// map_c5
func.func @writes(%m: memref<16xf32>, %x: f32) {
  // expected-error@+1 {{expects pure ops and scalar reads in its region, but got memref.store}}
  %t = tile.map {
  ^bb0(%row: index):
    memref.store %x, %m[%row] : memref<16xf32>
    tile.yield %x : f32
  } : () -> !tile.rows<16, f32>
  return
}
