// RUN: msa-opt %s --select-strategy=target=sm_90a --split-input-file --verify-diagnostics

func.func @odd(%sel: tensor<4x?x16xi32>) -> (tensor<?x4xi32>, tensor<1xi32>) {
  // expected-error @below {{[sub-chunk] needs chunks of a multiple of 32 tokens, at most 512, that divide sub_chunk = 100, but query_tile is 4}}
  %o, %i, %list, %n = msa.transpose_selection %sel {max_blocks = 256 : i64, max_queries = 128 : i64, sub_chunk = 100 : i64}
      : (tensor<4x?x16xi32>) -> (tensor<4x257xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>)
  return %list, %n : tensor<?x4xi32>, tensor<1xi32>
}

// -----

func.func @heads(%sel: tensor<?x8x16xi32>) -> tensor<?x128xi32> {
  // expected-error @below {{[selection-shape] needs a static number of KV heads and of slots, but one is dynamic}}
  %o, %i = msa.transpose_selection %sel {max_blocks = 256 : i64} : (tensor<?x8x16xi32>) -> (tensor<?x257xi32>, tensor<?x128xi32>)
  return %i : tensor<?x128xi32>
}

// -----

func.func @other(%sel: tensor<4x8x16xi32>) -> tensor<4x128xi32> {
  // expected-error @below {{[no-recipe] needs a recipe that computes msa.transpose_selection on sm_90a, but the op asks for combine_rows}}
  %o, %i = msa.transpose_selection %sel {max_blocks = 256 : i64, strategy = #msa.strategy<kind = combine_rows, target = "sm_90a">}
      : (tensor<4x8x16xi32>) -> (tensor<4x257xi32>, tensor<4x128xi32>)
  return %i : tensor<4x128xi32>
}
