// RUN: msa-opt %s --select-strategy=target=sm_90a --verify-diagnostics --split-input-file

func.func @rows(%scores: tensor<4x8x?xf32>, %lens: tensor<8xi32>) -> tensor<4x8x16xi32> {
  // expected-error @+1 {{[query-tile] needs one query token or a multiple of 4 (warps) a thread block, but query_tile is 6}}
  %sel = msa.select_blocks scores(%scores) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64,
      tile_config = #msa.tile_config<query_tile = 6, warps = 4>} : (tensor<4x8x?xf32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  return %sel : tensor<4x8x16xi32>
}

// -----

func.func @warps(%scores: tensor<4x8x?xf32>, %lens: tensor<8xi32>) -> tensor<4x8x16xi32> {
  // expected-error @+1 {{[warps] needs 1 to 16 warps a thread block, but warps is 32}}
  %sel = msa.select_blocks scores(%scores) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64,
      tile_config = #msa.tile_config<query_tile = 1, warps = 32>} : (tensor<4x8x?xf32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  return %sel : tensor<4x8x16xi32>
}

// -----

func.func @kind(%scores: tensor<4x8x?xf32>, %lens: tensor<8xi32>) -> tensor<4x8x16xi32> {
  // expected-error @+1 {{[no-recipe] needs a recipe that computes msa.select_blocks on sm_90a, but the op asks for decode_split_kv}}
  %sel = msa.select_blocks scores(%scores) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64,
      strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">} : (tensor<4x8x?xf32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  return %sel : tensor<4x8x16xi32>
}
