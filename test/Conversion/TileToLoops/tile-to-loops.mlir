// RUN: msa-opt %s --tile-to-loops --canonicalize | FileCheck %s
// RUN: msa-opt %s --pass-pipeline='builtin.module(tile-to-loops{stack-bytes=2000})' | FileCheck %s --check-prefix=HEAP

// The accumulator is one buffer, filled once and updated in place; tiles are allocated outside of the loop that fills them.
// CHECK-NOT: tile.kernel
// CHECK-LABEL: func.func @host
// CHECK-SAME: (%[[X:.*]]: memref<?x32xf32>, %[[N:.*]]: index, %[[STEPS:.*]]: index)
// CHECK: scf.parallel (%[[BLOCK:.*]]) = (%{{.*}}) to (%[[N]])
// CHECK-DAG:   %[[TILE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16x32xf32>
// CHECK-DAG:   %[[SUM:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16x16xf32>
// CHECK-NOT:   memref.alloc
// CHECK:       linalg.fill ins(%{{.*}}) outs(%[[SUM]]
// CHECK:       scf.for
// CHECK:         linalg.copy
// CHECK-NEXT:  }
// CHECK-NEXT:  linalg.generic {{.*}} ins(%[[TILE]], %[[TILE]] : {{.*}}) outs(%[[SUM]]
// CHECK:       linalg.generic {{.*}} outs(%[[SUM]]
// CHECK:       scf.for
// CHECK:         memref.subview %[[SUM]]
// CHECK-NOT: tile.

// 2000 bytes hold the sum (1024), but not the tile (2048) as well: it is allocated, and freed at the end of the thread block.
// HEAP: scf.parallel
// HEAP-DAG: memref.alloca() {alignment = 64 : i64} : memref<16x16xf32>
// HEAP-DAG: %[[TILE:.*]] = memref.alloc() {alignment = 64 : i64} : memref<16x32xf32>
// HEAP: memref.dealloc %[[TILE]]
// HEAP-NEXT: scf.reduce
tile.kernel @gram(%x: memref<?x32xf32>, %steps: index) attributes {warps = 1 : i64} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %id = tile.program_id 0
  %first = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %sum = scf.for %i = %c0 to %steps step %c1 iter_args(%acc = %first) -> (!tile.frag<16, 16, f32>) {
    %t = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c16 : index, index
    } : memref<?x32xf32> -> !tile.smem<16, 32, f32>
    %next = tile.mma %t, transpose %t, %acc : !tile.smem<16, 32, f32>, !tile.smem<16, 32, f32>, !tile.frag<16, 16, f32>
    %twice = tile.map %next {
    ^bb0(%row: index, %col: index, %a: f32):
      %b = arith.addf %a, %a : f32
      tile.yield %b : f32
    } : (!tile.frag<16, 16, f32>) -> !tile.frag<16, 16, f32>
    scf.yield %twice : !tile.frag<16, 16, f32>
  }
  tile.store %sum, %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %id, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<?x32xf32>
  tile.return
}

func.func @host(%x: memref<?x32xf32>, %n: index, %steps: index) {
  %c1 = arith.constant 1 : index
  tile.launch @gram grid(%n, %c1, %c1) args(%x, %steps) : memref<?x32xf32>, index
  return
}
