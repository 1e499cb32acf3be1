// Selection from scores is a turn a row; from index queries and keys a turn a tile of tokens, with that tile's scores only.
// RUN: msa-opt %s -msa-to-linalg -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func.func @from_scores
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%[[H:.*]], %[[T:.*]]) in (4, %{{.*}}) shared_outs
// CHECK:         %[[LENGTH:.*]] = tensor.extract %arg1
//                Two runs of candidates, around the local block, in chunks of 32.
// CHECK:         scf.for %{{.*}} to %{{.*}} step %c32 iter_args({{.*}}) -> (tensor<16xf32>, tensor<16xi32>, index)
// CHECK:           tensor.extract_slice %arg0[%[[H]], %[[T]], %{{.*}}]
// CHECK:           arith.maxnumf
// CHECK:           scf.while
// CHECK:         scf.for %{{.*}} to %{{.*}} step %c32 iter_args({{.*}}) -> (tensor<16xf32>, tensor<16xi32>, index)
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%[[H]], %[[T]], 0] [1, 1, 16]
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%[[H]], %[[T]], 0] [1, 1, 16]
func.func @from_scores(%s: tensor<4x?x?xf32>, %lens: tensor<?xi32>) -> (tensor<4x?x16xi32>, tensor<4x?x16xf32>) {
  %sel, %best = msa.select_blocks scores(%s) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64, causal = false}
      : (tensor<4x?x?xf32>, tensor<?xi32>) -> (tensor<4x?x16xi32>, tensor<4x?x16xf32>)
  return %sel, %best : tensor<4x?x16xi32>, tensor<4x?x16xf32>
}

// CHECK-LABEL: func.func @fused
// CHECK-NOT:   msa.
// CHECK-NOT:   tensor<{{.*}}x64x{{.*}}xf32>
// CHECK:       scf.forall (%{{.*}}) in (8) shared_outs(%{{.*}}) -> (tensor<64x2x4xi32>)
// CHECK:         tensor.empty() : tensor<2x16x8xf32>
// CHECK:         linalg.matmul
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%{{.*}}, 0, 0] [%{{.*}}, 2, 4]
func.func @fused(%q: tensor<64x2x96xf32>, %k: tensor<8x256x96xf32>) -> tensor<64x2x4xi32> {
  %sel = msa.select_blocks index(%q, %k) {block_size = 32 : i64, topk = 4 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<64x2x96xf32>, tensor<8x256x96xf32>) -> tensor<64x2x4xi32>
  return %sel : tensor<64x2x4xi32>
}
