// Numbers stay in the ranges of the support table.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// range_c1
func.func @f(%q: tensor<8x8x64xf64>, %k: tensor<100x4x64xf64>, %v: tensor<100x4x64xf64>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects elements of query to be bf16, f16 or f32, but they are 'f64'}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf64>, tensor<100x4x64xf64>, tensor<100x4x64xf64>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf64>)
  return
}

// -----

// range_c1
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf16>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects elements of value to be 'f32', but they are 'f16'}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf16>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// range_c2
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects block_size a multiple of 16 from 16 to 256, but it is 24}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 24 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// range_c2
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects block_size a multiple of 16 from 16 to 256, but it is 512}}
  %r = msa.index_scores %iq, %ik {block_size = 512 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x1xf32>)
  return
}

// -----

// range_c3
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x65xi32>) {
  // expected-error @below {{expects topk from 1 to 64, but it is 65}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x65xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// range_c3
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects topk from 1 to 64, but it is 0}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 0 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x0xi32>)
  return
}

// -----

// range_c4
func.func @f(%q: tensor<8x65x64xf32>, %k: tensor<100x1x64xf32>, %v: tensor<100x1x64xf32>, %sel: tensor<1x8x2xi32>) {
  // expected-error @below {{expects group from 1 to 64, but it is 65}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x65x64xf32>, tensor<100x1x64xf32>, tensor<100x1x64xf32>, tensor<1x8x2xi32>) -> (tensor<8x65x64xf32>)
  return
}

// -----

// range_c5
func.func @f(%q: tensor<8x8x80xf32>, %k: tensor<100x4x80xf32>, %v: tensor<100x4x80xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects head_dim one of 64, 96, 128, 192, 256, but it is 80}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x80xf32>, tensor<100x4x80xf32>, tensor<100x4x80xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x80xf32>)
  return
}

// -----

// range_c6
func.func @f(%iq: tensor<8x4x32xf32>, %ik: tensor<100x32xf32>) {
  // expected-error @below {{expects index_dim one of 64, 96, 128, 192, 256, but it is 32}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64}
      : (tensor<8x4x32xf32>, tensor<100x32xf32>) -> (tensor<4x8x7xf32>)
  return
}

// -----

// range_c7
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<9x4x24x64xf32>, %v: tensor<9x4x24x64xf32>, %sel: tensor<4x8x2xi32>, %page_table: tensor<2x9xi32>, %seqused_k: tensor<2xi32>) {
  // expected-error @below {{expects a page size that divides block_size = 16 or is a multiple of it, but it is 24}}
  %r = msa.attend %q, %k, %v, %sel page_table(%page_table) seqused_k(%seqused_k) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<9x4x24x64xf32>, tensor<9x4x24x64xf32>, tensor<4x8x2xi32>, tensor<2x9xi32>, tensor<2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// range_c7
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<9x4x?x64xf32>, %v: tensor<9x4x?x64xf32>, %sel: tensor<4x8x2xi32>, %page_table: tensor<2x9xi32>, %seqused_k: tensor<2xi32>) {
  // expected-error @below {{expects a static page size, but it is dynamic}}
  %r = msa.attend %q, %k, %v, %sel page_table(%page_table) seqused_k(%seqused_k) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<9x4x?x64xf32>, tensor<9x4x?x64xf32>, tensor<4x8x2xi32>, tensor<2x9xi32>, tensor<2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// range_c8
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects sink_blocks of at least 0, but it is -1}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64, sink_blocks = -1 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// range_c8
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects local_blocks of at least 1, but it is 0}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64, local_blocks = 0 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// range_c8
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects sink_blocks + local_blocks of at most topk = 4, but they are 3 + 2}}
  %r = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 4 : i64, sink_blocks = 3 : i64, local_blocks = 2 : i64}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x4xi32>)
  return
}

// -----

// range_c9
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects splits from 0 to 64, but it is 65}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64, splits = 65 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// range_c10
func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<100x64xf32>) {
  // expected-error @below {{expects a positive, finite softmax_scale, but it is -1.000000e+00}}
  %r = msa.index_scores %iq, %ik {block_size = 16 : i64, softmax_scale = -1.0 : f32}
      : (tensor<8x4x64xf32>, tensor<100x64xf32>) -> (tensor<4x8x7xf32>)
  return
}
