// A selection changes its axes, and is sorted where the order it goes to is not kept already.
// RUN: msa-opt %s -msa-to-tile -canonicalize -cse | FileCheck %s

// CHECK-LABEL: tile.kernel @relayout_rows_1
// CHECK:       tile.move_lists %{{.*}} into %{{.*}} rows 8
// CHECK-LABEL: tile.kernel @relayout_rows
// CHECK:       %[[HEAD:.*]] = tile.program_id 1
// CHECK:       tile.move_lists sorted %{{.*}} into %{{.*}} rows 8
// CHECK:         tile.yield %[[TOKEN:.*]], %[[HEAD]], %[[HEAD]], %[[TOKEN]], %{{.*}}

// CHECK-LABEL: func.func @sorts
// CHECK:       %[[T:.*]] = memref.dim %arg0, %c0
// CHECK:       %[[X:.*]] = arith.ceildivsi %[[T]], %c8
// CHECK:       tile.launch @relayout_rows grid(%[[X]], %c4, %c1)
func.func @sorts(%from: memref<?x4x16xi32>, %to: memref<4x?x16xi32>) {
  msa.relayout_selection %from outs(%to) {from = #msa.selection<layout = qhk, order = any>,
      to = #msa.selection<layout = hqk, order = ascending>, strategy = #msa.strategy<kind = relayout_rows, target = "sm_80">,
      tile_config = #msa.tile_config<query_tile = 8, warps = 8>} : (memref<?x4x16xi32>, memref<4x?x16xi32>) -> ()
  return
}

// CHECK-LABEL: func.func @keeps
func.func @keeps(%from: memref<?x4x16xi32>, %to: memref<4x?x16xi32>) {
  msa.relayout_selection %from outs(%to) {from = #msa.selection<layout = qhk, order = ascending>,
      to = #msa.selection<layout = hqk, order = local_last>, strategy = #msa.strategy<kind = relayout_rows, target = "sm_80">,
      tile_config = #msa.tile_config<query_tile = 8, warps = 8>} : (memref<?x4x16xi32>, memref<4x?x16xi32>) -> ()
  return
}
