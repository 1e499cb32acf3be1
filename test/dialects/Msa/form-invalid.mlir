// An op works on tensors with results or on memrefs with outs, and has the results it should.
// RUN: msa-opt %s --split-input-file --verify-diagnostics

// form_c1
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>, %o0: memref<8x8x64xf32>) {
  // expected-error @below {{expects tensors and results, or memrefs and outs, but operand 0 is 'tensor<8x8x64xf32>' and operand 4 is 'memref<8x8x64xf32>'}}
  msa.attend %q, %k, %v, %sel outs(%o0) {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>, memref<8x8x64xf32>) -> ()
  return
}

// -----

// form_c1
func.func @f(%q: memref<8x8x64xf32>, %k: memref<100x4x64xf32>, %v: memref<100x4x64xf32>, %sel: memref<4x8x2xi32>, %o0: memref<8x8x64xf32>) {
  // expected-error @below {{expects no results on memrefs, but has 1}}
  %r = msa.attend %q, %k, %v, %sel outs(%o0) {block_size = 16 : i64}
      : (memref<8x8x64xf32>, memref<100x4x64xf32>, memref<100x4x64xf32>, memref<4x8x2xi32>, memref<8x8x64xf32>) -> (tensor<8x8x64xf32>)
  return
}

// -----

// form_c2
func.func @f(%q: tensor<8x8x64xf32>, %k: tensor<100x4x64xf32>, %v: tensor<100x4x64xf32>, %sel: tensor<4x8x2xi32>) {
  // expected-error @below {{expects 1 to 2 results (output, lse), but has 0}}
  msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<8x8x64xf32>, tensor<100x4x64xf32>, tensor<100x4x64xf32>, tensor<4x8x2xi32>) -> ()
  return
}

// -----

// form_c2
func.func @f(%q: memref<8x8x64xf32>, %k: memref<100x4x64xf32>, %v: memref<100x4x64xf32>, %sel: memref<4x8x2xi32>, %o0: memref<8x8x64xf32>, %o1: memref<8x8xf32>, %o2: memref<8x8xf32>) {
  // expected-error @below {{expects 1 to 2 outs (output, lse), but has 3}}
  msa.attend %q, %k, %v, %sel outs(%o0, %o1, %o2) {block_size = 16 : i64}
      : (memref<8x8x64xf32>, memref<100x4x64xf32>, memref<100x4x64xf32>, memref<4x8x2xi32>, memref<8x8x64xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  return
}

// -----

// form_c3
func.func @f(%q: memref<8x8x64xf32>, %k: memref<100x4x64xf32, strided<[512, 128, 2]>>, %v: memref<100x4x64xf32, strided<[512, 128, 2]>>, %sel: memref<4x8x2xi32>, %o0: memref<8x8x64xf32>) {
  // expected-error @below {{expects the last stride of operand 1 to be 1, but it is 2}}
  msa.attend %q, %k, %v, %sel outs(%o0) {block_size = 16 : i64}
      : (memref<8x8x64xf32>, memref<100x4x64xf32, strided<[512, 128, 2]>>, memref<100x4x64xf32, strided<[512, 128, 2]>>, memref<4x8x2xi32>, memref<8x8x64xf32>) -> ()
  return
}

// -----

// form_c3
func.func @f(%q: memref<8x8x64xf32, affine_map<(a, b, c) -> (a mod 4, b, c)>>, %k: memref<100x4x64xf32>, %v: memref<100x4x64xf32>, %sel: memref<4x8x2xi32>, %o0: memref<8x8x64xf32>) {
  // expected-error @below {{expects strided memrefs, but operand 0 is 'memref<8x8x64xf32, affine_map<(d0, d1, d2) -> (d0 mod 4, d1, d2)>>'}}
  msa.attend %q, %k, %v, %sel outs(%o0) {block_size = 16 : i64}
      : (memref<8x8x64xf32, affine_map<(a, b, c) -> (a mod 4, b, c)>>, memref<100x4x64xf32>, memref<100x4x64xf32>, memref<4x8x2xi32>, memref<8x8x64xf32>) -> ()
  return
}
