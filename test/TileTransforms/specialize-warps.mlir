// The loads of a loop become channels: copies and what places them go to the producer, all else to the consumers, which wait where
// they read and release after it.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(specialize-warps{producer-warps=4 stages=3},canonicalize,cse,verify-handshake))' | FileCheck %s

// CHECK-LABEL: tile.kernel @sum
// CHECK-SAME:  warps = 5 : i64
// CHECK:       %[[Q:.*]] = tile.load
// CHECK:       %[[RING:.*]] = tile.make_ring : !tile.ring<3 x 16, 64, bf16>
// CHECK:       %[[CH:.*]] = tile.make_channel commits 128 releases 1 : !tile.channel<3>
// CHECK:       tile.roles producer warps 4 {
// CHECK-NEXT:    scf.for %[[I:.*]] = %c0 to %{{.*}} step %c1 {
// CHECK:           %[[SLOT:.*]] = arith.remui %[[I]], %c3
// CHECK:           tile.acquire %[[CH]][%[[I]]]
// CHECK-NEXT:      tile.load_async %{{.*}}, %[[RING]][%[[SLOT]]]
// CHECK:           tile.commit %[[CH]][%[[I]]]
// CHECK-NEXT:    }
// CHECK-NEXT:    tile.yield
// CHECK-NEXT:  } consumer warps 1 {
// CHECK:         scf.for %[[J:.*]] = %c0 to %{{.*}} step %c1 iter_args
// CHECK:           tile.slot %[[RING]]
// CHECK-NEXT:      tile.if_rows
// CHECK-NEXT:        tile.wait %[[CH]][%[[J]]]
// CHECK-NEXT:        tile.mma %[[Q]]
// CHECK:           }
// CHECK-NEXT:      tile.wait %[[CH]][%[[J]]]
// CHECK-NEXT:      tile.release %[[CH]][%[[J]]]
// CHECK:         tile.store
// CHECK-NEXT:    ^bb0
// CHECK:       tile.return
tile.kernel @sum(%x: memref<?x64xbf16>, %out: memref<?x16xf32>, %n: index, %take: i32) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %q = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  %count = tile.splat %take : i32 -> !tile.rows<16, i32>
  %acc0 = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %acc = scf.for %i = %c0 to %n step %c1 iter_args(%a = %acc0) -> !tile.frag<16, 16, f32> {
    %first = arith.muli %i, %c16 : index
    %k = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      %r = arith.addi %first, %row : index
      tile.yield %r, %c16 : index, index
    } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
    %b = tile.if_rows %count, %a {
      %p = tile.mma %q, transpose %k, %a : !tile.smem<16, 64, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 16, f32>
      tile.yield %p : !tile.frag<16, 16, f32>
    } : !tile.rows<16, i32>, !tile.frag<16, 16, f32>
    scf.yield %b : !tile.frag<16, 16, f32>
  }
  tile.store %acc, %out piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<?x16xf32>
  tile.return
}

// A load two loops deep is counted through both; what both roles carry is carried twice.
// CHECK-LABEL: tile.kernel @nested
// CHECK:       tile.roles producer warps 4 {
// CHECK:         scf.for %{{.*}} iter_args(%[[OUTER:.*]] = %c0) -> (index) {
// CHECK:           scf.for %{{.*}} iter_args(%[[USE:.*]] = %[[OUTER]]) -> (index) {
// CHECK:             tile.acquire %{{.*}}[%[[USE]]]
// CHECK:             %[[NEXT:.*]] = arith.addi %[[USE]], %c1
// CHECK:             scf.yield %[[NEXT]] : index
// CHECK:       } consumer warps 1 {
// CHECK:         scf.for %{{.*}} iter_args(%{{.*}} = %{{.*}}, %[[OUTER2:.*]] = %c0) -> (!tile.frag<16, 64, bf16>, index) {
// CHECK:           scf.for %{{.*}} iter_args(%{{.*}} = %{{.*}}, %[[USE2:.*]] = %[[OUTER2]]) -> (!tile.frag<16, 64, bf16>, index) {
// CHECK:             tile.wait %{{.*}}[%[[USE2]]]
tile.kernel @nested(%x: memref<?x64xbf16>, %out: memref<?x64xbf16>, %n: index, %sizes: memref<?xi32>, %start: bf16) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %none = tile.splat %start : bf16 -> !tile.frag<16, 64, bf16>
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%a = %none) -> !tile.frag<16, 64, bf16> {
    %size = memref.load %sizes[%i] : memref<?xi32>
    %m = arith.index_cast %size : i32 to index
    %inner = scf.for %j = %c0 to %m step %c1 iter_args(%b = %a) -> !tile.frag<16, 64, bf16> {
      %k = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %j, %c16 : index, index
      } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
      %f = tile.to_frag %k : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
      scf.yield %f : !tile.frag<16, 64, bf16>
    }
    scf.yield %inner : !tile.frag<16, 64, bf16>
  }
  tile.store %last, %out piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 64, bf16>, memref<?x64xbf16>
  tile.return
}

// Two loops in a row that load tiles of one type share a ring: the second counts on where the first ended.
// CHECK-LABEL: tile.kernel @sequel
// CHECK:       %[[RING:.*]] = tile.make_ring
// CHECK-NOT:   tile.make_ring
// CHECK:       %[[CHANNEL:.*]] = tile.make_channel
// CHECK-NOT:   tile.make_channel
// CHECK:       tile.roles producer warps 4 {
// CHECK:         scf.for %{{.*}} iter_args(%[[OUTER:.*]] = %c0) -> (index) {
// CHECK:           %[[FIRST:.*]] = scf.for %{{.*}} iter_args(%[[USE:.*]] = %[[OUTER]]) -> (index) {
// CHECK:             tile.acquire %[[CHANNEL]][%[[USE]]]
// CHECK:           %[[SECOND:.*]] = scf.for %{{.*}} iter_args(%[[USE2:.*]] = %[[FIRST]]) -> (index) {
// CHECK:             tile.acquire %[[CHANNEL]][%[[USE2]]]
// CHECK:           scf.yield %[[SECOND]] : index
// CHECK:       } consumer warps 1 {
tile.kernel @sequel(%x: memref<?x64xbf16>, %out: memref<?x64xbf16>, %n: index, %m: index, %start: bf16) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %none = tile.splat %start : bf16 -> !tile.frag<16, 64, bf16>
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%a = %none) -> !tile.frag<16, 64, bf16> {
    %one = scf.for %j = %c0 to %m step %c1 iter_args(%b = %a) -> !tile.frag<16, 64, bf16> {
      %k = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %j, %c16 : index, index
      } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
      %f = tile.to_frag %k : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
      scf.yield %f : !tile.frag<16, 64, bf16>
    }
    %two = scf.for %j = %c0 to %i step %c1 iter_args(%b = %one) -> !tile.frag<16, 64, bf16> {
      %k = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %j, %c16 : index, index
      } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
      %f = tile.to_frag %k : !tile.smem<16, 64, bf16> -> !tile.frag<16, 64, bf16>
      scf.yield %f : !tile.frag<16, 64, bf16>
    }
    scf.yield %two : !tile.frag<16, 64, bf16>
  }
  tile.store %last, %out piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 64, bf16>, memref<?x64xbf16>
  tile.return
}
