// RUN: msa-opt %s --split-input-file --verify-diagnostics

// rowmap_c1
tile.kernel @argument(%x: memref<64x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects a row map with one index argument}}
  %t = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: i32):
    tile.yield %i, %i : index, index
  } : memref<64x8xf32> -> !tile.smem<16, 8, f32>
  tile.return
}

// -----
// rowmap_c2
tile.kernel @yields(%x: memref<64x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects its row map to yield 1 coordinates and a valid count, all index}}
  %t = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i, %i : index, index, index
  } : memref<64x8xf32> -> !tile.smem<16, 8, f32>
  tile.return
}

// -----
// rowmap_c2: one coordinate more where single elements are read
tile.kernel @yieldsRows(%x: memref<64x8xf32>, %pad: f32, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects its row map to yield 2 coordinates and a valid count, all index}}
  %t = tile.load_rows %x, %pad piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64x8xf32>, f32 -> !tile.rows<16, f32>
  tile.return
}

// -----
// rowmap_c3
tile.kernel @piece(%x: memref<64x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects pieces that divide its 16 rows, but piece is 12}}
  %t = tile.load %x piece 12 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64x8xf32> -> !tile.smem<16, 8, f32>
  tile.return
}

// -----
// rowmap_c4
tile.kernel @rowDim(%x: memref<64x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects row_dim below 1, but got 1}}
  %t = tile.load %x piece 16 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<64x8xf32> -> !tile.smem<16, 8, f32>
  tile.return
}

// -----
// rowmap_c5
tile.kernel @impure(%x: memref<64x8xf32>, %f: f32, %i: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects pure ops and scalar reads in its row map, but got memref.store}}
  %t = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    memref.store %f, %x[%i, %i] : memref<64x8xf32>
    tile.yield %i, %i : index, index
  } : memref<64x8xf32> -> !tile.smem<16, 8, f32>
  tile.return
}
