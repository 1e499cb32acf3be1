// An index branch has queries and keys that fit, and its scores their shape.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// index_c1
func.func @f(%iq: tensor<8x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects index_query of shape [total_q, num_index_heads, index_dim] or [batch, seqlen_q, num_index_heads, index_dim], but its rank is 2}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// index_c2
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<1x100x1x64xf32>) {
  // expected-error @below {{expects index_key of shape [total_k, index_dim] or [batch, seqlen_k, index_dim], but its rank is 4}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x4x64xf32>, tensor<1x100x1x64xf32>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// index_c2
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>, %page_table: tensor<2x9xi32>, %seqused_k: tensor<2xi32>) {
  // expected-error @below {{expects index_key of shape [num_pages, page_size, index_dim], but its rank is 2}}
  %r = msa.index_scores %iq, %ik page_table(%page_table) seqused_k(%seqused_k) {block_size = 16 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>, tensor<2x9xi32>, tensor<2xi32>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// index_c3
func.func @f(%iq: tensor<8x?x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects a static number of index heads, but it is dynamic}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x?x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// index_c4
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x128xf32>) {
  // expected-error @below {{expects one index dim, but index_query has 64 and index_key has 128}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x4x64xf32>, tensor<100x128xf32>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// index_c5
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xbf16>) {
  // expected-error @below {{expects elements of index_key to be 'f32', but they are 'bf16'}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xbf16>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// index_scores_c1
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects scores of shape [num_index_heads, total_q, max_blocks] = [4, 8, 7], but it is [4, 8, 8]}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x8xf32>)
  return
}

// -----

// index_scores_c1
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects elements of scores to be 'f32', but they are 'bf16'}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x7xbf16>)
  return
}
