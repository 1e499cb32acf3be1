// What attention from the keys' side cannot be built with where roles and wgmma are asked for.
// RUN: msa-opt %s --select-strategy=target=sm_90a --verify-diagnostics

!q = tensor<8x64x128xbf16>
!k = tensor<512x4x128xbf16>
!s = tensor<4x8x2xi32>
#outer = #msa.strategy<kind = prefill_kv_outer, target = "sm_90a">
func.func @configs(%q: !q, %k: !k, %v: !k, %sel: !s) {
  // expected-error @+1 {{[warps] needs 1 to 3 warpgroups that compute, and one that copies, but consumers is 2, warps is 8}}
  %0 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #outer, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 128, kv_stages = 2, warps = 8, mma = wgmma, consumers = 2, query_chunk = 64>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[query-tile] needs at most 64 rows of each warpgroup that computes, but 8 tokens have 128 rows}}
  %1 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #outer, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 128, kv_stages = 2, warps = 8, mma = wgmma, consumers = 1, query_chunk = 64>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[mma] needs wgmma where some warps only copy, but mma is mma_sync, consumers is 1}}
  %2 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #outer, tile_config = #msa.tile_config<query_tile = 4, kv_tile = 128, kv_stages = 2, warps = 4, consumers = 1, query_chunk = 64>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[blocks-per-sm] needs 0 to 2 thread blocks an SM, but blocks_per_sm is 3}}
  %3 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #outer, tile_config = #msa.tile_config<query_tile = 4, kv_tile = 128, kv_stages = 2, warps = 8, blocks_per_sm = 3, mma = wgmma, consumers = 1, query_chunk = 64>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[registers] needs about 248 registers a thread, but a thread that computes has 224}}
  %4 = msa.attend %q, %k, %v, %sel {block_size = 256 : i64, strategy = #outer, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 256, kv_stages = 1, warps = 12, mma = wgmma, consumers = 2, query_chunk = 64>} : (!q, !k, !k, !s) -> !q
  return
}
