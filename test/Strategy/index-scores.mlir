// Index scores: many tokens fill warpgroups or, without wgmma, warps with 32 rows each; a token a request has its own tile and a chunk of few
// blocks.
// RUN: msa-opt %s --select-strategy=target=sm_90a | FileCheck %s
// RUN: msa-opt %s --select-strategy=target=sm_80 | FileCheck %s --check-prefix=SM80
// RUN: msa-opt %s --select-strategy="target=sm_86 explain" 2>&1 | FileCheck %s --check-prefix=WHY

// WHY-DAG: remark: dropped query_tile = 32, kv_tile = 128, kv_stages = 3, {{.*}}: [smem] needs 104448 bytes of shared memory, but sm_86 has 101376 a thread block
// WHY-DAG: remark: strategy index_score for sm_86 with {{.*}}: the only recipe; cheapest of {{[0-9]+}} candidates

// CHECK-LABEL: @prefill
// CHECK: tile_config = #msa.tile_config<query_tile = 64, kv_tile = 128, kv_stages = {{[234]}}, warps = 12, chunk_blocks = {{[0-9]+}}, mma = wgmma, consumers = 2
// SM80: tile_config = #msa.tile_config<query_tile = 32, kv_tile = {{64|128}}, kv_stages = {{[234]}}, warps = 4, chunk_blocks = {{8|16|32|64}}, blocks_per_sm = {{[23]}}
func.func @prefill(%iq: tensor<?x4x128xbf16>, %ik: tensor<?x128x128xbf16>, %pt: tensor<1x?xi32>, %lens: tensor<1xi32>) -> tensor<4x?x?xf32> {
  %s = msa.index_scores %iq, %ik page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
    : (tensor<?x4x128xbf16>, tensor<?x128x128xbf16>, tensor<1x?xi32>, tensor<1xi32>) -> tensor<4x?x?xf32>
  return %s : tensor<4x?x?xf32>
}

// CHECK-LABEL: @decode
// CHECK: strategy = #msa.strategy<kind = index_score, target = "sm_90a">
// CHECK-SAME: tile_config = #msa.tile_config<query_tile = 1, kv_tile = {{[0-9]+}}, kv_stages = {{[1-8]}}, warps = 1, chunk_blocks = {{1|2|4|8}}
func.func @decode(%iq: tensor<8x4x128xbf16>, %ik: tensor<?x128x128xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>) -> tensor<4x8x?xf32> {
  %s = msa.index_scores %iq, %ik page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
    : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x?xf32>
  return %s : tensor<4x8x?xf32>
}
