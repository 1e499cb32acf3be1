// Any compiler can take the aggregated ops apart through the interface.
// RUN: msa-opt %s --transform-interpreter --split-input-file | FileCheck %s

// CHECK-LABEL: @select
// CHECK: %[[S:.*]] = msa.index_scores %{{.*}}, %{{.*}} {block_size = 128 : i64, softmax_scale = 1.000000e+00 : f32} : {{.*}} -> tensor<4x8x3xf32>
// CHECK: %[[LENS:.*]] = arith.constant dense<300> : tensor<2xi32>
// CHECK: msa.select_blocks scores(%[[S]]) seqused_k(%[[LENS]]) {block_size = 128 : i64, sink_blocks = 1 : i64, topk = 2 : i64}
func.func @select(%iq: tensor<8x4x64xf32>, %ik: tensor<2x300x64xf32>) -> tensor<4x8x2xi32> {
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 2 : i64, sink_blocks = 1 : i64, softmax_scale = 1.0 : f32}
      : (tensor<8x4x64xf32>, tensor<2x300x64xf32>) -> tensor<4x8x2xi32>
  return %sel : tensor<4x8x2xi32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["msa.select_blocks"]} in %root : (!transform.any_op) -> !transform.any_op
    %parts = transform.structured.decompose_interface %op : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// Lengths known at run time only.
// CHECK-LABEL: @packed
// CHECK: %[[N:.*]] = tensor.dim %{{.*}}, %{{.*}} : tensor<?x64xf32>
// CHECK: %[[N32:.*]] = arith.index_cast %[[N]] : index to i32
// CHECK: %[[LENS:.*]] = tensor.splat %[[N32]] : tensor<1xi32>
// CHECK: msa.select_blocks scores(%{{.*}}) seqused_k(%[[LENS]])
func.func @packed(%iq: tensor<8x4x64xf32>, %ik: tensor<?x64xf32>) -> tensor<4x8x2xi32> {
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 2 : i64}
      : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<4x8x2xi32>
  return %sel : tensor<4x8x2xi32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["msa.select_blocks"]} in %root : (!transform.any_op) -> !transform.any_op
    %parts = transform.structured.decompose_interface %op : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
