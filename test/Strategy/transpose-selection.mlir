// A transposed selection takes chunks of 512 tokens, or what divides its sub-chunks.
// RUN: msa-opt %s --select-strategy=target=sm_90a | FileCheck %s

// CHECK-LABEL: @lists
// CHECK: strategy = #msa.strategy<kind = build_k2q, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 512, warps = 8>
func.func @lists(%sel: tensor<4x?x16xi32>) -> (tensor<4x257xi32>, tensor<4x?xi32>) {
  %o, %i = msa.transpose_selection %sel {max_blocks = 256 : i64} : (tensor<4x?x16xi32>) -> (tensor<4x257xi32>, tensor<4x?xi32>)
  return %o, %i : tensor<4x257xi32>, tensor<4x?xi32>
}

// CHECK-LABEL: @sub_chunks
// CHECK: tile_config = #msa.tile_config<query_tile = 32, warps = 8>
func.func @sub_chunks(%sel: tensor<4x?x16xi32>) -> (tensor<?x4xi32>, tensor<1xi32>) {
  %o, %i, %list, %n = msa.transpose_selection %sel {max_blocks = 256 : i64, max_queries = 128 : i64, sub_chunk = 96 : i64}
      : (tensor<4x?x16xi32>) -> (tensor<4x257xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>)
  return %list, %n : tensor<?x4xi32>, tensor<1xi32>
}
