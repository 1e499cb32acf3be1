// Index scores: tokens x heads are the rows, a loop over the requests of the tile, in it blocks that every row sees whole, then the others
// under a mask, then -inf. Grid: tiles of tokens, chunks of blocks.
// RUN: msa-opt %s -msa-to-tile -canonicalize | FileCheck %s

// CHECK-LABEL: tile.kernel @index_score
// CHECK-SAME:  blocks_per_sm = 3 : i64, kv_stages = 2 : i64, warps = 4 : i64
// CHECK:       tile.load_frag {{.*}} piece 4 row_dim 1
// CHECK:       scf.for
// CHECK:         scf.for
// CHECK:           tile.load {{.*}} piece 32 row_dim 1
// CHECK-COUNT-2:   tile.slice
// CHECK-NOT:       tile.mask_cols
// CHECK:           tile.row_reduce max
// CHECK:           tile.store %{{.*}} columns
// CHECK:         scf.for
// CHECK:           tile.load
// CHECK-COUNT-2:   tile.mask_cols
// CHECK:           tile.store %{{.*}} columns
// CHECK:         scf.for
// CHECK-NOT:       tile.load
// CHECK:           tile.store %{{.*}} columns
// CHECK-LABEL: func.func @scores
// CHECK:       %[[X:.*]] = arith.ceildivsi %{{.*}}, %c32
// CHECK:       %[[Y:.*]] = arith.ceildivsi %{{.*}}, %c16
// CHECK:       tile.launch @index_score grid(%[[X]], %[[Y]], %c1)
func.func @scores(%q: memref<?x4x128xbf16>, %k: memref<?x32x128xbf16>, %pt: memref<?x?xi32>, %l: memref<?xi32>, %s: memref<4x?x?xf32>) {
  msa.index_scores %q, %k page_table(%pt) seqused_k(%l) outs(%s)
    {block_size = 64 : i64, strategy = #msa.strategy<kind = index_score, target = "sm_90a">,
     tile_config = #msa.tile_config<query_tile = 32, kv_tile = 64, kv_stages = 2, warps = 4, chunk_blocks = 16, blocks_per_sm = 3>}
    : (memref<?x4x128xbf16>, memref<?x32x128xbf16>, memref<?x?xi32>, memref<?xi32>, memref<4x?x?xf32>) -> ()
  return
}
