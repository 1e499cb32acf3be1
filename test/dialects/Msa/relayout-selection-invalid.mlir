// A relayout goes between contracts it can go between, and permutes what it says.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// relayout_selection_c1
func.func @f(%sel: tensor<8x4x2xf32>) {
  // expected-error @below {{expects elements of the selection to be 'i32', but they are 'f32'}}
  %r = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = ascending>}
      : (tensor<8x4x2xf32>) -> (tensor<4x8x2xi32>)
  return
}

// -----

// relayout_selection_c2
func.func @f(%sel: tensor<8x4x2xi32>) {
  // expected-error @below {{expects order ascending, local_last or any to go to, but it is score, which needs the scores that a selection of order ascending does not hold}}
  %r = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = ascending>, to = #msa.selection<layout = hqk, order = score>}
      : (tensor<8x4x2xi32>) -> (tensor<4x8x2xi32>)
  return
}

// -----

// relayout_selection_c3
func.func @f(%sel: tensor<8x4x2xi32>) {
  // expected-error @below {{expects the result of shape [num_kv_heads, total_q, topk] = [4, 8, 2], but it is [8, 4, 2]}}
  %r = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = ascending>}
      : (tensor<8x4x2xi32>) -> (tensor<8x4x2xi32>)
  return
}
