// One-shot bufferisation gives the buffer form: operands are read where they are, results are fresh contiguous buffers.
// RUN: msa-opt %s --one-shot-bufferize=bufferize-function-boundaries=1 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @decode(
// CHECK-SAME: %[[Q:.*]]: memref<?x64x128xbf16, strided<[?, ?, ?], offset: ?>>
func.func @decode(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %iq: tensor<?x4x64xbf16>,
                  %ik: tensor<?x128x64xbf16>, %pt: tensor<?x?xi32>, %lens: tensor<?xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  // CHECK-NOT: memref.copy
  // CHECK: %[[N:.*]] = memref.dim %{{.*}}, %c0
  // CHECK: %[[SEL:.*]] = memref.alloc(%[[N]]) {{.*}} : memref<4x?x16xi32>
  // CHECK: msa.select_blocks index({{.*}}) page_table({{.*}}) seqused_k({{.*}}) outs(%[[SEL]]) {block_size = 128 : i64, topk = 16 : i64}
  %sel = msa.select_blocks index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<?x4x64xbf16>, tensor<?x128x64xbf16>, tensor<?x?xi32>, tensor<?xi32>) -> tensor<4x?x16xi32>
  // CHECK: %[[O:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x64x128xbf16>
  // CHECK: %[[LSE:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x64xf32>
  // CHECK: msa.attend %[[Q]], {{.*}}, %[[SEL]] page_table({{.*}}) seqused_k({{.*}}) outs(%[[O]], %[[LSE]])
  // CHECK-SAME: -> ()
  %o, %lse = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x?x16xi32>, tensor<?x?xi32>, tensor<?xi32>)
        -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  // CHECK: return %[[O]], %[[LSE]]
  return %o, %lse : tensor<?x64x128xbf16>, tensor<?x64xf32>
}

// The other ops.
// CHECK-LABEL: func.func @others(
func.func @others(%iq: tensor<8x4x64xf32>, %ik: tensor<?x64xf32>, %p: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>)
    -> (tensor<4x8x?xf32>, tensor<8x4x64xf32>, tensor<4x8xi32>, tensor<4x128xi32>) {
  // CHECK: %[[BLOCKS:.*]] = arith.ceildivui
  // CHECK: %[[SCORES:.*]] = memref.alloc(%[[BLOCKS]]) {{.*}} : memref<4x8x?xf32>
  // CHECK: msa.index_scores {{.*}} outs(%[[SCORES]])
  %s = msa.index_scores %iq, %ik {block_size = 128 : i64} : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<4x8x?xf32>
  // CHECK: msa.combine {{.*}} outs(%{{.*}}) : {{.*}} -> ()
  %o = msa.combine %p, %l : (tensor<2x8x4x64xf32>, tensor<2x8x4xf32>) -> tensor<8x4x64xf32>
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64, selection = #msa.selection<layout = qhk, order = score>}
      : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<8x4x16xi32>
  // CHECK: msa.relayout_selection {{.*}} outs(%{{.*}})
  %hqk = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = score>, to = #msa.selection<layout = hqk, order = ascending>}
      : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  // CHECK: msa.transpose_selection {{.*}} outs(%{{.*}}, %{{.*}})
  %offsets, %ids = msa.transpose_selection %hqk {max_blocks = 7 : i64} : (tensor<4x8x16xi32>) -> (tensor<4x8xi32>, tensor<4x128xi32>)
  return %s, %o, %offsets, %ids : tensor<4x8x?xf32>, tensor<8x4x64xf32>, tensor<4x8xi32>, tensor<4x128xi32>
}

// A result that something else updates in place needs no copy: it is a fresh buffer.
// CHECK-LABEL: func.func @update(
// CHECK: msa.combine {{.*}} outs(%[[OUT:[^)]*]])
// CHECK-NOT: memref.copy
// CHECK: memref.store %{{.*}}, %[[OUT]]
func.func @update(%p: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %x: f32, %i: index) -> tensor<8x4x64xf32> {
  %o = msa.combine %p, %l : (tensor<2x8x4x64xf32>, tensor<2x8x4xf32>) -> tensor<8x4x64xf32>
  %u = tensor.insert %x into %o[%i, %i, %i] : tensor<8x4x64xf32>
  return %u : tensor<8x4x64xf32>
}
