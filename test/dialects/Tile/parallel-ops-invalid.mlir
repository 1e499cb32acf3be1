// Scalar work is scalar, vectors are one row of i32, and sets belong to turns.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{expects at least one set and members in multiples of 32, but got 4 and 100}}
func.func @bits_c1(%bits: !tile.bits<4, 100>)

// -----
// parallel_c1
func.func @argument(%n: index) {
  // expected-error @below {{expects a region with one index argument}}
  tile.parallel %n {
    tile.yield
  }
  return
}

// -----
// parallel_c2
func.func @vector(%n: index, %x: i32) {
  // expected-error @below {{collects one row of i32, but makes '!tile.smem<2, 64, i32>'}}
  %v = tile.parallel %n {
  ^bb0(%i: index):
    tile.yield %x : i32
  } : !tile.smem<2, 64, i32>
  return
}

// -----
// parallel_c3
func.func @yields(%n: index) {
  // expected-error @below {{expects its region to yield one i32}}
  %v = tile.parallel %n {
  ^bb0(%i: index):
    tile.yield
  } : !tile.smem<1, 64, i32>
  return
}

// -----
// parallel_c4
func.func @tiles(%n: index, %s: !tile.frag<16, 8, f32>) {
  // expected-error @below {{expects scalar work in its region, but got tile.row_reduce}}
  tile.parallel %n {
  ^bb0(%i: index):
    %m = tile.row_reduce max %s : !tile.frag<16, 8, f32> -> !tile.rows<16, f32>
    tile.yield
  }
  return
}

// -----
// at_c1
func.func @at(%tile: !tile.smem<16, 64, bf16>, %i: index) {
  // expected-error @below {{reads one row of i32, but got '!tile.smem<16, 64, bf16>'}}
  %x = tile.at %tile[%i] : !tile.smem<16, 64, bf16>
  return
}

// -----
// scan_c1
func.func @scan(%tile: !tile.smem<1, 64, f32>) {
  // expected-error @below {{sums one row of i32, but got '!tile.smem<1, 64, f32>'}}
  %starts, %total = tile.scan %tile : !tile.smem<1, 64, f32>
  return
}

// -----
// set_bit_c1
func.func @set(%bits: !tile.bits<4, 64>, %i: index) {
  // expected-error @below {{expects to stand in a turn of tile.parallel}}
  tile.set_bit %bits[%i, %i] : !tile.bits<4, 64>
  return
}

// -----
// count_bits_c1
func.func @count(%bits: !tile.bits<4, 64>, %i: index) {
  // expected-error @below {{expects to stand in a turn of tile.parallel}}
  %n = tile.count_bits %bits[%i] below %i : !tile.bits<4, 64>
  return
}
