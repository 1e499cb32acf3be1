// Copies of whole tiles through a channel may be tensor copies; small pieces, rows that are no whole panels and known strides that TMA
// cannot take may not.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(use-tma))' | FileCheck %s

// CHECK-LABEL: tile.kernel @whole
// CHECK:       tile.load_async %{{.*}}, %{{.*}}[%{{.*}}] piece 64 row_dim 1 tensor {
// CHECK-LABEL: tile.kernel @pieces
// CHECK:       piece 32 row_dim 1 {
// CHECK-LABEL: tile.kernel @stride
// CHECK:       piece 64 row_dim 0 {
// CHECK-LABEL: tile.kernel @narrow
// CHECK:       piece 64 row_dim 0 {
tile.kernel @whole(%x: memref<?x?x128xbf16, strided<[?, ?, 1], offset: ?>>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %ring = tile.make_ring : !tile.ring<2 x 64, 128, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    tile.acquire %ch[%n] : !tile.channel<2>
    tile.load_async %x, %ring[%n] piece 64 row_dim 1 {
    ^bb0(%row: index):
      tile.yield %n, %row, %n : index, index, index
    } : memref<?x?x128xbf16, strided<[?, ?, 1], offset: ?>>, !tile.ring<2 x 64, 128, bf16, swizzled>
    tile.commit %ch[%n] : !tile.channel<2>
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}
tile.kernel @pieces(%x: memref<?x?x128xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %ring = tile.make_ring : !tile.ring<2 x 64, 128, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    tile.acquire %ch[%n] : !tile.channel<2>
    tile.load_async %x, %ring[%n] piece 32 row_dim 1 {
    ^bb0(%row: index):
      tile.yield %n, %row, %n : index, index, index
    } : memref<?x?x128xbf16>, !tile.ring<2 x 64, 128, bf16, swizzled>
    tile.commit %ch[%n] : !tile.channel<2>
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}
tile.kernel @stride(%x: memref<?x128xbf16, strided<[132, 1], offset: ?>>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %ring = tile.make_ring : !tile.ring<2 x 64, 128, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    tile.acquire %ch[%n] : !tile.channel<2>
    tile.load_async %x, %ring[%n] piece 64 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %row, %n : index, index
    } : memref<?x128xbf16, strided<[132, 1], offset: ?>>, !tile.ring<2 x 64, 128, bf16, swizzled>
    tile.commit %ch[%n] : !tile.channel<2>
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}
tile.kernel @narrow(%x: memref<?x96xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %ring = tile.make_ring : !tile.ring<2 x 64, 96, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    tile.acquire %ch[%n] : !tile.channel<2>
    tile.load_async %x, %ring[%n] piece 64 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %row, %n : index, index
    } : memref<?x96xbf16>, !tile.ring<2 x 64, 96, bf16, swizzled>
    tile.commit %ch[%n] : !tile.channel<2>
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}
