// What no recipe computes is refused by name.
// RUN: msa-opt %s -split-input-file -msa-to-tile -verify-diagnostics

func.func @tensors(%p: tensor<2x4x64x128xf32>, %l: tensor<2x4x64xf32>) -> tensor<4x64x128xbf16> {
  // expected-error @below {{expects buffer form: bufferize before msa-to-tile}}
  %o = msa.combine %p, %l : (tensor<2x4x64x128xf32>, tensor<2x4x64xf32>) -> tensor<4x64x128xbf16>
  return %o : tensor<4x64x128xbf16>
}

// -----

func.func @no_strategy(%q: memref<8x64x128xbf16>, %k: memref<256x4x128xbf16>, %s: memref<4x8x2xi32>, %o: memref<8x64x128xbf16>) {
  // expected-error @below {{expects a strategy and a tile_config}}
  msa.attend %q, %k, %k, %s outs(%o) {block_size = 128 : i64}
    : (memref<8x64x128xbf16>, memref<256x4x128xbf16>, memref<256x4x128xbf16>, memref<4x8x2xi32>, memref<8x64x128xbf16>) -> ()
  return
}

// -----

func.func @no_recipe(%q: memref<8x4x128xbf16>, %k: memref<256x4x128xbf16>, %iq: memref<8x4x128xbf16>, %ik: memref<256x128xbf16>,
                     %o: memref<8x4x128xbf16>) {
  // expected-error @below {{has no recipe: expected msa.attend, msa.combine, msa.index_scores, msa.relayout_selection, msa.select_blocks or msa.transpose_selection in the split phase}}
  msa.attention %q, %k, %k index(%iq, %ik) outs(%o) {block_size = 128 : i64, topk = 2 : i64}
    : (memref<8x4x128xbf16>, memref<256x4x128xbf16>, memref<256x4x128xbf16>, memref<8x4x128xbf16>, memref<256x128xbf16>,
       memref<8x4x128xbf16>) -> ()
  return
}
