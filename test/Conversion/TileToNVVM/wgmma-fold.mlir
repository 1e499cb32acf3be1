// A product of two times 64 rows a warpgroup is two groups: the first one's columns are folded while the second one runs.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(assign-swizzle,specialize-warps,schedule-mma,verify-handshake,plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s

// CHECK:       .entry folds
// CHECK:       wgmma.fence.sync.aligned;
// CHECK:       wgmma.mma_async.sync.aligned.m64n64k16
// CHECK:       wgmma.commit_group.sync.aligned;
// CHECK-NOT:   wgmma.wait_group
// CHECK:       wgmma.mma_async.sync.aligned.m64n64k16
// CHECK:       wgmma.commit_group.sync.aligned;
// CHECK-NOT:   max.f32
// CHECK:       wgmma.wait_group.sync.aligned 1;
// CHECK:       max.f32
// CHECK:       wgmma.wait_group.sync.aligned 0;
// CHECK:       mbarrier.arrive
tile.kernel @folds(%q: memref<256x64xbf16>, %x: memref<?x64xbf16>, %o: memref<256x8xf32>, %n: index) attributes {warps = 8 : i64, producer_warps = 4 : i64, kv_stages = 2 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  %queries = tile.load %q piece 256 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c256 : index, index
  } : memref<256x64xbf16> -> !tile.smem<256, 64, bf16>
  %z = tile.splat %zero : f32 -> !tile.frag<256, 64, f32>
  %z8 = tile.splat %zero : f32 -> !tile.frag<256, 8, f32>
  %best = scf.for %i = %c0 to %n step %c1 iter_args(%old = %z8) -> !tile.frag<256, 8, f32> {
    %k = tile.load %x piece 64 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c64 : index, index
    } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
    %s = tile.mma %queries, transpose %k, %z : !tile.smem<256, 64, bf16>, !tile.smem<64, 64, bf16>, !tile.frag<256, 64, f32>
    %f = tile.fold_cols max %s : !tile.frag<256, 64, f32> -> !tile.frag<256, 8, f32>
    %new = tile.map %old, %f {
    ^bb0(%row: index, %col: index, %a: f32, %b: f32):
      %m = arith.maxnumf %a, %b : f32
      tile.yield %m : f32
    } : (!tile.frag<256, 8, f32>, !tile.frag<256, 8, f32>) -> !tile.frag<256, 8, f32>
    scf.yield %new : !tile.frag<256, 8, f32>
  }
  tile.store %best, %o piece 256 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c256 : index, index
  } : !tile.frag<256, 8, f32>, memref<256x8xf32>
  tile.return
}
