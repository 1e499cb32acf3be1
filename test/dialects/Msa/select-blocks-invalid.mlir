// A selection is made from scores or from an index branch, and has the shape its layout says.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// select_blocks_c1
func.func @f(%scores: tensor<4x8x7xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>, %seqused_k: tensor<1xi32>) {
  // expected-error @below {{expects either scores or index query and key, but has both}}
  %r = msa.select_blocks scores(%scores) index(%iq, %ik) seqused_k(%seqused_k) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<4x8x7xf32>, tensor<8x4x64xf32>, tensor<100x64xf32>, tensor<1xi32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c1
func.func @f(%seqused_k: tensor<1xi32>) {
  // expected-error @below {{expects either scores or index query and key, but has neither}}
  %r = msa.select_blocks  seqused_k(%seqused_k) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<1xi32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c2
func.func @f(%scores: tensor<8x7xf32>, %seqused_k: tensor<1xi32>) {
  // expected-error @below {{expects scores of shape [num_index_heads, total_q, max_blocks], but its rank is 2}}
  %r = msa.select_blocks scores(%scores) seqused_k(%seqused_k) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<8x7xf32>, tensor<1xi32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c2
func.func @f(%scores: tensor<4x8x7xbf16>, %seqused_k: tensor<1xi32>) {
  // expected-error @below {{expects elements of scores to be 'f32', but they are 'bf16'}}
  %r = msa.select_blocks scores(%scores) seqused_k(%seqused_k) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<4x8x7xbf16>, tensor<1xi32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c3
func.func @f(%scores: tensor<4x8x7xf32>, %seqused_k: tensor<1xi32>) {
  // expected-error @below {{expects softmax_scale with an index query only, but selects from scores}}
  %r = msa.select_blocks scores(%scores) seqused_k(%seqused_k) {block_size = 16 : i64, topk = 4 : i64, softmax_scale = 1.0 : f32}
      : (tensor<4x8x7xf32>, tensor<1xi32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c4
func.func @f(%scores: tensor<4x8x7xf32>) {
  // expected-error @below {{expects seqused_k or cu_seqlens_k with scores, but has neither}}
  %r = msa.select_blocks scores(%scores) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<4x8x7xf32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c5
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects the selection of shape [num_kv_heads, total_q, topk] = [4, 8, 4], but it is [8, 4, 4]}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<8x4x4xi32>)
  return
}

// -----

// select_blocks_c5
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects the selection of shape [total_q, num_kv_heads, topk] = [8, 4, 4], but it is [4, 8, 4]}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64, selection = #msa.selection<layout = qhk, order = score>}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// select_blocks_c5
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects elements of the selection to be 'i32', but they are 'i64'}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x4xi64>)
  return
}

// -----

// select_blocks_c6
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects the selected scores of shape [num_kv_heads, total_q, topk] = [4, 8, 4], but it is [4, 8, 5]}}
  %r:2 = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x4xi32>, tensor<4x8x5xf32>)
  return
}
