// RUN: msa-opt %s | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @roles
// CHECK-SAME: mma = #tile.mma_kind<wgmma>, warps = 8 : i64
tile.kernel @roles(%x: memref<64x128xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[RING:.*]] = tile.make_ring : !tile.ring<2 x 64, 128, bf16, swizzled>
  %ring = tile.make_ring : !tile.ring<2 x 64, 128, bf16, swizzled>
  // CHECK: %[[CH:.*]] = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  // CHECK: tile.roles producer warps 4 registers 40 {
  tile.roles producer warps 4 registers 40 {
    scf.for %i = %c0 to %n step %c1 {
      // CHECK: tile.acquire %[[CH]][%{{.*}}] : !tile.channel<2>
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.load_async %x, %ring[%c0] piece 64 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %row, %i : index, index
      } : memref<64x128xbf16>, !tile.ring<2 x 64, 128, bf16, swizzled>
      // CHECK: tile.commit %[[CH]][%{{.*}}] : !tile.channel<2>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  // CHECK: } consumer warps 4 {
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      // CHECK: tile.wait %[[CH]][%{{.*}}] : !tile.channel<2>
      tile.wait %ch[%i] : !tile.channel<2>
      // CHECK: tile.slot %[[RING]][%{{.*}}] : !tile.ring<2 x 64, 128, bf16, swizzled> -> !tile.smem<64, 128, bf16, swizzled>
      %t = tile.slot %ring[%c0] : !tile.ring<2 x 64, 128, bf16, swizzled> -> !tile.smem<64, 128, bf16, swizzled>
      // CHECK: tile.release %[[CH]][%{{.*}}] : !tile.channel<2>
      tile.release %ch[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}
