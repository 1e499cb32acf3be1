// Few query tokens a request make it decode, over splits that fill the chip; cu_seqlens_q makes it prefill; on the CPU no numbers apply.
// RUN: msa-opt %s --select-strategy=target=sm_90a | FileCheck %s --check-prefix=GPU
// RUN: msa-opt %s --select-strategy=target=cpu | FileCheck %s --check-prefix=CPU
// RUN: msa-opt %s --select-strategy="target=sm_86 explain" 2>&1 | FileCheck %s --check-prefix=WHY

// WHY-DAG: remark: dropped query_tile = 1, kv_tile = 128, {{.*}}: [smem] needs {{[0-9]+}} bytes of shared memory, but sm_86 has 101376 a thread block
// WHY-DAG: remark: strategy decode_split_kv for sm_86 with {{.*}}: few query tokens a request; cheapest of {{[0-9]+}} candidates
// WHY-DAG: remark: strategy combine_rows for sm_86 with {{.*}}: the only recipe

// CPU-NOT: tile_config
// GPU-LABEL: @decode
// GPU: strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">
// GPU-SAME: tile_config = #msa.tile_config<query_tile = 1, kv_tile = {{32|64|128}}, kv_stages = {{[234]}}, splits = {{4|8}}, warps = {{[24]}}, blocks_per_sm = {{[1-4]}}>
// CPU: strategy = #msa.strategy<kind = cpu, target = "cpu">
func.func @decode(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>,
                  %sel: tensor<4x8x16xi32>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>) -> tensor<8x64x128xbf16> {
  %o = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>,
         tensor<8xi32>) -> tensor<8x64x128xbf16>
  return %o : tensor<8x64x128xbf16>
}

// GPU-LABEL: @prefill
// GPU: strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_90a">
// GPU-SAME: tile_config = #msa.tile_config<query_tile = 8, kv_tile = 128, kv_stages = 3, warps = 12, mma = wgmma, consumers = 2, overlap = 1>
// CPU: strategy = #msa.strategy<kind = cpu, target = "cpu">
func.func @prefill(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>, %v: tensor<?x4x128xbf16>, %sel: tensor<4x?x16xi32>,
                   %cu: tensor<?xi32>) -> tensor<?x64x128xbf16> {
  %o = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu) cu_seqlens_k(%cu) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<4x?x16xi32>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}

// GPU-LABEL: @combine
// GPU: strategy = #msa.strategy<kind = combine_rows, target = "sm_90a">
// GPU-SAME: tile_config = #msa.tile_config<splits = 4, warps = 4>
func.func @combine(%p: tensor<4x8x64x128xf32>, %l: tensor<4x8x64xf32>) -> tensor<8x64x128xbf16> {
  %o = msa.combine %p, %l : (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>) -> tensor<8x64x128xbf16>
  return %o : tensor<8x64x128xbf16>
}
