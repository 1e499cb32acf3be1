// Every size of every result is computed from the operands.
// RUN: msa-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize --cse | FileCheck %s

// CHECK-LABEL: @dense
// CHECK-SAME: %[[Q:[^:]*]]: tensor<?x?x6x96xf16>
// CHECK: %[[B:.*]] = tensor.dim %[[Q]], %c0
// CHECK: %[[S:.*]] = tensor.dim %[[Q]], %c1
// CHECK: %[[T:.*]] = arith.muli %[[B]], %[[S]]
// CHECK: return %[[B]], %[[S]], %[[T]]
func.func @dense(%q: tensor<?x?x6x96xf16>, %k: tensor<?x100x3x96xf16>, %sel: tensor<3x?x2xi32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %o, %lse = msa.attend %q, %k, %k, %sel {block_size = 16 : i64}
      : (tensor<?x?x6x96xf16>, tensor<?x100x3x96xf16>, tensor<?x100x3x96xf16>, tensor<3x?x2xi32>) -> (tensor<?x?x6x96xf16>, tensor<?x6xf32>)
  %b = tensor.dim %o, %c0 : tensor<?x?x6x96xf16>
  %s = tensor.dim %o, %c1 : tensor<?x?x6x96xf16>
  %t = tensor.dim %lse, %c0 : tensor<?x6xf32>
  return %b, %s, %t : index, index, index
}

// CHECK-LABEL: @scores
// CHECK-SAME: tensor<?x16x64xf32>, %[[PT:.*]]: tensor<?x?xi32>
// CHECK: %[[PAGES:.*]] = tensor.dim %[[PT]], %c1
// CHECK: %[[KEYS:.*]] = arith.muli %[[PAGES]], %c16
// CHECK: %[[BLOCKS:.*]] = arith.ceildivui %[[KEYS]], %c128
// CHECK: return %[[BLOCKS]], %c16
func.func @scores(%iq: tensor<?x4x64xf32>, %ik: tensor<?x16x64xf32>, %pt: tensor<?x?xi32>, %lens: tensor<?xi32>) -> (index, index) {
  %c2 = arith.constant 2 : index
  %s = msa.index_scores %iq, %ik page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<?x4x64xf32>, tensor<?x16x64xf32>, tensor<?x?xi32>, tensor<?xi32>) -> tensor<4x?x?xf32>
  %sel = msa.select_blocks scores(%s) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<4x?x?xf32>, tensor<?xi32>) -> tensor<4x?x16xi32>
  %blocks = tensor.dim %s, %c2 : tensor<4x?x?xf32>
  %k = tensor.dim %sel, %c2 : tensor<4x?x16xi32>
  return %blocks, %k : index, index
}

// CHECK-LABEL: @selections
// CHECK-SAME: %[[SEL:.*]]: tensor<?x4x16xi32>
// CHECK: %[[T:.*]] = tensor.dim %[[SEL]], %c0
// CHECK: %[[IDS:.*]] = arith.muli %[[T]], %c16
// CHECK: return %[[T]], %[[IDS]]
func.func @selections(%sel: tensor<?x4x16xi32>) -> (index, index) {
  %c1 = arith.constant 1 : index
  %hqk = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>}
      : (tensor<?x4x16xi32>) -> tensor<4x?x16xi32>
  %offsets, %ids = msa.transpose_selection %hqk {max_blocks = 7 : i64} : (tensor<4x?x16xi32>) -> (tensor<4x8xi32>, tensor<4x?xi32>)
  %t = tensor.dim %hqk, %c1 : tensor<4x?x16xi32>
  %n = tensor.dim %ids, %c1 : tensor<4x?xi32>
  return %t, %n : index, index
}
