// What stock passes may do: equal loads merge and unused ones go, but not across a store to the same view, and reads of a ring
// stay between the copies to it.
// RUN: msa-opt %s --cse --canonicalize | FileCheck %s

// CHECK-LABEL: tile.kernel @loads
tile.kernel @loads(%x: memref<16x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // CHECK-COUNT-1: tile.load_frag
  // CHECK-NOT: tile.load
  %unused = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %i : index, index
  } : memref<16x8xf32> -> !tile.smem<16, 8, f32>
  %a = tile.load_frag %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<16x8xf32> -> !tile.frag<16, 8, f32>
  %b = tile.load_frag %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<16x8xf32> -> !tile.frag<16, 8, f32>
  // CHECK: tile.map %[[A:.*]], %[[A]]
  %s = tile.map %a, %b {
  ^bb0(%row: index, %col: index, %p: f32, %q: f32):
    %t = arith.addf %p, %q : f32
    tile.yield %t : f32
  } : (!tile.frag<16, 8, f32>, !tile.frag<16, 8, f32>) -> !tile.frag<16, 8, f32>
  // CHECK: tile.store
  tile.store %s, %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : !tile.frag<16, 8, f32>, memref<16x8xf32>
  // CHECK: tile.load_frag
  %c = tile.load_frag %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : memref<16x8xf32> -> !tile.frag<16, 8, f32>
  // CHECK: tile.store
  tile.store %c, %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : !tile.frag<16, 8, f32>, memref<16x8xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @ring
tile.kernel @ring(%x: memref<16x8xf32>, %i: index) attributes {warps = 1 : i64} {
  // Two rings are two places, and an unused one is none.
  // CHECK-COUNT-2: tile.make_ring
  // CHECK-NOT: tile.make_ring
  %ring = tile.make_ring : !tile.ring<1 x 16, 8, f32>
  %other = tile.make_ring : !tile.ring<1 x 16, 8, f32>
  %unused = tile.make_ring : !tile.ring<1 x 16, 8, f32>
  %t = tile.slot %ring[%i] : !tile.ring<1 x 16, 8, f32> -> !tile.smem<16, 8, f32>
  %u = tile.slot %other[%i] : !tile.ring<1 x 16, 8, f32> -> !tile.smem<16, 8, f32>
  // CHECK: tile.to_frag
  %a = tile.to_frag %t : !tile.smem<16, 8, f32> -> !tile.frag<16, 8, f32>
  // CHECK: tile.load_async
  tile.load_async %x, %ring[%i] piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %i : index, index
  } : memref<16x8xf32>, !tile.ring<1 x 16, 8, f32>
  // CHECK: tile.wait_group
  tile.wait_group {pending = 0 : i64}
  // CHECK: tile.to_frag
  %b = tile.to_frag %t : !tile.smem<16, 8, f32> -> !tile.frag<16, 8, f32>
  // CHECK: tile.to_frag
  %c = tile.to_frag %u : !tile.smem<16, 8, f32> -> !tile.frag<16, 8, f32>
  // CHECK: tile.map
  %s = tile.map %a, %b, %c {
  ^bb0(%row: index, %col: index, %p: f32, %q: f32, %r: f32):
    %v = arith.addf %p, %q : f32
    %w = arith.addf %v, %r : f32
    tile.yield %w : f32
  } : (!tile.frag<16, 8, f32>, !tile.frag<16, 8, f32>, !tile.frag<16, 8, f32>) -> !tile.frag<16, 8, f32>
  tile.store %s, %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %i, %i : index, index
  } : !tile.frag<16, 8, f32>, memref<16x8xf32>
  tile.return
}
