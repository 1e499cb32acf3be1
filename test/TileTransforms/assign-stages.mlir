// The loads of a loop become a ring: two iterations' copies ahead of it, and in it wait, issue, use. The tile loaded before the loop for its
// use arrives meanwhile.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(assign-stages{stages=3},cse))' | FileCheck %s

// CHECK-LABEL: tile.kernel @sum
// CHECK:       %[[AHEAD:.*]] = tile.make_ring : !tile.ring<1 x 16, 64, bf16>
// CHECK:       tile.load_async %{{.*}}, %[[AHEAD]][%c0]
// CHECK:       tile.commit_group
// CHECK:       %[[RING:.*]] = tile.make_ring : !tile.ring<3 x 16, 64, bf16>
// CHECK:       scf.if
// CHECK:         tile.load_async %{{.*}}, %[[RING]][%c0]
// CHECK:       tile.commit_group
// CHECK:         tile.load_async %{{.*}}, %[[RING]][%c1]
// CHECK:       tile.commit_group
// CHECK:       tile.wait_group {pending = 2 : i64}
// CHECK:       tile.slot %[[AHEAD]][%c0]
// CHECK:       scf.for %[[I:.*]] = %c0 to
// CHECK-NEXT:    tile.wait_group {pending = 1 : i64}
// CHECK:         %[[NEXT:.*]] = arith.addi %[[I]], %c2
// CHECK:         %[[PUT:.*]] = arith.remui %[[NEXT]], %c3
// CHECK:         scf.if
// CHECK:           tile.load_async %{{.*}}, %[[RING]][%[[PUT]]]
// CHECK:         tile.commit_group
// CHECK:         %[[GET:.*]] = arith.remui %[[I]], %c3
// CHECK:         %[[TILE:.*]] = tile.slot %[[RING]][%[[GET]]]
// CHECK:         tile.mma %{{.*}}, transpose %[[TILE]]
tile.kernel @sum(%x: memref<?x64xbf16>, %out: memref<?x16xf32>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %q = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  %acc0 = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %acc = scf.for %i = %c0 to %n step %c1 iter_args(%a = %acc0) -> !tile.frag<16, 16, f32> {
    %first = arith.muli %i, %c16 : index
    %k = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      %r = arith.addi %first, %row : index
      tile.yield %r, %c16 : index, index
    } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
    %b = tile.mma %q, transpose %k, %a : !tile.smem<16, 64, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 16, f32>
    scf.yield %b : !tile.frag<16, 16, f32>
  }
  tile.store %acc, %out piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<?x16xf32>
  tile.return
}

// A load whose place depends on a carried value cannot be issued ahead: the loop stays as it is.
// CHECK-LABEL: tile.kernel @chase
// CHECK-NOT:   tile.make_ring
// CHECK:       tile.load
tile.kernel @chase(%x: memref<?x64xbf16>, %y: memref<?x64xbf16>, %next: memref<?xi32>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %end = scf.for %i = %c0 to %n step %c1 iter_args(%at = %c0) -> index {
    %k = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      %r = arith.addi %at, %row : index
      tile.yield %r, %c16 : index, index
    } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
    %f = tile.to_frag %k : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
    tile.store %f, %y piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %row, %c16 : index, index
    } : !tile.frag<16, 64, bf16>, memref<?x64xbf16>
    %to = memref.load %next[%at] : memref<?xi32>
    %to_index = arith.index_cast %to : i32 to index
    scf.yield %to_index : index
  }
  tile.return
}
