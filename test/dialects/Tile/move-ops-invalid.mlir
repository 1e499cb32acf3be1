// RUN: msa-opt %s --split-input-file --verify-diagnostics

// move_c1
tile.kernel @element(%x: memref<64x8xf16>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{moves 'f32', but the view holds 'f16'}}
  %t = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64x8xf16> -> !tile.smem<16, 8, f32>
  tile.return
}

// -----
// move_c2
tile.kernel @columns(%x: memref<64x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{takes 16 columns, but the view is 'memref<64x8xf32>'}}
  %t = tile.load_frag %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64x8xf32> -> !tile.frag<16, 16, f32>
  tile.return
}

// -----
// move_c3
tile.kernel @contiguous(%x: memref<64x8xf32, strided<[16, 2]>>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects a view whose last dimension is contiguous}}
  %t = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64x8xf32, strided<[16, 2]>> -> !tile.smem<16, 8, f32>
  tile.return
}

// -----
// move_rows_c1
tile.kernel @rows(%x: memref<64xf32>, %r: i32, %i: index) attributes {warps = 1 : i64} {
  %rows = tile.splat %r : i32 -> !tile.rows<16, i32>
  // expected-error@+1 {{moves 'i32', but the view holds 'f32'}}
  tile.store_rows %rows, %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : !tile.rows<16, i32>, memref<64xf32>
  tile.return
}

// -----
// load_rows_c1
tile.kernel @pad(%x: memref<64xf32>, %pad: i32, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{pads with 'i32', but loads 'f32'}}
  %rows = tile.load_rows %x, %pad piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64xf32>, i32 -> !tile.rows<16, f32>
  tile.return
}

// -----
// to_frag_c1
func.func @toFrag(%t: !tile.smem<16, 8, f32>) {
  // expected-error@+1 {{expects a fragment of the tile's columns and element type, but got '!tile.smem<16, 8, f32>' and '!tile.frag<16, 16, f32>'}}
  %f = tile.to_frag %t : !tile.smem<16, 8, f32> -> !tile.frag<16, 16, f32>
  return
}

// -----
// to_frag_c2
func.func @toFragRows(%t: !tile.smem<48, 8, f32>) {
  // expected-error@+1 {{reads a part of the rows or all of them several times, but got '!tile.smem<48, 8, f32>' and '!tile.frag<32, 8, f32>'}}
  %f = tile.to_frag %t : !tile.smem<48, 8, f32> -> !tile.frag<32, 8, f32>
  return
}

// -----
// to_frag_c3
func.func @toFragFirst(%t: !tile.smem<48, 8, f32>) {
  // expected-error@+1 {{begins at a multiple of 16 below 48 rows, but at 24}}
  %f = tile.to_frag %t from 24 : !tile.smem<48, 8, f32> -> !tile.frag<16, 8, f32>
  return
}

// -----
// to_rows_c1
func.func @toRows(%t: !tile.smem<16, 2, f32>) {
  // expected-error@+1 {{reads a tile of one column, element for element, but got '!tile.smem<16, 2, f32>' and '!tile.rows<16, f32>'}}
  %r = tile.to_rows %t : !tile.smem<16, 2, f32> -> !tile.rows<16, f32>
  return
}

// -----
// to_rows_c2
func.func @toRowsRows(%t: !tile.smem<48, 1, f32>) {
  // expected-error@+1 {{reads a part of the rows or all of them several times, but got '!tile.smem<48, 1, f32>' and '!tile.rows<32, f32>'}}
  %r = tile.to_rows %t : !tile.smem<48, 1, f32> -> !tile.rows<32, f32>
  return
}

// -----
// to_rows_c3
func.func @toRowsFirst(%t: !tile.smem<16, 1, f32>) {
  // expected-error@+1 {{begins at a multiple of 16 below 16 rows, but at 16}}
  %r = tile.to_rows %t from 16 : !tile.smem<16, 1, f32> -> !tile.rows<32, f32>
  return
}

// -----
// to_smem_c1
func.func @toSmem(%r: !tile.rows<16, f32>) {
  // expected-error@+1 {{writes '!tile.rows<16, f32>' to '!tile.smem<16, 8, f32>'}}
  %t = tile.to_smem %r : !tile.rows<16, f32> -> !tile.smem<16, 8, f32>
  return
}

// -----
// slot_c1
func.func @slot(%ring: !tile.ring<2 x 16, 8, f32>, %i: index) {
  // expected-error@+1 {{takes '!tile.smem<16, 16, f32>' from '!tile.ring<2 x 16, 8, f32>'}}
  %t = tile.slot %ring[%i] : !tile.ring<2 x 16, 8, f32> -> !tile.smem<16, 16, f32>
  return
}

// -----
// store_c1
func.func @storeColumns(%f: !tile.frag<16, 8, f32>, %x: memref<16x64xf32>, %i: index) {
  // expected-error@+1 {{expects a first column and a count of columns, but got 1 numbers}}
  tile.store %f, %x columns(%i) piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : !tile.frag<16, 8, f32>, memref<16x64xf32>
  return
}

// -----
// slice_c1
func.func @sliceColumns(%t: !tile.smem<64, 128, bf16>) {
  // expected-error@+1 {{slices '!tile.smem<64, 128, bf16>' to '!tile.smem<32, 64, bf16>': columns or element types differ}}
  %s = tile.slice %t from 0 : !tile.smem<64, 128, bf16> -> !tile.smem<32, 64, bf16>
  return
}

// -----
// slice_c2
func.func @sliceRows(%t: !tile.smem<64, 128, bf16>) {
  // expected-error@+1 {{takes rows up to 80, but the tile has 64}}
  %s = tile.slice %t from 48 : !tile.smem<64, 128, bf16> -> !tile.smem<32, 128, bf16>
  return
}

// -----
// native_c1
func.func @nativeElements(%f: !tile.frag<16, 64, f32>, %y: memref<?x64xf32>, %i: index) {
  // expected-error@+1 {{moves 16-bit columns in groups of 32 in native order, but got '!tile.frag<16, 64, f32>'}}
  tile.store %f, %y native 0 piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %i : index, index
  } : !tile.frag<16, 64, f32>, memref<?x64xf32>
  return
}

// -----
// native_c2
func.func @nativeColumns(%f: !tile.frag<16, 64, bf16>, %y: memref<?x96xbf16>, %i: index) {
  // expected-error@+1 {{begins at a multiple of 32 columns, stores all and ends in the view's row, but columns 64 to 128 go to 'memref<?x96xbf16>'}}
  tile.store %f, %y native 64 piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %i : index, index
  } : !tile.frag<16, 64, bf16>, memref<?x96xbf16>
  return
}
