// RUN: msa-opt %s | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @staged
tile.kernel @staged(%x: memref<64x128xbf16>, %i: index) attributes {warps = 4 : i64} {
  // CHECK: %[[RING:.*]] = tile.make_ring {smem_offset = 1024 : i64} : !tile.ring<3 x 64, 128, bf16>
  %ring = tile.make_ring {smem_offset = 1024 : i64} : !tile.ring<3 x 64, 128, bf16>
  // CHECK: tile.load_async %{{.*}}, %[[RING]][%{{.*}}] piece 64 row_dim 0 {
  // CHECK: } : memref<64x128xbf16>, !tile.ring<3 x 64, 128, bf16>
  tile.load_async %x, %ring[%i] piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %i : index, index
  } : memref<64x128xbf16>, !tile.ring<3 x 64, 128, bf16>
  // CHECK: tile.commit_group
  tile.commit_group
  // CHECK: tile.wait_group {pending = 1 : i64}
  tile.wait_group {pending = 1 : i64}
  // CHECK: tile.slot %[[RING]][%{{.*}}] : !tile.ring<3 x 64, 128, bf16> -> !tile.smem<64, 128, bf16>
  %t = tile.slot %ring[%i] : !tile.ring<3 x 64, 128, bf16> -> !tile.smem<64, 128, bf16>
  tile.return
}
