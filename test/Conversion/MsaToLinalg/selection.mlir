// RUN: msa-opt %s -msa-to-linalg -canonicalize -cse | FileCheck %s

// Counted, added up, scattered in token order: one turn a KV head, no order between heads.
// CHECK-LABEL: func.func @transpose
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%[[H:.*]]) in (4) shared_outs({{.*}}) -> (tensor<4x513xi32>, tensor<4x?xi32>)
// CHECK:         scf.for %[[REQUEST:.*]] = %c0 to %c2
// CHECK:           tensor.extract %arg1[%[[REQUEST]]]
// CHECK:         scf.for %{{.*}} = %c0 to %c512
// CHECK:         linalg.copy
// CHECK:         linalg.fill ins(%c-1_i32
// CHECK:         scf.for %{{.*}} = %c0 to %c2
func.func @transpose(%s: tensor<4x?x16xi32>, %cu: tensor<3xi32>) -> (tensor<4x513xi32>, tensor<4x?xi32>) {
  %o, %i = msa.transpose_selection %s cu_seqlens_q(%cu) {max_blocks = 256 : i64, batch = 2 : i64}
      : (tensor<4x?x16xi32>, tensor<3xi32>) -> (tensor<4x513xi32>, tensor<4x?xi32>)
  return %o, %i : tensor<4x513xi32>, tensor<4x?xi32>
}

// Parts are dealt out heads, sub-chunks and rows in order, behind the lists.
// CHECK-LABEL: func.func @share_out
// CHECK:       scf.forall (%{{.*}}) in (4) shared_outs({{.*}}) -> (tensor<4x257xi32>, tensor<4x?xi32>, tensor<4x?xi32>)
// CHECK:       %[[FULL:.*]] = arith.divui %[[ENTRIES:.*]], %c128
// CHECK:       %[[BEGUN:.*]] = arith.minsi %[[ENTRIES]], %
// CHECK:       arith.addi %[[FULL]], %[[BEGUN]]
// CHECK:       scf.for %{{.*}} = %c0 to %c4
// CHECK:         scf.while
func.func @share_out(%s: tensor<4x?x16xi32>) -> (tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>) {
  %o, %i, %slots, %list, %count = msa.transpose_selection %s {max_blocks = 256 : i64, max_queries = 128 : i64, sub_chunk = 4096 : i64}
      : (tensor<4x?x16xi32>) -> (tensor<4x257xi32>, tensor<4x?xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>)
  return %slots, %list, %count : tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>
}

// Rows are copied to their place and sorted there.
// CHECK-LABEL: func.func @relayout
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%[[T:.*]], %[[H:.*]]) in (8, 4)
// CHECK:         linalg.copy
// CHECK:         scf.while
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%[[H]], %[[T]], 0] [1, 1, 16]
func.func @relayout(%s: tensor<8x4x16xi32>) -> tensor<4x8x16xi32> {
  %r = msa.relayout_selection %s {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = ascending>}
      : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  return %r : tensor<4x8x16xi32>
}

// Ids that may stay in any order are not sorted.
// CHECK-LABEL: func.func @turn_only
// CHECK-NOT:   scf.while
// CHECK:       return
func.func @turn_only(%s: tensor<8x4x16xi32>) -> tensor<4x8x16xi32> {
  %r = msa.relayout_selection %s {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>}
      : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  return %r : tensor<4x8x16xi32>
}
