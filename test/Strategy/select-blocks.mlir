// Many rows take a warp each; few rows a thread block each.
// RUN: msa-opt %s --select-strategy=target=sm_90a | FileCheck %s
// RUN: msa-opt %s --select-strategy="target=sm_80 explain" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

// WHY-DAG: remark: strategy select_top_k for sm_80 with query_tile = 8, {{.*}}warps = 8: many rows: a warp each
// WHY-DAG: remark: strategy select_top_k for sm_80 with query_tile = 1, {{.*}}warps = 8: few rows: the warps of a thread block share one

// CHECK-LABEL: @prefill
// CHECK: strategy = #msa.strategy<kind = select_top_k, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 8, warps = 8>
func.func @prefill(%scores: tensor<4x?x?xf32>, %cu: tensor<?xi32>, %lens: tensor<?xi32>) -> tensor<4x?x16xi32> {
  %sel = msa.select_blocks scores(%scores) cu_seqlens_q(%cu) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<4x?x?xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<4x?x16xi32>
  return %sel : tensor<4x?x16xi32>
}

// CHECK-LABEL: @decode
// CHECK: tile_config = #msa.tile_config<query_tile = 1, warps = 8>
func.func @decode(%scores: tensor<4x8x?xf32>, %lens: tensor<8xi32>) -> tensor<4x8x16xi32> {
  %sel = msa.select_blocks scores(%scores) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<4x8x?xf32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  return %sel : tensor<4x8x16xi32>
}

// Unknown many, of several requests: decode.
// CHECK-LABEL: @batch
// CHECK: tile_config = #msa.tile_config<query_tile = 1, warps = 8>
func.func @batch(%scores: tensor<4x?x?xf32>, %lens: tensor<?xi32>) -> tensor<4x?x16xi32> {
  %sel = msa.select_blocks scores(%scores) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<4x?x?xf32>, tensor<?xi32>) -> tensor<4x?x16xi32>
  return %sel : tensor<4x?x16xi32>
}
