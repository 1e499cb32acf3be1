// RUN: msa-opt %s -split-input-file -verify-diagnostics

// if_rows_c1: counts are i32.
tile.kernel @count(%x: f32) attributes {warps = 1 : i64} {
  %r = tile.splat %x : f32 -> !tile.rows<16, f32>
  // expected-error @below {{expects i32 counts, but got '!tile.rows<16, f32>'}}
  %s = tile.if_rows %r, %r {
    tile.yield %r : !tile.rows<16, f32>
  } : !tile.rows<16, f32>, !tile.rows<16, f32>
  tile.return
}

// -----

// if_rows_c2: the region has no arguments.
tile.kernel @arguments(%n: i32) attributes {warps = 1 : i64} {
  %r = "tile.splat"(%n) : (i32) -> !tile.rows<16, i32>
  // expected-error @below {{expects a region without arguments, but it has 1}}
  %s = tile.if_rows %r, %r {
  ^bb0(%i: index):
    tile.yield %r : !tile.rows<16, i32>
  } : !tile.rows<16, i32>, !tile.rows<16, i32>
  tile.return
}

// -----

// if_rows_c3: the region yields what inits hold.
tile.kernel @yield(%n: i32) attributes {warps = 1 : i64} {
  %r = tile.splat %n : i32 -> !tile.rows<16, i32>
  // expected-error @below {{expects its region to yield '!tile.rows<16, i32>'}}
  %s = tile.if_rows %r, %r {
    tile.yield
  } : !tile.rows<16, i32>, !tile.rows<16, i32>
  tile.return
}

// -----

// any_rows_c1: counts are i32.
tile.kernel @any(%x: f32) attributes {warps = 1 : i64} {
  %r = tile.splat %x : f32 -> !tile.rows<16, f32>
  // expected-error @below {{expects i32 counts, but got '!tile.rows<16, f32>'}}
  %s = tile.any_rows %r : !tile.rows<16, f32>
  tile.return
}
