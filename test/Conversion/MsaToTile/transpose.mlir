// The transposed selection: count, sum, offset, scatter, over temporaries of counts; only a worklist needs the groups' parts.
// RUN: msa-opt %s -msa-to-tile -canonicalize -cse | FileCheck %s

// CHECK-LABEL: tile.kernel @build_k2q_count
// CHECK:       tile.make_bits : !tile.bits<512, 512>
// CHECK:       tile.set_bit
// CHECK-LABEL: tile.kernel @build_k2q_sum
// CHECK:       tile.scan
// CHECK-LABEL: tile.kernel @build_k2q_offset
// CHECK:       tile.scan
// CHECK-LABEL: tile.kernel @build_k2q_scatter
// CHECK:       tile.search_sorted
// CHECK:       tile.count_bits %{{.*}}[%{{.*}}] below

// CHECK-LABEL: func.func @lists
// CHECK-DAG:   %[[T:.*]] = memref.dim %arg0, %c1
// CHECK-DAG:   %[[CHUNKS:.*]] = arith.ceildivsi %[[T]], %c512
// CHECK:       memref.alloc(%[[CHUNKS]]) : memref<4x?x512xi32>
// CHECK:       tile.launch @build_k2q_count grid(%[[CHUNKS]], %c4, %c1)
// CHECK:       tile.launch @build_k2q_sum grid(%c4, %[[SPANS:.*]], %c4)
// CHECK:       tile.launch @build_k2q_offset grid(%c4, %[[SPANS]], %c4)
// CHECK:       tile.launch @build_k2q_scatter grid(%[[CHUNKS]], %c4, %c1)
func.func @lists(%sel: memref<4x?x16xi32>, %cu: memref<3xi32>, %offsets: memref<4x513xi32>, %ids: memref<4x?xi32>) {
  msa.transpose_selection %sel cu_seqlens_q(%cu) outs(%offsets, %ids) {max_blocks = 256 : i64, batch = 2 : i64,
      strategy = #msa.strategy<kind = build_k2q, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 512, warps = 8>}
    : (memref<4x?x16xi32>, memref<3xi32>, memref<4x513xi32>, memref<4x?xi32>) -> ()
  return
}

// A span is a sub-chunk.
// CHECK-LABEL: func.func @worklist
// CHECK:       arith.ceildivsi %{{.*}}, %c96
func.func @worklist(%sel: memref<4x?x16xi32>, %offsets: memref<4x257xi32>, %ids: memref<4x?xi32>, %list: memref<?x4xi32>, %n: memref<1xi32>) {
  msa.transpose_selection %sel outs(%offsets, %ids, %list, %n) {max_blocks = 256 : i64, max_queries = 128 : i64, sub_chunk = 96 : i64,
      strategy = #msa.strategy<kind = build_k2q, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 32, warps = 8>}
    : (memref<4x?x16xi32>, memref<4x257xi32>, memref<4x?xi32>, memref<?x4xi32>, memref<1xi32>) -> ()
  return
}
