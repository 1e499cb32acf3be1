// A reader and its producer name one layout, and the input is what it should be.
// RUN: msa-opt %s --normalize-selection --split-input-file --verify-diagnostics

func.func @layouts(%q: tensor<4x8x64xf32>, %k: tensor<?x4x64xf32>, %iq: tensor<4x4x64xf32>, %ik: tensor<?x64xf32>) -> tensor<4x8x64xf32> {
  // expected-note @below {{produced here}}
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<4x4x64xf32>, tensor<?x64xf32>) -> tensor<4x4x2xi32>
  // expected-error @below {{expects a selection of layout hqk, but it is produced in layout qhk}}
  %o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64}
      : (tensor<4x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x4x2xi32>) -> tensor<4x8x64xf32>
  return %o : tensor<4x8x64xf32>
}

// -----

func.func @whole(%q: tensor<4x8x64xf32>, %k: tensor<?x4x64xf32>, %iq: tensor<4x4x64xf32>, %ik: tensor<?x64xf32>) -> tensor<4x8x64xf32> {
  // expected-error @below {{expects to be decomposed before, but is whole}}
  %o = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<4x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x4x64xf32>, tensor<?x64xf32>) -> tensor<4x8x64xf32>
  return %o : tensor<4x8x64xf32>
}

// -----

func.func @memrefs(%p: memref<2x8x4x64xf32>, %l: memref<2x8x4xf32>, %o: memref<8x4x64xf32>) {
  // expected-error @below {{expects tensors in the input phase, but works on memrefs}}
  msa.combine %p, %l outs(%o) : (memref<2x8x4x64xf32>, memref<2x8x4xf32>, memref<8x4x64xf32>) -> ()
  return
}
