// One slot: the next copy is issued behind the last look at the tile, before the next product, and waited for in the next turn.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(assign-stages,cse))' | FileCheck %s

// CHECK-LABEL: tile.kernel @one_slot
// CHECK:       tile.make_ring : !tile.ring<1 x 16, 16, bf16>
// CHECK:       tile.load_async
// CHECK:       tile.commit_group
// CHECK:       tile.make_ring : !tile.ring<1 x 16, 16, bf16>
// CHECK:       tile.load_async
// CHECK:       tile.commit_group
// CHECK:       scf.for
// CHECK-NEXT:    tile.wait_group {pending = 0 : i64}
// CHECK:         tile.mma %[[TILE:.*]], transpose
// CHECK:         tile.map
// CHECK:         tile.wait_group {pending = 0 : i64}
// CHECK:         scf.if
// CHECK:           tile.load_async
// CHECK:         tile.commit_group
// CHECK:         tile.mma
tile.kernel @one_slot(%x: memref<?x16xbf16>, %y: memref<?x16xf32>, %n: index) attributes {warps = 1 : i64, kv_stages = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %k = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x16xbf16> -> !tile.smem<16, 16, bf16>
  scf.for %i = %c0 to %n step %c1 {
    %q = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      %r = arith.addi %i, %row : index
      tile.yield %r, %c16 : index, index
    } : memref<?x16xbf16> -> !tile.smem<16, 16, bf16>
    %s = tile.mma %q, transpose %k, %acc : !tile.smem<16, 16, bf16>, !tile.smem<16, 16, bf16>, !tile.frag<16, 16, f32>
    %p = tile.map %s {
    ^bb0(%row: index, %col: index, %a: f32):
      %h = arith.truncf %a : f32 to bf16
      tile.yield %h : bf16
    } : (!tile.frag<16, 16, f32>) -> !tile.frag<16, 16, bf16>
    %o = tile.mma %p, %k, %acc : !tile.frag<16, 16, bf16>, !tile.smem<16, 16, bf16>, !tile.frag<16, 16, f32>
    tile.store %o, %y piece 16 row_dim 0 {
    ^bb0(%row: index):
      %r = arith.addi %i, %row : index
      tile.yield %r, %c16 : index, index
    } : !tile.frag<16, 16, f32>, memref<?x16xf32>
  }
  tile.return
}

// A tile of which slices are read is not copied over before the last slice's reader.
// CHECK-LABEL: tile.kernel @slices
// CHECK:       scf.for
// CHECK:         tile.slice
// CHECK:         tile.slice
// CHECK-NOT:     tile.load_async
// CHECK:         tile.mma
// CHECK-NOT:     tile.load_async
// CHECK:         tile.mma
// CHECK:         tile.wait_group
// CHECK:         tile.load_async
tile.kernel @slices(%x: memref<?x16xbf16>, %y: memref<?x16xf32>, %n: index) attributes {warps = 1 : i64, kv_stages = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %q = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %qh = tile.map %q {
  ^bb0(%row: index, %col: index, %a: f32):
    %h = arith.truncf %a : f32 to bf16
    tile.yield %h : bf16
  } : (!tile.frag<16, 16, f32>) -> !tile.frag<16, 16, bf16>
  scf.for %i = %c0 to %n step %c1 {
    %k = tile.load %x piece 32 row_dim 0 {
    ^bb0(%row: index):
      %r = arith.addi %i, %row : index
      tile.yield %r, %c32 : index, index
    } : memref<?x16xbf16> -> !tile.smem<32, 16, bf16>
    %low = tile.slice %k from 0 : !tile.smem<32, 16, bf16> -> !tile.smem<16, 16, bf16>
    %high = tile.slice %k from 16 : !tile.smem<32, 16, bf16> -> !tile.smem<16, 16, bf16>
    %s = tile.mma %qh, transpose %low, %acc : !tile.frag<16, 16, bf16>, !tile.smem<16, 16, bf16>, !tile.frag<16, 16, f32>
    %t = tile.mma %qh, transpose %high, %s : !tile.frag<16, 16, bf16>, !tile.smem<16, 16, bf16>, !tile.frag<16, 16, f32>
    tile.store %t, %y piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %row, %c16 : index, index
    } : !tile.frag<16, 16, f32>, memref<?x16xf32>
  }
  tile.return
}
