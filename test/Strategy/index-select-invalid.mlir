// What the index_select recipe cannot be built with, or at all, is refused with both values.
// RUN: msa-opt %s --select-strategy=target=sm_86 --verify-diagnostics

!q = tensor<64x4x128xbf16>
!k = tensor<4096x128xbf16>
!s = tensor<4x64x16xi32>
!v = tensor<4x64x16xf32>
#one = #msa.strategy<kind = index_select, target = "sm_86">
func.func @select(%q: !q, %k: !k) {
  // expected-error @+1 {{[chunk-blocks] needs no chunks in index_select, whose thread blocks see all blocks, without least_tokens, but chunk_blocks is 4}}
  %0 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #one, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 2, chunk_blocks = 4>} : (!q, !k) -> !s
  // expected-error @+1 {{[kv-stages] needs 1 to 8 KV tiles in flight, but kv_stages is 0}}
  %1 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #one, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, warps = 2>} : (!q, !k) -> !s
  // expected-error @+1 {{[registers] needs about }}
  %2 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 64 : i64, strategy = #one, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 1>} : (!q, !k) -> tensor<4x64x64xi32>
  // expected-error @+1 {{[blocks-per-sm] needs 0 to}}
  %3 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #one, tile_config = #msa.tile_config<query_tile = 8, kv_tile = 64, kv_stages = 2, warps = 2, blocks_per_sm = 9>} : (!q, !k) -> !s
  // expected-error @+1 {{[no-recipe] needs a selection without scores from index_select, which keeps them in registers, but the op gives them out}}
  %4:2 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #one} : (!q, !k) -> (!s, !v)
  // expected-error @+1 {{[no-recipe] needs ids in an order of theirs from index_select, but the op asks for the order of scores}}
  %5 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #one, selection = #msa.selection<layout = hqk, order = score>} : (!q, !k) -> !s
  return
}
