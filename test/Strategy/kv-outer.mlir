// From the keys' side: a whole block stays in shared memory, so two thread blocks an SM where there is room, one on smaller chips; about
// 2 GiB of partial results at a time. With wgmma, one warpgroup computes in each.
// RUN: msa-opt %s --select-strategy=target=sm_90a | FileCheck %s --check-prefixes=CHECK,H100
// RUN: msa-opt %s --select-strategy=target=sm_80 | FileCheck %s --check-prefixes=CHECK,A100
// RUN: msa-opt %s --select-strategy=target=sm_86 | FileCheck %s --check-prefixes=CHECK,A10
// RUN: msa-opt %s --select-strategy="target=sm_86 explain" 2>&1 | FileCheck %s --check-prefix=WHY

// WHY: remark: dropped query_tile = 8, kv_tile = 128, kv_stages = 1, splits = 0, warps = 4, query_chunk = 8192: [smem] needs {{[0-9]+}} bytes of shared memory for a whole KV block and its queries, but sm_86 has 101376 a thread block
// WHY: remark: strategy prefill_kv_outer for sm_86 with {{.*}}: given on the op; cheapest of

// CHECK-LABEL: @attend
// CHECK: strategy = #msa.strategy<kind = prefill_kv_outer
// H100-SAME: tile_config = #msa.tile_config<query_tile = 4, kv_tile = 128, kv_stages = 2, warps = 8, blocks_per_sm = 2, mma = wgmma, consumers = 1, query_chunk = 8192>
// A100-SAME: tile_config = #msa.tile_config<query_tile = 16, kv_tile = 128, kv_stages = 1, warps = 8, query_chunk = 8192>
// A10-SAME: tile_config = #msa.tile_config<query_tile = 4, kv_tile = 128, kv_stages = 1, warps = {{[24]}}, query_chunk = 8192>
func.func @attend(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>, %v: tensor<?x4x128xbf16>, %sel: tensor<4x?x16xi32>,
                  %cu: tensor<?xi32>) -> tensor<?x64x128xbf16> {
  %o = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu) cu_seqlens_k(%cu) {block_size = 128 : i64,
      strategy = #msa.strategy<kind = prefill_kv_outer, target = "any">}
      : (tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<4x?x16xi32>, tensor<?xi32>, tensor<?xi32>)
      -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}
