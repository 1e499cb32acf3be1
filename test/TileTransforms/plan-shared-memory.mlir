// Places do not overlap: 16 rows of 64 bf16 take 16 x (128 + 16) = 2304 bytes, a ring of 3 of them 6912, a list of 64 entries 1296
// (1408 with the next place 128-aligned).
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory))' | FileCheck %s

// CHECK-LABEL: tile.kernel @places
// CHECK-SAME:  smem_bytes = 10624 : i64
tile.kernel @places(%x: memref<?x64xbf16>, %lists: memref<?x16xi32>) attributes {warps = 1 : i64} {
  %c16 = arith.constant 16 : index
  %c1 = arith.constant 1 : index
  // CHECK: tile.load
  // CHECK: {smem_offset = 0 : i64}
  %k = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  // CHECK: tile.make_ring {smem_offset = 2304 : i64}
  %ring = tile.make_ring : !tile.ring<3 x 16, 64, bf16>
  // CHECK: tile.visit_union
  // CHECK: {smem_offset = 9216 : i64}
  %list = tile.visit_union %lists tokens 4 {
  ^bb0(%i: index):
    tile.yield %i, %i, %c1 : index, index, index
  } : memref<?x16xi32> -> !tile.list<64>
  tile.return
}

// What tile.to_smem writes may take the place of tiles that nothing needs any more, here the ring's; the list is still read.
// CHECK-LABEL: tile.kernel @reuse
// CHECK-SAME:  smem_bytes = 4992 : i64
tile.kernel @reuse(%x: memref<?x64xbf16>, %lists: memref<?x16xi32>, %y: memref<?x64xbf16>) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: tile.make_ring {smem_offset = 0 : i64}
  %ring = tile.make_ring : !tile.ring<2 x 16, 64, bf16>
  // CHECK: {smem_offset = 4608 : i64}
  %list = tile.visit_union %lists tokens 1 {
  ^bb0(%i: index):
    tile.yield %i, %i, %c1 : index, index, index
  } : memref<?x16xi32> -> !tile.list<16>
  %slot = tile.slot %ring[%c0] : !tile.ring<2 x 16, 64, bf16> -> !tile.smem<16, 64, bf16>
  %f = tile.to_frag %slot : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
  // CHECK: tile.to_smem %{{.*}} {smem_offset = 0 : i64}
  %a = tile.to_smem %f : !tile.frag<16, 64, bf16> -> !tile.smem<16, 64, bf16>
  // CHECK: tile.to_smem %{{.*}} {smem_offset = 2304 : i64}
  %b = tile.to_smem %f : !tile.frag<16, 64, bf16> -> !tile.smem<16, 64, bf16>
  %n = tile.list_size %list : !tile.list<16>
  %s = tile.to_frag %a : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
  %t = tile.to_frag %b : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
  tile.return
}

// Swizzled tiles are 1024-aligned, hence first: two panels of 16 rows of 128 bytes; then a channel, two barriers a stage.
// CHECK-LABEL: tile.kernel @swizzled
// CHECK-SAME:  smem_bytes = 8320 : i64
tile.kernel @swizzled() attributes {warps = 1 : i64} {
  // CHECK: tile.make_channel commits 1 releases 1 {smem_offset = 8192 : i64}
  %ch = tile.make_channel commits 1 releases 1 : !tile.channel<2>
  // CHECK: tile.make_ring {smem_offset = 0 : i64}
  %ring = tile.make_ring : !tile.ring<2 x 16, 128, bf16, swizzled>
  tile.return
}
