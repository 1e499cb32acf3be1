// What wgmma reads is swizzled, and its left operand stays in shared memory; other kernels keep padded rows.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(assign-swizzle))' | FileCheck %s

// CHECK-LABEL: tile.kernel @wgmma
// CHECK:       %[[Q:.*]] = tile.load
// CHECK:       -> !tile.smem<64, 64, bf16, swizzled>
// CHECK-NOT:   tile.to_frag
// CHECK:       tile.mma %[[Q]], transpose %[[Q]], %{{.*}} : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>
tile.kernel @wgmma(%x: memref<?x64xbf16>) attributes {warps = 4 : i64, mma = #tile.mma_kind<wgmma>} {
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %q = tile.load %x piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
  %a = tile.to_frag %q : !tile.smem<64, 64, bf16> -> !tile.frag<64, 64, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  %s = tile.mma %a, transpose %q, %acc : !tile.frag<64, 64, bf16>, !tile.smem<64, 64, bf16>, !tile.frag<64, 64, f32>
  tile.return
}

// CHECK-LABEL: tile.kernel @mma_sync
// CHECK:       -> !tile.smem<64, 64, bf16>
// CHECK:       tile.to_frag
tile.kernel @mma_sync(%x: memref<?x64xbf16>) attributes {warps = 4 : i64} {
  %c64 = arith.constant 64 : index
  %q = tile.load %x piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
  %a = tile.to_frag %q : !tile.smem<64, 64, bf16> -> !tile.frag<64, 64, bf16>
  tile.return
}
