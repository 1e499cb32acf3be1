// What an index kernel of roles and wgmma cannot be built with.
// RUN: msa-opt %s --select-strategy=target=sm_90a --verify-diagnostics
// RUN: not msa-opt %s --select-strategy=target=sm_80 2>&1 | FileCheck %s
// CHECK: [mma] needs a chip that has wgmma, sm_90a, but the target is sm_80

!q = tensor<512x4x128xbf16>
!k = tensor<512x128xbf16>
!s = tensor<4x512x4xf32>
func.func @configs(%q: !q, %k: !k, %wide: tensor<512x4x192xbf16>, %keys: tensor<512x192xbf16>) {
  // expected-error @+1 {{[warps] needs 1 to 3 warpgroups that compute, and one that copies, but consumers is 2, warps is 8}}
  %0 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 64, kv_tile = 128, kv_stages = 2, warps = 8, chunk_blocks = 4, mma = wgmma, consumers = 2>} : (!q, !k) -> !s
  // expected-error @+1 {{[query-tile] needs at most 128 rows of each warpgroup that computes, but 65 tokens have 260 rows}}
  %1 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 65, kv_tile = 128, kv_stages = 2, warps = 12, chunk_blocks = 4, mma = wgmma, consumers = 2>} : (!q, !k) -> !s
  // expected-error @+1 {{[kv-tile] needs a tile that divides the block of 128 for wgmma, but kv_tile is 256}}
  %2 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 256, kv_stages = 2, warps = 12, chunk_blocks = 4, mma = wgmma, consumers = 2>} : (!q, !k) -> !s
  // expected-error @+1 {{[overlap] needs 0 in index_score, whose products overlap as they are, but overlap is 1}}
  %3 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 128, kv_stages = 2, warps = 8, chunk_blocks = 4, mma = wgmma, consumers = 1, overlap = 1>} : (!q, !k) -> !s
  // expected-error @+1 {{[mma] needs wgmma where some warps only copy, but mma is mma_sync, consumers is 2}}
  %4 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 128, kv_stages = 2, warps = 4, chunk_blocks = 4, consumers = 2>} : (!q, !k) -> !s
  // expected-error @+1 {{[smem] needs 328704 bytes of shared memory, but sm_90a has 232448 a thread block}}
  %5 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 64, kv_tile = 128, kv_stages = 8, warps = 12, chunk_blocks = 4, mma = wgmma, consumers = 2>} : (!q, !k) -> !s
  // expected-error @+1 {{[registers] needs keys of at most 128 columns for the threads that copy them, but index_dim is 192}}
  %6 = msa.index_scores %wide, %keys {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 64, kv_stages = 2, warps = 12, chunk_blocks = 4, mma = wgmma, consumers = 2>} : (tensor<512x4x192xbf16>, tensor<512x192xbf16>) -> !s
  return
}
