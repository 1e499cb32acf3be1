// The combine recipe: the splits are the rows of the tile, all read before anything is computed; grid (total_q, heads).
// RUN: msa-opt %s -msa-to-tile -canonicalize | FileCheck %s

// CHECK-LABEL: tile.kernel @combine
// CHECK-SAME:  warps = 4 : i64
// CHECK:       tile.load_rows
// CHECK:       tile.load_frag
// CHECK-COUNT-3: tile.col_reduce
// CHECK:       tile.store
// CHECK-LABEL: func.func @merge
// CHECK:       tile.launch @combine grid(%{{.*}}, %c64, %c1)
func.func @merge(%p: memref<2x?x64x128xf32>, %l: memref<2x?x64xf32>, %o: memref<?x64x128xbf16>) {
  msa.combine %p, %l outs(%o) {strategy = #msa.strategy<kind = combine_rows, target = "sm_80">}
    : (memref<2x?x64x128xf32>, memref<2x?x64xf32>, memref<?x64x128xbf16>) -> ()
  return
}
