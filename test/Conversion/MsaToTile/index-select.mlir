// A selection in one launch: rows keep lists while the blocks go by, which are the ones before the last token's local block and are none
// where that token keeps all it sees. A causal row needs no mask. What is written comes from the lists and from the row's own bounds.
// RUN: msa-opt %s -msa-to-tile -canonicalize | FileCheck %s

// CHECK-LABEL: tile.kernel @index_select
// CHECK-SAME:  kv_stages = 2 : i64, warps = 4 : i64
// CHECK:       tile.load_frag
// CHECK:       %[[NONE:.*]] = tile.top_k_empty : !tile.best<128, 14>
// CHECK:       scf.for {{.*}} iter_args(%[[REQUEST:.*]] = %[[NONE]])
// CHECK:         arith.cmpi sgt, %{{.*}}, %c16
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %[[REQUEST]]
// CHECK:           tile.load
// CHECK-NOT:       tile.mask_cols
// CHECK:           tile.row_reduce max
// CHECK:           tile.top_k_insert
// CHECK-NOT:     tile.load
// CHECK:       tile.top_k_store ascending %{{.*}} into
// CHECK:       tile.return
// CHECK-LABEL: func.func @causal
// CHECK:       %[[X:.*]] = arith.ceildivsi %{{.*}}, %c32
// CHECK:       tile.launch @index_select grid(%[[X]], %c1, %c1)
func.func @causal(%q: memref<?x4x128xbf16>, %k: memref<?x32x128xbf16>, %pt: memref<?x?xi32>, %l: memref<?xi32>, %s: memref<4x?x16xi32>) {
  msa.select_blocks index(%q, %k) page_table(%pt) seqused_k(%l) outs(%s)
    {block_size = 64 : i64, topk = 16 : i64, sink_blocks = 1 : i64, strategy = #msa.strategy<kind = index_select, target = "sm_90a">,
     tile_config = #msa.tile_config<query_tile = 32, kv_tile = 64, kv_stages = 2, warps = 4>}
    : (memref<?x4x128xbf16>, memref<?x32x128xbf16>, memref<?x?xi32>, memref<?xi32>, memref<4x?x16xi32>) -> ()
  return
}
