// An attend with a strategy becomes its recipe and a launch: the grid is computed from the operands' sizes.
// RUN: msa-opt %s -msa-to-tile -canonicalize | FileCheck %s

// CHECK-LABEL: tile.kernel @decode_split_kv
// CHECK-SAME:  kv_stages = 3 : i64, warps = 1 : i64
// CHECK:       tile.visit_union %{{.*}} tokens 1
// CHECK:       scf.for
// CHECK-COUNT-2: tile.load
// CHECK:         tile.if_rows
// CHECK:       tile.store
// CHECK:       tile.store_rows

// CHECK-LABEL: func.func @decode
// CHECK:       %[[T:.*]] = memref.dim %arg0, %c0
// CHECK:       %[[B:.*]] = memref.dim %{{.*}}, %c0
// CHECK:       tile.launch @decode_split_kv grid(%[[T]], %c2, %c4) args
func.func @decode(%q: memref<?x8x64xf16>, %k: memref<?x2x32x64xf16>, %v: memref<?x2x32x64xf16>, %s: memref<2x?x8xi32>,
                  %pt: memref<?x?xi32>, %l: memref<?xi32>, %p: memref<4x?x8x64xf32>, %pl: memref<4x?x8xf32>) {
  msa.attend %q, %k, %v, %s page_table(%pt) seqused_k(%l) outs(%p, %pl)
    {block_size = 64 : i64, splits = 4 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_80">,
     tile_config = #msa.tile_config<query_tile = 1, kv_tile = 32, kv_stages = 3, splits = 4, warps = 1>}
    : (memref<?x8x64xf16>, memref<?x2x32x64xf16>, memref<?x2x32x64xf16>, memref<2x?x8xi32>, memref<?x?xi32>, memref<?xi32>,
       memref<4x?x8x64xf32>, memref<4x?x8xf32>) -> ()
  return
}
