// A tile of heads has a static number of them.
// RUN: not msa-opt %s --transform-interpreter 2>&1 | FileCheck %s

func.func @uneven(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %sel: tensor<4x8x2xi32>) -> tensor<8x8x64xf32> {
  // CHECK: error: 'msa.attend' op expects tiles of a static number of KV heads that divides 4, but it is dynamic
  %o = msa.attend %q, %k, %k, %sel {block_size = 128 : i64}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> tensor<8x8x64xf32>
  return %o : tensor<8x8x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["msa.attend"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %forall = transform.structured.tile_using_forall %op tile_sizes [3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
