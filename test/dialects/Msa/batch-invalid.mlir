// All that says how many requests there are, and where their tokens lie, agrees.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// batch_c1
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>, %cu_seqlens_q: tensor<2x2xi32>) {
  // expected-error @below {{expects cu_seqlens_q of shape [batch + 1], but its rank is 2}}
  %r = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu_seqlens_q) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>, tensor<2x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c1
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<2x50x4x64xf32>, %v: tensor<2x50x4x64xf32>, %sel: tensor<4x8x2xi32>, %seqused_k: tensor<2xi64>) {
  // expected-error @below {{expects elements of seqused_k to be 'i32', but they are 'i64'}}
  %r = msa.attend %q, %k, %v, %sel seqused_k(%seqused_k) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<2x50x4x64xf32>, tensor<2x50x4x64xf32>, tensor<4x8x2xi32>, tensor<2xi64>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c2
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<9x4x16x64xf32>, %v: tensor<9x4x16x64xf32>, %sel: tensor<4x8x2xi32>, %page_table: tensor<2x9xi32>) {
  // expected-error @below {{expects seqused_k with page_table, but has none}}
  %r = msa.attend %q, %k, %v, %sel page_table(%page_table) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<9x4x16x64xf32>, tensor<9x4x16x64xf32>, tensor<4x8x2xi32>, tensor<2x9xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c3
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<2x50x4x64xf32>, %v: tensor<2x50x4x64xf32>, %sel: tensor<4x8x2xi32>, %cu_seqlens_k: tensor<3xi32>) {
  // expected-error @below {{expects cu_seqlens_k with packed keys only, but the keys are dense}}
  %r = msa.attend %q, %k, %v, %sel cu_seqlens_k(%cu_seqlens_k) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<2x50x4x64xf32>, tensor<2x50x4x64xf32>, tensor<4x8x2xi32>, tensor<3xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c4
func.func @f(%q: tensor<2x4x8x64xf32>, %k: tensor<2x50x4x64xf32>, %v: tensor<2x50x4x64xf32>, %sel: tensor<4x8x2xi32>, %cu_seqlens_q: tensor<3xi32>) {
  // expected-error @below {{expects cu_seqlens_q with packed queries only, but the queries are dense}}
  %r = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu_seqlens_q) {block_size = 16 : i64}
      : (tensor<2x4x8x64xf32>, tensor<2x50x4x64xf32>, tensor<2x50x4x64xf32>, tensor<4x8x2xi32>, tensor<3xi32>) -> (tensor<2x4x8x64xf32>)
  return
}

// -----

// batch_c5
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<9x4x16x64xf32>, %v: tensor<9x4x16x64xf32>, %sel: tensor<4x8x2xi32>, %cu_seqlens_q: tensor<3xi32>, %page_table: tensor<4x9xi32>, %seqused_k: tensor<2xi32>) {
  // expected-error @below {{expects one batch size, but cu_seqlens_q has 2 and page_table has 4}}
  %r = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu_seqlens_q) page_table(%page_table) seqused_k(%seqused_k) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<9x4x16x64xf32>, tensor<9x4x16x64xf32>, tensor<4x8x2xi32>, tensor<3xi32>, tensor<4x9xi32>, tensor<2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c5
func.func @f(%q: tensor<4x2x8x64xf32>, %k: tensor<2x50x4x64xf32>, %v: tensor<2x50x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects one batch size, but the dense query has 4 and the dense key has 2}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<4x2x8x64xf32>, tensor<2x50x4x64xf32>, tensor<2x50x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<4x2x8x64xf32>)
  return
}

// -----

// batch_c5
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>, %cu_seqlens_q: tensor<0xi32>) {
  // expected-error @below {{expects cu_seqlens_q of shape [batch + 1], but it is empty}}
  %r = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu_seqlens_q) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>, tensor<0xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c6
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>, %cu_seqlens_q: tensor<3xi32>) {
  // expected-error @below {{expects cu_seqlens_k with packed keys of several requests, but has none for 2 requests of cu_seqlens_q}}
  %r = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu_seqlens_q) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>, tensor<3xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// batch_c7
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<3x50x4x64xf32>, %v: tensor<3x50x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects the same number of queries for each of 3 requests without cu_seqlens_q, but total_q is 8}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<3x50x4x64xf32>, tensor<3x50x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}
