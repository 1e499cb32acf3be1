// RUN: msa-opt %s --select-strategy=target=sm_90a --verify-diagnostics --split-input-file

func.func @slots(%s: tensor<8x4x?xi32>) -> tensor<4x8x?xi32> {
  // expected-error @+1 {{[topk] needs a static number of slots from 1 to 64, but it is dynamic}}
  %r = msa.relayout_selection %s {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>}
      : (tensor<8x4x?xi32>) -> tensor<4x8x?xi32>
  return %r : tensor<4x8x?xi32>
}

// -----

func.func @rows(%s: tensor<8x4x16xi32>) -> tensor<4x8x16xi32> {
  // expected-error @+1 {{[query-tile] needs a multiple of 4 (warps) query tokens a thread block, but query_tile is 6}}
  %r = msa.relayout_selection %s {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>,
      tile_config = #msa.tile_config<query_tile = 6, warps = 4>} : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  return %r : tensor<4x8x16xi32>
}

// -----

func.func @kind(%s: tensor<8x4x16xi32>) -> tensor<4x8x16xi32> {
  // expected-error @+1 {{[no-recipe] needs a recipe that computes msa.relayout_selection on sm_90a, but the op asks for cpu}}
  %r = msa.relayout_selection %s {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>,
      strategy = #msa.strategy<kind = cpu, target = "sm_90a">} : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  return %r : tensor<4x8x16xi32>
}

// -----

func.func @warps(%s: tensor<8x4x16xi32>) -> tensor<4x8x16xi32> {
  // expected-error @+1 {{[warps] needs 1 to 16 warps a thread block, but warps is 0}}
  %r = msa.relayout_selection %s {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>,
      tile_config = #msa.tile_config<query_tile = 8>} : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  return %r : tensor<4x8x16xi32>
}
