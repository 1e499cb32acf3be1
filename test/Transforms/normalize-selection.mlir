// Queries become packed, defaults explicit, and every reader reads layout hqk.
// RUN: msa-opt %s --normalize-selection | FileCheck %s

// CHECK-LABEL: @dense
// CHECK-SAME: %[[Q:[^:]*]]: tensor<?x?x8x64xf32>
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[Q]], %c0
// CHECK-DAG: %[[S:.*]] = tensor.dim %[[Q]], %c1
// CHECK-DAG: %[[P:.*]] = tensor.collapse_shape %[[Q]] {{\[\[}}0, 1], [2], [3]] : tensor<?x?x8x64xf32> into tensor<?x8x64xf32>
// CHECK: %[[O:.*]]:2 = msa.attend %[[P]], %{{.*}} {block_size = 16 : i64, selection = #msa.selection<layout = hqk, order = ascending>, softmax_scale = 1.250000e-01 : f32}
// CHECK-SAME: (tensor<?x8x64xf32>, tensor<?x100x4x64xf32>, tensor<?x100x4x64xf32>, tensor<4x?x2xi32>) -> (tensor<?x8x64xf32>, tensor<?x8xf32>)
// CHECK: %[[E:.*]] = tensor.expand_shape %[[O]]#0 {{\[\[}}0, 1], [2], [3]] output_shape [%[[B]], %[[S]], 8, 64]
// CHECK: return %[[E]], %[[O]]#1
func.func @dense(%q: tensor<?x?x8x64xf32>, %k: tensor<?x100x4x64xf32>, %sel: tensor<4x?x2xi32>) -> (tensor<?x?x8x64xf32>, tensor<?x8xf32>) {
  %o, %lse = msa.attend %q, %k, %k, %sel {block_size = 16 : i64}
      : (tensor<?x?x8x64xf32>, tensor<?x100x4x64xf32>, tensor<?x100x4x64xf32>, tensor<4x?x2xi32>) -> (tensor<?x?x8x64xf32>, tensor<?x8xf32>)
  return %o, %lse : tensor<?x?x8x64xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: @dense_index
// CHECK: tensor.collapse_shape %{{.*}} : tensor<2x5x4x64xf32> into tensor<10x4x64xf32>
// CHECK: msa.index_scores {{.*}} {block_size = 16 : i64, softmax_scale = 1.250000e-01 : f32} : (tensor<10x4x64xf32>, tensor<2x100x64xf32>)
// CHECK: msa.select_blocks {{.*}} {block_size = 16 : i64, selection = #msa.selection<layout = hqk, order = ascending>, topk = 2 : i64}
func.func @dense_index(%iq: tensor<2x5x4x64xf32>, %ik: tensor<2x100x64xf32>, %lens: tensor<2xi32>) -> tensor<4x10x2xi32> {
  %s = msa.index_scores %iq, %ik {block_size = 16 : i64} : (tensor<2x5x4x64xf32>, tensor<2x100x64xf32>) -> tensor<4x10x7xf32>
  %sel = msa.select_blocks scores(%s) seqused_k(%lens) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<4x10x7xf32>, tensor<2xi32>) -> tensor<4x10x2xi32>
  return %sel : tensor<4x10x2xi32>
}

// Only readers see this selection: its producer changes, no relayout is made.
// CHECK-LABEL: @produced
// CHECK-NOT: relayout
// CHECK: msa.select_blocks {{.*}} selection = #msa.selection<layout = hqk, order = score>, {{.*}} -> tensor<4x8x2xi32>
// CHECK-NOT: relayout
// CHECK: msa.attend {{.*}} selection = #msa.selection<layout = hqk, order = score>
// CHECK: msa.transpose_selection {{.*}} selection = #msa.selection<layout = hqk, order = score>
func.func @produced(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<?x64xf32>)
    -> (tensor<8x8x64xf32>, tensor<4x8xi32>, tensor<4x16xi32>) {
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64, selection = #msa.selection<layout = qhk, order = score>}
      : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<8x4x2xi32>
  // A reader may claim any order; it is given the one there is.
  %o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<8x4x2xi32>) -> tensor<8x8x64xf32>
  %offsets, %ids = msa.transpose_selection %sel {max_blocks = 7 : i64, selection = #msa.selection<layout = qhk, order = score>}
      : (tensor<8x4x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>)
  return %o, %offsets, %ids : tensor<8x8x64xf32>, tensor<4x8xi32>, tensor<4x16xi32>
}

// Somebody else wants qhk: the reader gets a relayout.
// CHECK-LABEL: @returned
// CHECK: %[[SEL:.*]] = msa.select_blocks {{.*}} -> tensor<8x4x2xi32>
// CHECK: %[[R:.*]] = msa.relayout_selection %[[SEL]] {from = #msa.selection<layout = qhk, order = ascending>, to = #msa.selection<layout = hqk, order = ascending>}
// CHECK: msa.attend %{{.*}}, %{{.*}}, %{{.*}}, %[[R]] {{.*}} selection = #msa.selection<layout = hqk, order = ascending>
// CHECK: return %{{.*}}, %[[SEL]]
func.func @returned(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<?x64xf32>)
    -> (tensor<8x8x64xf32>, tensor<8x4x2xi32>) {
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<8x4x2xi32>
  %o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<8x4x2xi32>) -> tensor<8x8x64xf32>
  return %o, %sel : tensor<8x8x64xf32>, tensor<8x4x2xi32>
}

// From the caller in qhk by score: ids stay where they are. A relayout that the user wrote merges with ours.
// CHECK-LABEL: @given
// CHECK-SAME: %[[GIVEN:[^:]*]]: tensor<8x4x2xi32>
// CHECK: %[[R:.*]] = msa.relayout_selection %[[GIVEN]] {from = #msa.selection<layout = qhk, order = score>, to = #msa.selection<layout = hqk, order = any>}
// CHECK: msa.attend %{{.*}}, %{{.*}}, %{{.*}}, %[[R]]
// CHECK: %[[A:.*]] = msa.relayout_selection %[[GIVEN]] {from = #msa.selection<layout = qhk, order = score>, to = #msa.selection<layout = hqk, order = ascending>}
// CHECK: msa.attend %{{.*}}, %{{.*}}, %{{.*}}, %[[A]]
func.func @given(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %sel: tensor<8x4x2xi32>) -> (tensor<8x8x64xf32>, tensor<8x8x64xf32>) {
  %o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64, selection = #msa.selection<layout = qhk, order = score>}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<8x4x2xi32>) -> tensor<8x8x64xf32>
  %asc = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = score>, to = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<8x4x2xi32>) -> tensor<8x4x2xi32>
  %p = msa.attend %q, %k, %k, %asc {block_size = 16 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<8x4x2xi32>) -> tensor<8x8x64xf32>
  return %o, %p : tensor<8x8x64xf32>, tensor<8x8x64xf32>
}
