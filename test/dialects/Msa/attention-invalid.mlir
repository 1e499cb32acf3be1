// The index branch and the main branch of an attention fit each other, and its results are in order.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// attention_c1
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %iq: tensor<8x2x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects one index head a KV head, but has 2 index heads and 4 KV heads}}
  %r = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<8x2x64xf32>, tensor<100x64xf32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attention_c2
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %iq: tensor<9x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects query and index_query of the same tokens, but they are 'tensor<8x8x64xf32>' and 'tensor<9x4x64xf32>'}}
  %r = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<9x4x64xf32>, tensor<100x64xf32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attention_c3
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<1x100x64xf32>) {
  // expected-error @below {{expects key and index_key of the same layout and size, but they are 'tensor<100x4x64xf32>' and 'tensor<1x100x64xf32>'}}
  %r = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<8x4x64xf32>, tensor<1x100x64xf32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attention_c3
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<9x4x16x64xf32>, %v: tensor<9x4x16x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<9x32x64xf32>, %page_table: tensor<1x9xi32>, %seqused_k: tensor<1xi32>) {
  // expected-error @below {{expects key and index_key of the same layout and size, but they are 'tensor<9x4x16x64xf32>' and 'tensor<9x32x64xf32>'}}
  %r = msa.attention %q, %k, %v index(%iq, %ik) page_table(%page_table) seqused_k(%seqused_k) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<9x4x16x64xf32>, tensor<9x4x16x64xf32>, tensor<8x4x64xf32>, tensor<9x32x64xf32>, tensor<1x9xi32>, tensor<1xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attention_c4
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects elements of output to be 'f32', but they are 'f16'}}
  %r = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<8x8x64xf16>)
  return
}

// -----

// attention_c5
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects the results output, lse (f32) and selection (i32), but the last two hold 'i32' and 'f32'}}
  %r:3 = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<8x8x64xf32>, tensor<4x8x2xi32>, tensor<8x8xf32>)
  return
}

// -----

// attention_c5
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects the selection of shape [num_kv_heads, total_q, topk] = [4, 8, 2], but it is [4, 8, 3]}}
  %r:2 = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<8x8x64xf32>, tensor<4x8x3xi32>)
  return
}
