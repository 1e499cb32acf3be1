// A selection from index queries and keys that is two launches on a GPU is decided as they are; on the CPU it is one.
// RUN: msa-opt %s --select-strategy=target=sm_90a | FileCheck %s
// RUN: msa-opt %s --select-strategy=target=sm_90a --split-into-launches | FileCheck %s --check-prefix=SPLIT
// RUN: msa-opt %s --select-strategy=target=cpu --split-into-launches | FileCheck %s --check-prefix=CPU

// CHECK-LABEL: @prefill
// CHECK-NEXT: msa.select_blocks index
// CHECK-SAME: strategy = #msa.strategy<kind = scores_then_top_k, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 64,
// CHECK-NEXT: return
// SPLIT-LABEL: @prefill
// SPLIT: msa.index_scores {{.*}} strategy = #msa.strategy<kind = index_score, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 64,
// SPLIT: msa.select_blocks scores({{.*}} strategy = #msa.strategy<kind = select_top_k, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 8, warps = 8>
// CPU: msa.select_blocks index
func.func @prefill(%iq: tensor<8192x4x128xbf16>, %ik: tensor<8192x128xbf16>) -> tensor<4x8192x16xi32> {
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64, softmax_scale = 0.125 : f32,
      strategy = #msa.strategy<kind = scores_then_top_k, target = "sm_90a">}
      : (tensor<8192x4x128xbf16>, tensor<8192x128xbf16>) -> tensor<4x8192x16xi32>
  return %sel : tensor<4x8192x16xi32>
}

// SPLIT-LABEL: @decode
// SPLIT: msa.index_scores {{.*}} tile_config = #msa.tile_config<query_tile = 1,
// SPLIT: msa.select_blocks scores({{.*}} tile_config = #msa.tile_config<query_tile = 1, warps = {{[48]}}>
func.func @decode(%iq: tensor<8x4x128xbf16>, %ik: tensor<?x128x128xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>) -> tensor<4x8x16xi32> {
  %sel = msa.select_blocks index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64, softmax_scale = 0.125 : f32}
      : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  return %sel : tensor<4x8x16xi32>
}
