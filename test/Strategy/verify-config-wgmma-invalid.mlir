// What a kernel of roles and wgmma cannot be built with.
// RUN: msa-opt %s --select-strategy=target=sm_90a --verify-diagnostics --split-input-file

!q = tensor<8x64x128xbf16>
!k = tensor<512x4x128xbf16>
!s = tensor<4x8x2xi32>
#tile = #msa.strategy<kind = prefill_query_tile, target = "sm_90a">
func.func @configs(%q: !q, %k: !k, %v: !k, %sel: !s) {
  // expected-error @+1 {{[warps] needs 1 to 3 warpgroups that compute, and one that copies, but consumers is 2, warps is 8}}
  %0 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #tile, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 8, mma = wgmma, consumers = 2>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[query-tile] needs at most 64 rows of each warpgroup that computes, but 12 tokens have 192 rows}}
  %1 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #tile, tile_config = #msa.tile_config<query_tile = 12, kv_tile = 64, kv_stages = 2, warps = 12, mma = wgmma, consumers = 2>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[registers] needs about 200 registers a thread, but a thread that computes has 152}}
  %2 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #tile, tile_config = #msa.tile_config<query_tile = 12, kv_tile = 128, kv_stages = 2, warps = 16, mma = wgmma, consumers = 3>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[mma] needs mma_sync in decode_split_kv, whose tiles have few rows, but mma is wgmma}}
  %3 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 2, splits = 1, warps = 8, mma = wgmma, consumers = 1>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[overlap] needs wgmma, whose products run by themselves, but mma is mma_sync, overlap is 1}}
  %4 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #tile, tile_config = #msa.tile_config<query_tile = 4, kv_tile = 64, kv_stages = 2, warps = 4, overlap = 1>} : (!q, !k, !k, !s) -> !q
  // expected-error @+1 {{[overlap] needs 0 or 1, whether products run under the softmax, but overlap is 2}}
  %5 = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #tile, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 12, mma = wgmma, consumers = 2, overlap = 2>} : (!q, !k, !k, !s) -> !q
  return
}

// -----
!q = tensor<8x64x128xbf16>
!k = tensor<?x4x8x128xbf16>
!s = tensor<4x8x2xi32>
func.func @small_pages(%q: !q, %k: !k, %v: !k, %sel: !s, %pages: tensor<1x?xi32>, %lens: tensor<1xi32>) {
  // expected-error @+1 {{[mma] needs mma_sync where pages are no multiple of 16 keys, but mma is wgmma, page_size is 8}}
  %0 = msa.attend %q, %k, %v, %sel page_table(%pages) seqused_k(%lens) {block_size = 128 : i64, strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 12, mma = wgmma, consumers = 2>} : (!q, !k, !k, !s, tensor<1x?xi32>, tensor<1xi32>) -> !q
  return
}
