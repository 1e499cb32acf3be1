// What attention from the keys' side cannot do: blocks that do not fit, parts of blocks, chunks that are no whole words.
// RUN: msa-opt %s --select-strategy=target=sm_90a --split-input-file --verify-diagnostics

func.func @block(%q: tensor<64x8x256xbf16>, %k: tensor<512x4x256xbf16>, %v: tensor<512x4x256xbf16>, %sel: tensor<4x64x2xi32>) -> tensor<64x8x256xbf16> {
  // expected-error @below {{[smem] needs 288512 bytes of shared memory for a whole KV block and its queries, but sm_90a has 232448 a thread block}}
  %o = msa.attend %q, %k, %v, %sel {block_size = 256 : i64, strategy = #msa.strategy<kind = prefill_kv_outer, target = "any">,
      tile_config = #msa.tile_config<query_tile = 16, kv_tile = 256, kv_stages = 1, warps = 2, query_chunk = 64>}
      : (tensor<64x8x256xbf16>, tensor<512x4x256xbf16>, tensor<512x4x256xbf16>, tensor<4x64x2xi32>) -> tensor<64x8x256xbf16>
  return %o : tensor<64x8x256xbf16>
}

// -----

func.func @part(%q: tensor<64x8x64xbf16>, %k: tensor<512x4x64xbf16>, %v: tensor<512x4x64xbf16>, %sel: tensor<4x64x2xi32>) -> tensor<64x8x64xbf16> {
  // expected-error @below {{[kv-tile] needs the whole block of 128 keys, but kv_tile is 64}}
  %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_kv_outer, target = "any">,
      tile_config = #msa.tile_config<query_tile = 16, kv_tile = 64, kv_stages = 1, warps = 2, query_chunk = 64>}
      : (tensor<64x8x64xbf16>, tensor<512x4x64xbf16>, tensor<512x4x64xbf16>, tensor<4x64x2xi32>) -> tensor<64x8x64xbf16>
  return %o : tensor<64x8x64xbf16>
}

// -----

func.func @chunk(%q: tensor<64x8x64xbf16>, %k: tensor<512x4x64xbf16>, %v: tensor<512x4x64xbf16>, %sel: tensor<4x64x2xi32>) -> tensor<64x8x64xbf16> {
  // expected-error @below {{[query-chunk] needs a multiple of 32 tokens, beyond 4096 of 4096, but query_chunk is 5000}}
  %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_kv_outer, target = "any">,
      tile_config = #msa.tile_config<query_tile = 16, kv_tile = 128, kv_stages = 1, warps = 2, query_chunk = 5000>}
      : (tensor<64x8x64xbf16>, tensor<512x4x64xbf16>, tensor<512x4x64xbf16>, tensor<4x64x2xi32>) -> tensor<64x8x64xbf16>
  return %o : tensor<64x8x64xbf16>
}
