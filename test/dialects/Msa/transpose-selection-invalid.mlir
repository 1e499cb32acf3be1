// A transposed selection has the rows and room it needs.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// transpose_selection_c1
func.func @f(%sel: tensor<4x8x2xi64>) {
  // expected-error @below {{expects elements of the selection to be 'i32', but they are 'i64'}}
  %r:2 = msa.transpose_selection %sel {max_blocks = 7 : i64}
      : (tensor<4x8x2xi64>) -> (tensor<4x8xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c2
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects batch of at least 1 and max_blocks of at least 0, but they are 0 and 7}}
  %r:2 = msa.transpose_selection %sel {max_blocks = 7 : i64, batch = 0 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c3
func.func @f(%sel: tensor<4x8x2xi32>, %cu_seqlens_q: tensor<2xi32>) {
  // expected-error @below {{expects cu_seqlens_q of shape [batch + 1] = [3], but it is [2]}}
  %r:2 = msa.transpose_selection %sel cu_seqlens_q(%cu_seqlens_q) {max_blocks = 7 : i64, batch = 2 : i64}
      : (tensor<4x8x2xi32>, tensor<2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c3
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects the same number of queries for each of 3 requests without cu_seqlens_q, but total_q is 8}}
  %r:2 = msa.transpose_selection %sel {max_blocks = 7 : i64, batch = 3 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c4
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects row_offsets of shape [num_kv_heads, batch * max_blocks + 1] = [4, 8], but it is [4, 7]}}
  %r:2 = msa.transpose_selection %sel {max_blocks = 7 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x7xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c4
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects query_ids of shape [num_kv_heads, total_q * topk] = [4, 16], but it is [4, 8]}}
  %r:2 = msa.transpose_selection %sel {max_blocks = 7 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x8xi32>)
  return
}

// -----

// transpose_selection_c5
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects max_queries of at least 1 and sub_chunk of at least 0, which is for worklists, but they are 0 and 4}}
  %r:4 = msa.transpose_selection %sel {max_blocks = 7 : i64, max_queries = 0 : i64, sub_chunk = 4 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>, tensor<?x4xi32>, tensor<1xi32>)
  return
}

// -----

// transpose_selection_c5
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{but there is no max_queries and sub_chunk is 4}}
  %r:2 = msa.transpose_selection %sel {max_blocks = 7 : i64, sub_chunk = 4 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c6
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects 4 results (or outs) with max_queries, and slots if wanted, but has 3}}
  %r:3 = msa.transpose_selection %sel {max_blocks = 7 : i64, max_queries = 3 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>, tensor<4x16xi32>)
  return
}

// -----

// transpose_selection_c7
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects slots of shape [num_kv_heads, total_q * topk] = [4, 16], but it is [4, 8]}}
  %r:3 = msa.transpose_selection %sel {max_blocks = 7 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>, tensor<4x8xi32>)
  return
}

// -----

// transpose_selection_c8: 4 heads of 16 / 3 full parts and min(16, (1 + 2) * 7) begun ones
func.func @f(%sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects worklist of shape [capacity, 4] = [84, 4], but it is [64, 4]}}
  %r:4 = msa.transpose_selection %sel {max_blocks = 7 : i64, max_queries = 3 : i64, sub_chunk = 4 : i64}
      : (tensor<4x8x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>, tensor<64x4xi32>, tensor<1xi32>)
  return
}
