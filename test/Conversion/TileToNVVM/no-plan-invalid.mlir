// What has no place in shared memory cannot be lowered.
// RUN: msa-opt %s -split-input-file -tile-to-nvvm -verify-diagnostics

tile.kernel @no_place(%x: memref<?x64xbf16>) attributes {warps = 1 : i64} {
  %c16 = arith.constant 16 : index
  // expected-error @below {{has no place in shared memory: run plan-shared-memory first}}
  %k = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  tile.return
}

// -----

// expected-error @below {{expects memref, index or f32 arguments, but argument 0 is 'i32'}}
tile.kernel @bad_argument(%x: i32) attributes {warps = 1 : i64} {
  tile.return
}

// -----

tile.kernel @no_place_for_candidates(%scores: memref<?xf32>, %ids: memref<16xi32>, %n: index) attributes {warps = 1 : i64} {
  // expected-error @below {{has no place in shared memory: run plan-shared-memory first}}
  tile.top_k ascending %scores into %ids rows 1 {
  ^bb0(%row: index):
    tile.yield %n, %n, %n, %n, %n : index, index, index, index, index
  } : memref<?xf32> into memref<16xi32>
  tile.return
}
