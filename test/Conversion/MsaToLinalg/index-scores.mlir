// Index scores: a turn a tile of 8 tokens (32 rows of 4 heads); only KV tiles that some token sees in part are masked.
// RUN: msa-opt %s -msa-to-linalg -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func.func @ragged
// CHECK-NOT:   msa.
// CHECK:       %[[SCORES:.*]] = scf.forall (%[[I:.*]]) in (%{{.*}}) shared_outs(%[[OUT:.*]] = %{{.*}}) -> (tensor<4x?x?xf32>)
// CHECK:         %[[TILE:.*]] = tensor.extract_slice %[[OUT]][0, %[[FIRST:.*]], 0] [4, %{{.*}}, %{{.*}}]
// CHECK:         linalg.fill ins(%{{.*}}) outs(%[[TILE]]
//                The requests of the tile's first and last token, then each request between.
// CHECK-COUNT-2: scf.while
// CHECK:         scf.for %[[REQUEST:.*]] =
// CHECK:           tensor<128x32xf32>
// CHECK:           linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<?x128xbf16>, tensor<128x?xf32>)
// CHECK:           scf.if %{{.*}} -> (tensor<?x?xf32>)
// CHECK:             linalg.index 0
// CHECK:           arith.cmpf ogt
// CHECK:         tensor.parallel_insert_slice %{{.*}} into %[[OUT]][0, %[[FIRST]], 0]
func.func @ragged(%q: tensor<?x4x128xbf16>, %k: tensor<?x128x128xbf16>, %cu: tensor<?xi32>, %pt: tensor<?x?xi32>, %lens: tensor<?xi32>) -> tensor<4x?x?xf32> {
  %s = msa.index_scores %q, %k cu_seqlens_q(%cu) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<?x4x128xbf16>, tensor<?x128x128xbf16>, tensor<?xi32>, tensor<?x?xi32>, tensor<?xi32>) -> tensor<4x?x?xf32>
  return %s : tensor<4x?x?xf32>
}

// One query token a request: tiles of one token, so that every request is a turn of its own.
// CHECK-LABEL: func.func @decode
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%{{.*}}) in (8) shared_outs
func.func @decode(%q: tensor<8x2x64xf32>, %k: tensor<8x512x64xf32>) -> tensor<2x8x8xf32> {
  %s = msa.index_scores %q, %k {block_size = 64 : i64} : (tensor<8x2x64xf32>, tensor<8x512x64xf32>) -> tensor<2x8x8xf32>
  return %s : tensor<2x8x8xf32>
}
