// A loop met again by an outer loop, and a second one in the same turn, use one ring: before its copies start, everyone is done with the
// tiles of the last time.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(assign-stages{stages=2},cse))' | FileCheck %s

// CHECK-LABEL: tile.kernel @twice
// CHECK:       scf.for
// CHECK:         %[[RING:.*]] = tile.make_ring : !tile.ring<2 x 16, 64, bf16>
// CHECK-NEXT:    tile.wait_group {pending = 0 : i64}
// CHECK:         tile.load_async %{{.*}}, %[[RING]]
// CHECK:         scf.for
// CHECK:           tile.slot %[[RING]]
// CHECK-NOT:     tile.make_ring
// CHECK:         tile.wait_group {pending = 0 : i64}
// CHECK:         tile.load_async %{{.*}}, %[[RING]]
// CHECK:         scf.for
// CHECK:           tile.slot %[[RING]]
// CHECK-NOT:     tile.make_ring
!k = !tile.smem<16, 64, bf16>
!f = !tile.frag<16, 64, bf16>
tile.kernel @twice(%x: memref<?x64xbf16>, %y: memref<?x64xbf16>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.for %turn = %c0 to %n step %c1 {
    scf.for %i = %c0 to %n step %c1 {
      %k = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %i, %c16 : index, index
      } : memref<?x64xbf16> -> !k
      %f = tile.to_frag %k : !k -> !f
      tile.store %f, %y piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %i, %c16 : index, index
      } : !f, memref<?x64xbf16>
    }
    scf.for %i = %c0 to %turn step %c1 {
      %k = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %turn, %c16 : index, index
      } : memref<?x64xbf16> -> !k
      %f = tile.to_frag %k : !k -> !f
      tile.store %f, %y piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %i, %c16 : index, index
      } : !f, memref<?x64xbf16>
    }
  }
  tile.return
}
