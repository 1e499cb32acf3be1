// With wgmma the program has no branch around its loop, all columns of O at once, and whole warpgroups of rows; a warpgroup of the
// thread block is left for the copies.
// RUN: msa-opt %s -msa-to-tile -canonicalize -cse | FileCheck %s

// CHECK-LABEL: tile.kernel @prefill_kv_outer(
// CHECK-SAME:  blocks_per_sm = 2 : i64, kv_stages = 2 : i64, mma = #tile.mma_kind<wgmma>, producer_registers = 56 : i64, producer_warps = 4 : i64, warps = 4 : i64
// CHECK-NOT:   scf.if
// CHECK:       scf.for
// CHECK:         tile.load %{{.*}} piece 16 row_dim 1
// CHECK:         -> !tile.smem<64, 128, bf16>
// CHECK:         tile.mma %{{.*}}, transpose {{.*}} !tile.frag<64, 128, f32>
// CHECK:         tile.mma %{{.*}} : !tile.frag<64, 128, bf16>, !tile.smem<128, 128, bf16>, !tile.frag<64, 128, f32>
// CHECK:         tile.store %{{.*}} native 0 piece 16
// CHECK-NOT:     tile.store %
func.func @attend(%q: memref<?x64x128xbf16>, %k: memref<?x4x128xbf16>, %v: memref<?x4x128xbf16>, %sel: memref<4x?x16xi32>,
                  %cu: memref<?xi32>, %o: memref<?x64x128xbf16>) {
  msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu) cu_seqlens_k(%cu) outs(%o) {block_size = 128 : i64,
      strategy = #msa.strategy<kind = prefill_kv_outer, target = "sm_90a">,
      tile_config = #msa.tile_config<query_tile = 4, kv_tile = 128, kv_stages = 2, warps = 8, blocks_per_sm = 2, mma = wgmma,
                                     consumers = 1, query_chunk = 8192>}
    : (memref<?x64x128xbf16>, memref<?x4x128xbf16>, memref<?x4x128xbf16>, memref<4x?x16xi32>, memref<?xi32>, memref<?xi32>,
       memref<?x64x128xbf16>) -> ()
  return
}
