// A product is waited for where its result is first read; what was begun behind it may go on. Slots are released when they were read.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(schedule-mma))' | FileCheck %s

// CHECK-LABEL: tile.kernel @overlap
// CHECK:       %[[S:.*]] = tile.mma %{{.*}}, transpose %{{.*}} async
// CHECK-NEXT:  %[[O:.*]] = tile.mma %{{.*}}, %{{.*}}, %{{.*}} async
// CHECK-NEXT:  %[[T:.*]] = tile.wait_mma %[[S]] pending 1
// CHECK-NEXT:  tile.row_reduce max %[[T]]
// The second product of a sum needs no wait between them.
// CHECK-NEXT:  %[[SUM:.*]] = tile.mma %{{.*}}, %{{.*}}, %[[O]] async
// CHECK-NEXT:  %[[U:.*]] = tile.wait_mma %[[SUM]] pending 0
// CHECK-NEXT:  tile.release %{{.*}}[%[[I:.*]]]
// CHECK-NEXT:  scf.yield %[[U]]
tile.kernel @overlap(%x: memref<?x64xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %ring = tile.make_ring : !tile.ring<2 x 64, 64, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    %z = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %z) -> !tile.frag<64, 64, f32> {
      %k = tile.slot %ring[%c0] : !tile.ring<2 x 64, 64, bf16, swizzled> -> !tile.smem<64, 64, bf16, swizzled>
      tile.wait %ch[%i] : !tile.channel<2>
      %s = tile.mma %k, transpose %k, %z : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
      %o = tile.mma %k, %k, %acc : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
      %m = tile.row_reduce max %s : !tile.frag<64, 64, f32> -> !tile.rows<64, f32>
      %sum = tile.mma %k, %k, %o : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
      tile.release %ch[%i] : !tile.channel<2>
      scf.yield %sum : !tile.frag<64, 64, f32>
    }
    tile.yield
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @mma_sync
// CHECK-NOT:   async
tile.kernel @mma_sync(%x: memref<?x64xbf16>) attributes {warps = 4 : i64} {
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %k = tile.load %x piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
  %z = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  %s = tile.mma %k, transpose %k, %z : !tile.smem<64, 64, bf16>, !tile.smem<64, 64, bf16>, !tile.frag<64, 64, f32>
  tile.return
}
