// A selection from scores: a warp a row, or the warps of a thread block together; forced blocks are ranges of a row; layout and order are
// the contract's.
// RUN: msa-opt %s -msa-to-tile -canonicalize -cse | FileCheck %s

// CHECK-LABEL: tile.kernel @select_top_k_1
// CHECK-SAME:  warps = 8 : i64
// CHECK:       tile.top_k kept_last %{{.*}} into %{{.*}}, %{{.*}} rows 1
// CHECK:         tile.yield %[[HEAD:.*]], %[[TOKEN:.*]], %[[TOKEN]], %[[HEAD]],

// CHECK-LABEL: tile.kernel @select_top_k
// CHECK:       %[[HEAD:.*]] = tile.program_id 1
// CHECK:       tile.top_k ascending %{{.*}} into %{{.*}} rows 8
// CHECK:         %[[TOKEN:.*]] = arith.minsi
// CHECK:         tile.search_sorted %{{.*}}[%{{.*}}], %[[TOKEN]]
// CHECK:         tile.yield %[[HEAD]], %[[TOKEN]], %[[HEAD]], %[[TOKEN]],

// CHECK-LABEL: func.func @prefill
// CHECK:       %[[T:.*]] = memref.dim %arg0, %c1
// CHECK:       %[[X:.*]] = arith.ceildivsi %[[T]], %c8
// CHECK:       tile.launch @select_top_k grid(%[[X]], %c4, %c1)
func.func @prefill(%scores: memref<4x?x?xf32>, %cu: memref<?xi32>, %lens: memref<?xi32>, %out: memref<4x?x16xi32>) {
  msa.select_blocks scores(%scores) cu_seqlens_q(%cu) seqused_k(%lens) outs(%out)
    {block_size = 128 : i64, topk = 16 : i64, selection = #msa.selection<layout = hqk, order = local_last>,
     strategy = #msa.strategy<kind = select_top_k, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 8, warps = 8>}
    : (memref<4x?x?xf32>, memref<?xi32>, memref<?xi32>, memref<4x?x16xi32>) -> ()
  return
}

// CHECK-LABEL: func.func @decode
// CHECK:       tile.launch @select_top_k_1 grid(%{{.*}}, %c2, %c1)
func.func @decode(%scores: memref<2x?x?xf32>, %lens: memref<?xi32>, %out: memref<?x2x4xi32>, %outScores: memref<?x2x4xf32>) {
  msa.select_blocks scores(%scores) seqused_k(%lens) outs(%out, %outScores)
    {block_size = 64 : i64, topk = 4 : i64, causal = false, selection = #msa.selection<layout = qhk, order = local_last>,
     strategy = #msa.strategy<kind = select_top_k, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 1, warps = 8>}
    : (memref<2x?x?xf32>, memref<?xi32>, memref<?x2x4xi32>, memref<?x2x4xf32>) -> ()
  return
}

// Lengths that the program fills itself are one number for the kernel.
// CHECK-LABEL: func.func @same_length
// CHECK-NOT:   memref.alloc
// CHECK-NOT:   linalg.map
// CHECK:       %[[N:.*]] = memref.dim %arg1, %c1
// CHECK:       tile.launch @{{.*}} args(%arg0, %arg2, %{{.*}}, %c2, %[[N]]) : memref<4x?x?xf32>, memref<4x?x16xi32>, index, index, index
func.func @same_length(%scores: memref<4x?x?xf32>, %ik: memref<2x?x64xf16>, %out: memref<4x?x16xi32>) {
  %c1 = arith.constant 1 : index
  %n = memref.dim %ik, %c1 : memref<2x?x64xf16>
  %n32 = arith.index_cast %n : index to i32
  %lens = memref.alloc() : memref<2xi32>
  linalg.map outs(%lens : memref<2xi32>) (%init: i32) {
    linalg.yield %n32 : i32
  }
  msa.select_blocks scores(%scores) seqused_k(%lens) outs(%out)
    {block_size = 64 : i64, topk = 16 : i64,
     strategy = #msa.strategy<kind = select_top_k, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 8, warps = 8>}
    : (memref<4x?x?xf32>, memref<2xi32>, memref<4x?x16xi32>) -> ()
  return
}

// CHECK-LABEL: func.func @same_constant
// CHECK-NOT:   memref.get_global
// CHECK:       tile.launch @{{.*}} args(%arg0, %arg1, %{{.*}}, %c2, %c300)
memref.global "private" constant @three_hundred : memref<2xi32> = dense<300>
func.func @same_constant(%scores: memref<4x?x?xf32>, %out: memref<4x?x16xi32>) {
  %lens = memref.get_global @three_hundred : memref<2xi32>
  msa.select_blocks scores(%scores) seqused_k(%lens) outs(%out)
    {block_size = 64 : i64, topk = 16 : i64,
     strategy = #msa.strategy<kind = select_top_k, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 8, warps = 8>}
    : (memref<4x?x?xf32>, memref<2xi32>, memref<4x?x16xi32>) -> ()
  return
}
