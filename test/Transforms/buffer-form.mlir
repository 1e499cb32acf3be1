// From msa on tensors to ops that write straight into the caller's memory: no copy of a final result is left.
// RUN: msa-opt %s --decompose-attention --normalize-selection --select-strategy=target=cpu --split-into-launches --split-kv \
// RUN:   --results-to-outputs --one-shot-bufferize=bufferize-function-boundaries=1 --canonicalize --cse --forward-copies-to-outputs --canonicalize \
// RUN:   | FileCheck %s --check-prefixes=CHECK,ANY
// RUN: msa-opt %s --decompose-attention --normalize-selection --select-strategy=target=cpu --split-into-launches --split-kv \
// RUN:   --results-to-outputs --one-shot-bufferize=bufferize-function-boundaries=1 --canonicalize --cse --forward-copies-to-outputs=adjacent-requests --canonicalize \
// RUN:   | FileCheck %s --check-prefixes=CHECK,ADJACENT

// CHECK-LABEL: @paged(
// CHECK-SAME: %[[Q:[^:]*]]: memref<?x64x128xbf16, strided<[?, ?, ?], offset: ?>>
// CHECK-SAME: %[[O:[^:]*]]: memref<?x64x128xbf16, strided<[?, ?, 1], offset: ?>>, %[[LSE:[^:]*]]: memref<?x64xf32, strided<[?, 1], offset: ?>>, %[[SEL:[^:]*]]: memref<4x?x16xi32, strided<[?, ?, 1], offset: ?>>
// CHECK-NEXT: msa.select_blocks {{.*}} outs(%[[SEL]])
// CHECK-NEXT: msa.attend %[[Q]], {{.*}}, %[[SEL]] {{.*}} outs(%[[O]], %[[LSE]])
// CHECK-NEXT: return
func.func @paged(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %iq: tensor<?x4x64xbf16>,
                 %ik: tensor<?x128x64xbf16>, %pt: tensor<?x?xi32>, %lens: tensor<?xi32>)
    -> (tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<4x?x16xi32>) {
  %o, %lse, %sel = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x64xbf16>, tensor<?x128x64xbf16>,
         tensor<?x?xi32>, tensor<?xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<4x?x16xi32>)
  return %o, %lse, %sel : tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<4x?x16xi32>
}

// Dense queries of any strides are packed by a copy; adjacent requests need none.
// CHECK-LABEL: @dense(
// CHECK-SAME: %[[Q:[^:]*]]: memref<?x?x8x64xf32, strided<[?, ?, ?, ?], offset: ?>>
// CHECK-SAME: %[[O:[^:]*]]: memref<?x?x8x64xf32, strided<[?, ?, ?, 1], offset: ?>>, %[[LSE:[^:]*]]: memref<?x8xf32, strided<[?, 1], offset: ?>>
// ANY: memref.copy %[[Q]], %[[T:.*]] :
// ANY: %[[P:.*]] = memref.collapse_shape %[[T]]
// ANY: msa.attend %[[P]], {{.*}} outs(%[[R:.*]], %[[LSE]])
// ANY: %[[E:.*]] = memref.expand_shape %[[R]]
// ANY: memref.copy %[[E]], %[[O]]
// ADJACENT-NOT: memref.copy
// ADJACENT-NOT: memref.alloc
// ADJACENT-DAG: %[[PQ:.*]] = memref.collapse_shape %[[Q]] {{\[\[}}0, 1], [2], [3]] : {{.*}} into memref<?x8x64xf32, strided<[?, ?, ?], offset: ?>>
// ADJACENT-DAG: %[[PO:.*]] = memref.collapse_shape %[[O]] {{\[\[}}0, 1], [2], [3]] : {{.*}} into memref<?x8x64xf32, strided<[?, ?, 1], offset: ?>>
// ADJACENT: msa.attend %[[PQ]], {{.*}} outs(%[[PO]], %[[LSE]])
// ADJACENT-NOT: memref.copy
func.func @dense(%q: tensor<?x?x8x64xf32>, %k: tensor<?x100x4x64xf32>, %sel: tensor<4x?x2xi32>) -> (tensor<?x?x8x64xf32>, tensor<?x8xf32>) {
  %o, %lse = msa.attend %q, %k, %k, %sel {block_size = 16 : i64}
      : (tensor<?x?x8x64xf32>, tensor<?x100x4x64xf32>, tensor<?x100x4x64xf32>, tensor<4x?x2xi32>) -> (tensor<?x?x8x64xf32>, tensor<?x8xf32>)
  return %o, %lse : tensor<?x?x8x64xf32>, tensor<?x8xf32>
}
