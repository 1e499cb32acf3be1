// Two products in flight: the wait for the first leaves the second one, and the accumulators go through the waits.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s

// CHECK:       .entry products
// CHECK:       fence.proxy.async.shared::cta;
// CHECK:       wgmma.mma_async.sync.aligned.m64n64k16
// CHECK:       wgmma.commit_group.sync.aligned;
// CHECK-NOT:   wgmma.wait_group
// CHECK:       wgmma.mma_async.sync.aligned.m64n64k16
// CHECK:       wgmma.commit_group.sync.aligned;
// CHECK-NOT:   max.f32
// CHECK:       wgmma.wait_group.sync.aligned 1;
// CHECK:       max.f32
// CHECK:       wgmma.wait_group.sync.aligned 0;
// CHECK-NOT:   wgmma.wait_group
tile.kernel @products(%q: memref<64x64xbf16>, %o: memref<64x64xf32>, %l: memref<64xf32>) attributes {warps = 4 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %qt = tile.load %q piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c64 : index, index
  } : memref<64x64xbf16> -> !tile.smem<64, 64, bf16, swizzled>
  %z = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  %s = tile.mma %qt, transpose %qt, %z async : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
  %r = tile.mma %qt, %qt, %z async : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
  %t = tile.wait_mma %s pending 1 : !tile.frag<64, 64, f32>
  %m = tile.row_reduce max %t : !tile.frag<64, 64, f32> -> !tile.rows<64, f32>
  %u = tile.wait_mma %r pending 0 : !tile.frag<64, 64, f32>
  tile.store %u, %o piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c64 : index, index
  } : !tile.frag<64, 64, f32>, memref<64x64xf32>
  tile.store_rows %m, %l piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c64 : index, index
  } : !tile.rows<64, f32>, memref<64xf32>
  tile.return
}
