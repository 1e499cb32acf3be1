// What the index recipe cannot be built with, or at all, is refused with both values.
// RUN: msa-opt %s --select-strategy=target=sm_86 --verify-diagnostics --split-input-file

!q = tensor<8x4x128xbf16>
!k = tensor<512x128xbf16>
!s = tensor<4x8x4xf32>
func.func @configs(%q: !q, %k: !k) {
  // expected-error @+1 {{[kv-tile] needs 16 to 256 keys, a multiple of 16 that divides the block of 128 or that it divides, but kv_tile is 48}}
  %0 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 48, kv_stages = 2, warps = 1, chunk_blocks = 1>} : (!q, !k) -> !s
  // expected-error @+1 {{[kv-tile] needs 16 to 256 keys, a multiple of 16 that divides the block of 128 or that it divides, but kv_tile is 512}}
  %1 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 512, kv_stages = 2, warps = 1, chunk_blocks = 4>} : (!q, !k) -> !s
  // expected-error @+1 {{[query-tile] needs at least 1 query token a thread block, but query_tile is 0}}
  %2 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<kv_tile = 64, kv_stages = 2, warps = 1, chunk_blocks = 1>} : (!q, !k) -> !s
  // expected-error @+1 {{[warps] needs 16 rows dealt to warps in sixteens, but warps is 2}}
  %3 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 2, warps = 2, chunk_blocks = 1>} : (!q, !k) -> !s
  // expected-error @+1 {{[kv-stages] needs 1 to 8 KV tiles in flight, but kv_stages is 9}}
  %4 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 9, warps = 1, chunk_blocks = 1>} : (!q, !k) -> !s
  // expected-error @+1 {{[splits] needs no splits in index_score, but splits is 2}}
  %5 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 2, splits = 2, warps = 1, chunk_blocks = 1>} : (!q, !k) -> !s
  // expected-error @+1 {{[chunk-blocks] needs a multiple of the 2 blocks of a step, but chunk_blocks is 3}}
  %6 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 256, kv_stages = 2, warps = 1, chunk_blocks = 3>} : (!q, !k) -> !s
  // expected-error @+1 {{[registers] needs about 495 registers a thread, but a thread has 255}}
  %7 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 128, kv_stages = 2, warps = 1, chunk_blocks = 4>} : (!q, !k) -> !s
  // expected-error @+1 {{[smem] needs 139264 bytes of shared memory, but sm_86 has 101376 a thread block}}
  %8 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 128, kv_stages = 4, warps = 1, chunk_blocks = 4>} : (!q, !k) -> !s
  // expected-error @+1 {{[blocks-per-sm] needs 0 to 2 thread blocks an SM, but blocks_per_sm is 3}}
  %9 = msa.index_scores %q, %k {block_size = 128 : i64, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 64, kv_stages = 2, warps = 4, chunk_blocks = 4, blocks_per_sm = 3>} : (!q, !k) -> !s
  return
}

// -----

func.func @others(%f: tensor<8x4x128xf32>, %kf: tensor<512x128xf32>, %q: tensor<8x4x128xbf16>, %kp: tensor<512x128xbf16>) {
  // expected-error @+1 {{[dtype-no-mma] needs elements that tensor cores multiply, bf16 or f16, but they are f32}}
  %0 = msa.index_scores %f, %kf {block_size = 128 : i64} : (tensor<8x4x128xf32>, tensor<512x128xf32>) -> tensor<4x8x4xf32>
  // expected-error @+1 {{[no-recipe] needs a recipe that computes msa.index_scores on sm_86, but the op asks for combine_rows}}
  %2 = msa.index_scores %q, %kp {block_size = 128 : i64, strategy = #msa.strategy<kind = combine_rows, target = "sm_86">}
    : (tensor<8x4x128xbf16>, tensor<512x128xbf16>) -> tensor<4x8x4xf32>
  return
}
