// Splitting needs the decided phase, which is packed.
// RUN: msa-opt %s --split-kv --split-input-file --verify-diagnostics

func.func @undecided(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %sel: tensor<4x8x2xi32>) -> tensor<8x8x64xf32> {
  // expected-error @below {{expects a strategy and packed queries to split KV, but has no strategy}}
  %o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64, tile_config = #msa.tile_config<splits = 2>}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> tensor<8x8x64xf32>
  return %o : tensor<8x8x64xf32>
}

// -----

func.func @dense(%q: tensor<1x8x8x64xf32>, %k: tensor<?x4x64xf32>, %sel: tensor<4x8x2xi32>) -> tensor<1x8x8x64xf32> {
  // expected-error @below {{expects a strategy and packed queries to split KV, but has dense queries}}
  %o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_80">,
      tile_config = #msa.tile_config<splits = 2>}
      : (tensor<1x8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> tensor<1x8x8x64xf32>
  return %o : tensor<1x8x8x64xf32>
}
