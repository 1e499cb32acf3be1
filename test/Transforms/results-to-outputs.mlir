// A public function's tensor results become memrefs that the caller owns, after the inputs and in order.
// RUN: msa-opt %s --results-to-outputs | FileCheck %s

// CHECK-LABEL: func.func @two(
// CHECK-SAME: %[[P:.*]]: tensor<2x?x8x64xf32>, %[[L:.*]]: tensor<2x?x8xf32>,
// CHECK-SAME: %[[O:.*]]: memref<?x8x64xf16, strided<[?, ?, 1], offset: ?>>, %[[S:.*]]: memref<?x8xf32, strided<[?, 1], offset: ?>>) {
// CHECK: %[[R:.*]]:2 = msa.combine
// CHECK: bufferization.materialize_in_destination %[[R]]#0 in restrict writable %[[O]]
// CHECK: bufferization.materialize_in_destination %[[R]]#1 in restrict writable %[[S]]
// CHECK: return{{$}}
func.func @two(%p: tensor<2x?x8x64xf32>, %l: tensor<2x?x8xf32>) -> (tensor<?x8x64xf16>, tensor<?x8xf32>) {
  %o, %lse = msa.combine %p, %l : (tensor<2x?x8x64xf32>, tensor<2x?x8xf32>) -> (tensor<?x8x64xf16>, tensor<?x8xf32>)
  return %o, %lse : tensor<?x8x64xf16>, tensor<?x8xf32>
}

// Scalars stay results; a result's attributes go with it.
// CHECK-LABEL: func.func @mixed(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[O:.*]]: memref<4xf32, strided<[1], offset: ?>> {msa.name = "x"}) -> index {
// CHECK: %[[C:.*]] = arith.constant 1
// CHECK: bufferization.materialize_in_destination %[[X]] in restrict writable %[[O]]
// CHECK: return %[[C]] : index
func.func @mixed(%x: tensor<4xf32>) -> (index, tensor<4xf32> {msa.name = "x"}) {
  %c = arith.constant 1 : index
  return %c, %x : index, tensor<4xf32>
}

// CHECK-LABEL: func.func private @private(
// CHECK-SAME: tensor<4xf32>) -> tensor<4xf32>
func.func private @private(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
