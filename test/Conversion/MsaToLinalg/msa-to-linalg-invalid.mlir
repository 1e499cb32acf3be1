// RUN: msa-opt %s -msa-to-linalg -split-input-file -verify-diagnostics

func.func @buffers(%p: memref<4x8x64x128xf32>, %l: memref<4x8x64xf32>, %o: memref<8x64x128xbf16>) {
  // expected-error @below {{msa-to-linalg: expects msa ops on tensors, but 'msa.combine' has memref operands}}
  msa.combine %p, %l outs(%o) : (memref<4x8x64x128xf32>, memref<4x8x64xf32>, memref<8x64x128xbf16>) -> ()
  return
}

// -----

func.func @whole(%q: tensor<8x16x64xf32>, %k: tensor<512x2x64xf32>, %iq: tensor<8x2x64xf32>, %ik: tensor<512x64xf32>) -> tensor<8x16x64xf32> {
  // expected-error @below {{msa-to-linalg: expects msa.attention to be decomposed (decompose-attention), but finds one}}
  %o = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 64 : i64, topk = 4 : i64}
      : (tensor<8x16x64xf32>, tensor<512x2x64xf32>, tensor<512x2x64xf32>, tensor<8x2x64xf32>, tensor<512x64xf32>) -> tensor<8x16x64xf32>
  return %o : tensor<8x16x64xf32>
}
