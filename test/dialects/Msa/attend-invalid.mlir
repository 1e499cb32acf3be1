// An attend has queries, keys, values and a selection that fit, and the results its splits say.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// attend_c1
func.func @f(%q: tensor<8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects query of shape [total_q, num_q_heads, head_dim] or [batch, seqlen_q, num_q_heads, head_dim], but its rank is 2}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x64xf32>)
  return
}

// -----

// attend_c2
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x64xf32>, %v: tensor<100x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects key of shape [total_k, num_kv_heads, head_dim] or [batch, seqlen_k, num_kv_heads, head_dim], but its rank is 2}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x64xf32>, tensor<100x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c2
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<9x4x16x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>, %page_table: tensor<2x9xi32>, %seqused_k: tensor<2xi32>) {
  // expected-error @below {{expects value of shape [num_pages, num_kv_heads, page_size, head_dim], but its rank is 3}}
  %r = msa.attend %q, %k, %v, %sel page_table(%page_table) seqused_k(%seqused_k) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<9x4x16x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>, tensor<2x9xi32>, tensor<2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c3
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<99x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects value of shape [total_k, num_kv_heads, head_dim] = [100, 4, 64], but it is [99, 4, 64]}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<99x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c4
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x?x64xf32>, %v: tensor<100x?x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects a static number of KV heads, but it is dynamic}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x?x64xf32>, tensor<100x?x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c4
func.func @f(%q: tensor<8x8x?xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects a static head dim, but it is dynamic}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x?xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x?xf32>)
  return
}

// -----

// attend_c5
func.func @f(%q: tensor<8x8x128xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects one head dim, but query has 128 and key has 64}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x128xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x128xf32>)
  return
}

// -----

// attend_c6
func.func @f(%q: tensor<8x6x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects query heads in groups of one size a KV head, but 6 query heads share 4 KV heads}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x6x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x6x64xf32>)
  return
}

// -----

// attend_c7
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects output of shape [total_q, num_q_heads, head_dim] = [8, 8, 64], but it is [8, 4, 64]}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x4x64xf32>)
  return
}

// -----

// attend_c7
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects elements of output to be 'f32', but they are 'f16'}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf16>)
  return
}

// -----

// attend_c7
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects lse of shape [total_q, num_q_heads] = [8, 8], but it is [8, 4]}}
  %r:2 = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>, tensor<8x4xf32>)
  return
}

// -----

// attend_c8
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<8x4x2xi32>) {
  // expected-error @below {{expects selection of shape [num_kv_heads, total_q, topk] = [4, 8, 2], but it is [8, 4, 2]}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<8x4x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c8
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects selection of shape [total_q, num_kv_heads, topk] = [8, 4, 2], but it is [4, 8, 2]}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64, selection = #msa.selection<layout = qhk, order = any>}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c8
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x?xi32>) {
  // expected-error @below {{expects a static topk (the last size of the selection), but it is dynamic}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x?xi32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// attend_c9
func.func @f(%q: tensor<1x8x8x64xf32>, %k: tensor<1x50x4x64xf32>, %v: tensor<1x50x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects packed queries where splits is 2, but they are dense}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64, splits = 2 : i64}
      : (tensor<1x8x8x64xf32>, tensor<1x50x4x64xf32>, tensor<1x50x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<1x8x8x64xf32>)
  return
}

// -----

// attend_c9
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects partial outputs and their lse where splits is 2, but has 1 destinations}}
  %r = msa.attend %q, %k, %v, %sel {block_size = 16 : i64, splits = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<2x8x8x64xf32>)
  return
}

// -----

// attend_c10
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects partial output of shape [splits, total_q, num_q_heads, head_dim] = [2, 8, 8, 64], but it is [3, 8, 8, 64]}}
  %r:2 = msa.attend %q, %k, %v, %sel {block_size = 16 : i64, splits = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<3x8x8x64xf32>, tensor<2x8x8xf32>)
  return
}

// -----

// attend_c10
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects elements of partial output to be 'f32', but they are 'bf16'}}
  %r:2 = msa.attend %q, %k, %v, %sel {block_size = 16 : i64, splits = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<2x8x8x64xbf16>, tensor<2x8x8xf32>)
  return
}
