// The op that is all of MSA, and the merge of partial results, round-trip.
// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s --mlir-print-op-generic | msa-opt | FileCheck %s

// CHECK-LABEL: @attention
func.func @attention(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %iq: tensor<8x4x64xbf16>,
                     %ik: tensor<?x128x64xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>)
    -> (tensor<8x64x128xbf16>, tensor<8x64xf32>, tensor<4x8x16xi32>, tensor<4x8x16xi32>) {
  // CHECK: msa.attention %{{.*}}, %{{.*}}, %{{.*}} index(%{{.*}}, %{{.*}}) page_table(%{{.*}}) seqused_k(%{{.*}}) {block_size = 128 : i64, index_scale = 1.000000e+00 : f32, topk = 16 : i64}
  %o, %lse, %sel = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pt) seqused_k(%lens)
      {block_size = 128 : i64, topk = 16 : i64, index_scale = 1.0 : f32}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<8x4x64xbf16>, tensor<?x128x64xbf16>,
         tensor<8x?xi32>, tensor<8xi32>) -> (tensor<8x64x128xbf16>, tensor<8x64xf32>, tensor<4x8x16xi32>)
  // The LSE may be missing where the selection is there.
  // CHECK: msa.attention {{.*}} -> (tensor<8x64x128xbf16>, tensor<4x8x16xi32>)
  %o2, %sel2 = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<8x4x64xbf16>, tensor<?x128x64xbf16>,
         tensor<8x?xi32>, tensor<8xi32>) -> (tensor<8x64x128xbf16>, tensor<4x8x16xi32>)
  return %o, %lse, %sel, %sel2 : tensor<8x64x128xbf16>, tensor<8x64xf32>, tensor<4x8x16xi32>, tensor<4x8x16xi32>
}

// CHECK-LABEL: @combine
// CHECK: msa.combine %{{.*}}, %{{.*}} : (tensor<4x?x64x128xf32>, tensor<4x?x64xf32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
// CHECK: msa.combine %{{.*}}, %{{.*}} outs(%{{.*}}) : (memref<2x8x64x128xf32>, memref<2x8x64xf32>, memref<8x64x128xf16>) -> ()
func.func @combine(%p: tensor<4x?x64x128xf32>, %l: tensor<4x?x64xf32>, %pb: memref<2x8x64x128xf32>, %lb: memref<2x8x64xf32>,
                   %out: memref<8x64x128xf16>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %o, %lse = msa.combine %p, %l : (tensor<4x?x64x128xf32>, tensor<4x?x64xf32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  msa.combine %pb, %lb outs(%out) : (memref<2x8x64x128xf32>, memref<2x8x64xf32>, memref<8x64x128xf16>) -> ()
  return %o, %lse : tensor<?x64x128xbf16>, tensor<?x64xf32>
}
