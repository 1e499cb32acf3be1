// Ops are tiled over their heads by the transform dialect, and an attend's selection is made where it is used.
// RUN: msa-opt %s --transform-interpreter --canonicalize --cse --split-input-file | FileCheck %s

// CHECK-LABEL: @paged
// CHECK: scf.forall (%[[T:.*]]) in (2)
// CHECK-DAG: %[[KV:.*]] = affine.apply {{.*}}(%[[T]])
// CHECK-DAG: tensor.extract_slice %{{.*}}[0, %[[KV]], 0] [8, 2, 64] [1, 1, 1] : tensor<8x4x64xbf16>
// CHECK: msa.select_blocks {{.*}} -> tensor<2x8x16xi32>
// CHECK: msa.attend {{.*}} : (tensor<8x32x128xbf16>, tensor<?x2x128x128xbf16>, tensor<?x2x128x128xbf16>, tensor<2x8x16xi32>, {{.*}}) -> (tensor<8x32x128xbf16>, tensor<8x32xf32>)
// CHECK: scf.forall.in_parallel
// CHECK: tensor.parallel_insert_slice {{.*}} [8, 32, 128] [1, 1, 1]
// CHECK: tensor.parallel_insert_slice {{.*}} [8, 32] [1, 1]
func.func @paged(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %iq: tensor<8x4x64xbf16>,
                 %ik: tensor<?x128x64xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>) -> (tensor<8x64x128xbf16>, tensor<8x64xf32>) {
  %sel = msa.select_blocks index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<8x4x64xbf16>, tensor<?x128x64xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  %o, %lse = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>, tensor<8xi32>)
        -> (tensor<8x64x128xbf16>, tensor<8x64xf32>)
  return %o, %lse : tensor<8x64x128xbf16>, tensor<8x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %attend = transform.structured.match ops{["msa.attend"]} in %root : (!transform.any_op) -> !transform.any_op
    %select = transform.structured.match ops{["msa.select_blocks"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %forall = transform.structured.tile_using_forall %attend tile_sizes [2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %fused, %new = transform.structured.fuse_into_containing_op %select into %forall
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK-LABEL: @scores
// CHECK: scf.for
// CHECK: msa.index_scores {{.*}} : (tensor<8x1x64xf32>, tensor<?x64xf32>) -> tensor<1x8x?xf32>
// CHECK: tensor.insert_slice
func.func @scores(%iq: tensor<8x4x64xf32>, %ik: tensor<?x64xf32>) -> tensor<4x8x?xf32> {
  %s = msa.index_scores %iq, %ik {block_size = 128 : i64} : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<4x8x?xf32>
  return %s : tensor<4x8x?xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["msa.index_scores"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Tokens need not divide: the last tile is shorter.
// CHECK-LABEL: @combine
// CHECK: scf.forall {{.*}} in (%{{.*}}, 8)
// CHECK: msa.combine {{.*}} : (tensor<2x?x8x64xf32>, tensor<2x?x8xf32>) -> (tensor<?x8x64xbf16>, tensor<?x8xf32>)
func.func @combine(%p: tensor<2x?x64x64xf32>, %l: tensor<2x?x64xf32>) -> (tensor<?x64x64xbf16>, tensor<?x64xf32>) {
  %o, %lse = msa.combine %p, %l : (tensor<2x?x64x64xf32>, tensor<2x?x64xf32>) -> (tensor<?x64x64xbf16>, tensor<?x64xf32>)
  return %o, %lse : tensor<?x64x64xbf16>, tensor<?x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["msa.combine"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %forall = transform.structured.tile_using_forall %op tile_sizes [16, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
