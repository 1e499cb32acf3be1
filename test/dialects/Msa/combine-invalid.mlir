// A merge has partials and LSEs that fit, and the results they give.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// combine_c1
func.func @f(%p: tensor<4x8x8x64xbf16>, %l: tensor<4x8x8xf32>) {
  // expected-error @below {{expects elements of partial to be 'f32', but they are 'bf16'}}
  %r = msa.combine %p, %l
      : (tensor<4x8x8x64xbf16>, tensor<4x8x8xf32>) -> (tensor<8x8x64xbf16>)
  return
}

// -----

// combine_c1
func.func @f(%p: tensor<4x8x8x64xf32>, %l: tensor<3x8x8xf32>) {
  // expected-error @below {{expects partial_lse of shape [splits, total_q, num_q_heads] = [4, 8, 8], but it is [3, 8, 8]}}
  %r = msa.combine %p, %l
      : (tensor<4x8x8x64xf32>, tensor<3x8x8xf32>) -> (tensor<8x8x64xbf16>)
  return
}

// -----

// combine_c2
func.func @f(%p: tensor<4x8x8x?xf32>, %l: tensor<4x8x8xf32>) {
  // expected-error @below {{expects a static head dim, but it is dynamic}}
  %r = msa.combine %p, %l
      : (tensor<4x8x8x?xf32>, tensor<4x8x8xf32>) -> (tensor<8x8x64xbf16>)
  return
}

// -----

// combine_c3
func.func @f(%p: tensor<4x8x8x64xf32>, %l: tensor<4x8x8xf32>) {
  // expected-error @below {{expects output of shape [total_q, num_q_heads, head_dim] = [8, 8, 64], but it is [8, 4, 64]}}
  %r = msa.combine %p, %l
      : (tensor<4x8x8x64xf32>, tensor<4x8x8xf32>) -> (tensor<8x4x64xbf16>)
  return
}

// -----

// combine_c3
func.func @f(%p: tensor<4x8x8x64xf32>, %l: tensor<4x8x8xf32>) {
  // expected-error @below {{expects elements of output to be bf16, f16 or f32, but they are 'i32'}}
  %r = msa.combine %p, %l
      : (tensor<4x8x8x64xf32>, tensor<4x8x8xf32>) -> (tensor<8x8x64xi32>)
  return
}

// -----

// combine_c4
func.func @f(%p: tensor<4x8x8x64xf32>, %l: tensor<4x8x8xf32>) {
  // expected-error @below {{expects lse of shape [total_q, num_q_heads] = [8, 8], but it is [4, 8]}}
  %r:2 = msa.combine %p, %l
      : (tensor<4x8x8x64xf32>, tensor<4x8x8xf32>) -> (tensor<8x8x64xbf16>, tensor<4x8xf32>)
  return
}
