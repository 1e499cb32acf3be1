// Numbers that come with an op are kept, after the checks that our own candidates pass.
// RUN: msa-opt %s --select-strategy=target=sm_86 --verify-diagnostics --split-input-file

!q = tensor<8x16x128xbf16>
!k = tensor<512x4x128xbf16>
!s = tensor<4x8x2xi32>
func.func @configs(%q: !q, %k: !k, %v: !k, %sel: !s) {
  // expected-error @+1 {{[kv-tile] needs a multiple of 16 keys that divides the block of 128, but kv_tile is 48}}
  %0 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 48, kv_stages = 2, splits = 1, warps = 1>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[splits] needs 1 to 4 splits, but splits is 8}}
  %1 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 2, splits = 8, warps = 1>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[smem] needs 213800 bytes of shared memory, but sm_86 has 101376 a thread block}}
  %2 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 128, kv_stages = 3, splits = 1, warps = 1>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[warps] needs 48 rows dealt to warps in sixteens, but warps is 2}}
  %3 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_86">, tile_config = #msa.tile_config<query_tile = 12, kv_tile = 64, kv_stages = 2, warps = 2>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[warps] needs a KV tile of sixteen keys for each of 3 parts, but kv_tile is 64}}
  %5 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_86">, tile_config = #msa.tile_config<query_tile = 4, kv_tile = 64, kv_stages = 2, warps = 3>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[no-recipe] needs a recipe that computes msa.attend on sm_86, but the op asks for combine_rows}}
  %4 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = combine_rows, target = "sm_86">} : (!q, !k, !k, !s) -> !q
  return
}

// -----
!q = tensor<8x16x96xbf16>
!k = tensor<512x4x96xbf16>
!s = tensor<4x8x2xi32>
func.func @columns(%q: !q, %k: !k, %v: !k, %sel: !s) {
  // expected-error @+1 {{[warps] needs sixteen columns of O for each of 4 parts, but head_dim is 96}}
  %0 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 2, splits = 1, warps = 4>} : (!q, !k, !k, !s) -> !q
  return
}

// -----
!q = tensor<8x16x128xbf16>
!k = tensor<512x4x128xbf16>
!s = tensor<4x8x2xi32>
func.func @wgmma(%q: !q, %k: !k, %v: !k, %sel: !s) {
  // expected-error @+1 {{[mma] needs a chip that has wgmma, sm_90a, but the target is sm_86}}
  %0 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_86">, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 12, mma = wgmma, consumers = 2>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[blocks-per-sm] needs 0 to 2 thread blocks an SM, but blocks_per_sm is 3}}
  %2 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_86">, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 32, kv_stages = 2, splits = 1, warps = 1, blocks_per_sm = 3>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[mma] needs wgmma where some warps only copy, but mma is mma_sync, consumers is 2}}
  %1 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_86">, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 12, consumers = 2>} : (!q, !k, !k, !s) -> !q
  return
}
