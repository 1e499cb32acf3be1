// Attention from the keys' side: temporaries of one chunk of query tokens, and a loop of launches over the chunks.
// RUN: msa-opt %s -msa-to-tile -canonicalize -cse | FileCheck %s

// CHECK-LABEL: tile.kernel @combine_slots
// CHECK:       tile.load_frag {{.*}} native
// CHECK-LABEL: tile.kernel @prefill_kv_outer_clear
// CHECK-LABEL: tile.kernel @prefill_kv_outer(
// CHECK-SAME:  kv_stages = 1 : i64
// CHECK:       scf.if
// CHECK-COUNT-2: -> !tile.smem<128, 128, bf16>
// CHECK:         scf.for
// CHECK:           tile.load %{{.*}} piece 16 row_dim 1
// CHECK:           tile.mma %{{.*}}, transpose
// CHECK:           tile.mask_cols
// CHECK:           tile.mma %{{.*}} columns 0
// CHECK:           tile.store {{.*}} native 0
// CHECK:           tile.mma %{{.*}} columns 64
// CHECK:           tile.store {{.*}} native 64
// CHECK:           tile.store_rows
// CHECK-LABEL: tile.kernel @build_k2q_count

// CHECK-LABEL: func.func @attend
// CHECK:       %[[T:.*]] = memref.dim %arg0, %c0
// CHECK:       %[[MOST:.*]] = arith.minsi %[[T]], %c8192
// CHECK:       memref.alloc(%[[MOST]]) : memref<16x?x64x128xbf16>
// CHECK:       %[[CHUNKS:.*]] = arith.ceildivsi %[[T]], %c8192
// CHECK:       scf.for %[[I:.*]] = %c0 to %[[CHUNKS]] step %c1
// CHECK:         %[[FIRST:.*]] = arith.muli %[[I]], %c8192
// CHECK:         %[[REST:.*]] = arith.subi %[[T]], %[[FIRST]]
// CHECK:         %[[TOKENS:.*]] = arith.minsi %[[REST]], %c8192
// CHECK:         tile.launch @build_k2q_count
// CHECK:         tile.launch @build_k2q_sum
// CHECK:         tile.launch @build_k2q_offset
// CHECK:         tile.launch @build_k2q_scatter
// CHECK:         tile.launch @prefill_kv_outer_clear
// CHECK:         tile.launch @prefill_kv_outer grid(%{{.*}}, %c1, %c1)
// CHECK:         %[[FOUR:.*]] = arith.muli %[[TOKENS]], %c4
// CHECK:         tile.launch @combine_slots grid(%[[FOUR]], %c1, %c1)
func.func @attend(%q: memref<?x64x128xbf16>, %k: memref<?x4x128x128xbf16>, %v: memref<?x4x128x128xbf16>, %sel: memref<4x?x16xi32>,
                  %pt: memref<1x?xi32>, %lens: memref<1xi32>, %o: memref<?x64x128xbf16>) {
  msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) outs(%o) {block_size = 128 : i64,
      strategy = #msa.strategy<kind = prefill_kv_outer, target = "sm_90a">,
      tile_config = #msa.tile_config<query_tile = 8, kv_tile = 128, kv_stages = 1, warps = 4, query_chunk = 8192>}
    : (memref<?x64x128xbf16>, memref<?x4x128x128xbf16>, memref<?x4x128x128xbf16>, memref<4x?x16xi32>, memref<1x?xi32>,
       memref<1xi32>, memref<?x64x128xbf16>) -> ()
  return
}
