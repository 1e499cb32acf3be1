// Where neighbours share few of their blocks, a long prefill is worked off from the keys' side on a chip that was measured; a tile of
// neighbours elsewhere, at few tokens, and where nothing is said.
// RUN: msa-opt %s --select-strategy="target=sm_90a overlap=40" | FileCheck %s --check-prefixes=CHECK,OUTER
// RUN: msa-opt %s --select-strategy="target=sm_90a overlap=65" | FileCheck %s --check-prefixes=CHECK,TILE
// RUN: msa-opt %s --select-strategy="target=sm_90a" | FileCheck %s --check-prefixes=CHECK,TILE
// RUN: msa-opt %s --select-strategy="target=sm_86 overlap=40" | FileCheck %s --check-prefixes=CHECK,TILE
// RUN: msa-opt %s --select-strategy="target=sm_90a overlap=40 explain" 2>&1 | FileCheck %s --check-prefix=WHY

// WHY: remark: strategy prefill_kv_outer for sm_90a with {{.*}}: many query tokens a request, of which neighbours share 40 % of their blocks; cheapest of

// CHECK-LABEL: @long
// OUTER: kind = prefill_kv_outer
// TILE:  kind = prefill_query_tile
func.func @long(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>, %sel: tensor<4x?x16xi32>, %cu: tensor<?xi32>)
    -> tensor<?x64x128xbf16> {
  %o = msa.attend %q, %k, %k, %sel cu_seqlens_q(%cu) cu_seqlens_k(%cu) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<4x?x16xi32>, tensor<?xi32>, tensor<?xi32>)
      -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}

// CHECK-LABEL: @short
// CHECK: kind = prefill_query_tile
func.func @short(%q: tensor<4096x64x128xbf16>, %k: tensor<4096x4x128xbf16>, %sel: tensor<4x4096x16xi32>) -> tensor<4096x64x128xbf16> {
  %o = msa.attend %q, %k, %k, %sel {block_size = 128 : i64}
      : (tensor<4096x64x128xbf16>, tensor<4096x4x128xbf16>, tensor<4096x4x128xbf16>, tensor<4x4096x16xi32>) -> tensor<4096x64x128xbf16>
  return %o : tensor<4096x64x128xbf16>
}
