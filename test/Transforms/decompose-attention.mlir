// msa.attention becomes select_blocks and attend, each with its own scale; results stay in order.
// RUN: msa-opt %s --decompose-attention | FileCheck %s

// CHECK-LABEL: @attention
// CHECK: %[[SEL:.*]] = msa.select_blocks index(%{{.*}}, %{{.*}}) page_table(%[[PT:.*]]) seqused_k(%[[LENS:.*]]) {block_size = 128 : i64, local_blocks = 2 : i64, sink_blocks = 1 : i64, softmax_scale = 1.000000e+00 : f32, topk = 16 : i64}
// CHECK: %[[O:.*]]:2 = msa.attend %{{.*}}, %{{.*}}, %{{.*}}, %[[SEL]] page_table(%[[PT]]) seqused_k(%[[LENS]]) {block_size = 128 : i64, softmax_scale = 5.000000e-01 : f32}
// CHECK: return %[[O]]#0, %[[O]]#1, %[[SEL]]
func.func @attention(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %iq: tensor<8x4x64xbf16>,
                     %ik: tensor<?x128x64xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>)
    -> (tensor<8x64x128xbf16>, tensor<8x64xf32>, tensor<4x8x16xi32>) {
  %o, %lse, %sel = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pt) seqused_k(%lens)
      {block_size = 128 : i64, topk = 16 : i64, index_scale = 1.0 : f32, softmax_scale = 0.5 : f32, sink_blocks = 1 : i64, local_blocks = 2 : i64}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<8x4x64xbf16>, tensor<?x128x64xbf16>,
         tensor<8x?xi32>, tensor<8xi32>) -> (tensor<8x64x128xbf16>, tensor<8x64xf32>, tensor<4x8x16xi32>)
  return %o, %lse, %sel : tensor<8x64x128xbf16>, tensor<8x64xf32>, tensor<4x8x16xi32>
}

// Without the LSE, and not causal.
// CHECK-LABEL: @selection_only
// CHECK: %[[SEL:.*]] = msa.select_blocks {{.*}} {block_size = 16 : i64, causal = false, topk = 2 : i64}
// CHECK: %[[O:.*]] = msa.attend {{.*}} {block_size = 16 : i64, causal = false} {{.*}} -> tensor<?x?x8x64xf32>
// CHECK: return %[[O]], %[[SEL]]
func.func @selection_only(%q: tensor<?x?x8x64xf32>, %k: tensor<?x100x4x64xf32>, %iq: tensor<?x?x4x64xf32>, %ik: tensor<?x100x64xf32>)
    -> (tensor<?x?x8x64xf32>, tensor<4x?x2xi32>) {
  %o, %sel = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64, causal = false}
      : (tensor<?x?x8x64xf32>, tensor<?x100x4x64xf32>, tensor<?x100x4x64xf32>, tensor<?x?x4x64xf32>, tensor<?x100x64xf32>)
        -> (tensor<?x?x8x64xf32>, tensor<4x?x2xi32>)
  return %o, %sel : tensor<?x?x8x64xf32>, tensor<4x?x2xi32>
}
