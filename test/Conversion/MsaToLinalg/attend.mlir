// Attend: a turn a token and KV head, online softmax over the tiles of the selected blocks, nothing past the visible keys read.
// RUN: msa-opt %s -msa-to-linalg -canonicalize -cse | FileCheck %s

// One page holds a block: tiles are slices of the page.
// CHECK-LABEL: func.func @paged
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%[[T:.*]], %[[H:.*]]) in (%{{.*}}, 4) shared_outs({{.*}}) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
// CHECK:         %[[REQUEST:.*]] = arith.divui %[[T]]
// CHECK:         %[[LENGTH:.*]] = tensor.extract %arg5[%[[REQUEST]]]
// CHECK:         %[[QT:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<128x16xf32>)
// CHECK:         scf.for %[[SLOT:.*]] = %c0 to %{{.*}} step %c1 iter_args({{.*}}) -> (tensor<16xf32>, tensor<16xf32>, tensor<16x128xf32>)
// CHECK:           %[[ID:.*]] = tensor.extract %arg3[%[[H]], %[[T]], %[[SLOT]]]
// CHECK:           scf.for %[[KEY:.*]] =
// CHECK:             tensor.extract %arg4[%[[REQUEST]], %{{.*}}] : tensor<?x?xi32>
// CHECK:             %[[K:.*]] = tensor.extract_slice %arg1[%{{.*}}, %[[H]], %{{.*}}, 0] [1, 1, %{{.*}}, 128]
// CHECK:             linalg.matmul ins(%[[K]], %[[QT]] : tensor<?x128xbf16>, tensor<128x16xf32>)
// CHECK:             math.exp2
// CHECK:             linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK:         math.log2
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%[[T]], %{{.*}}, 0] [1, 16, 128]
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%[[T]], %{{.*}}] [1, 16]
func.func @paged(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %s: tensor<4x?x16xi32>,
                 %pt: tensor<?x?xi32>, %lens: tensor<?xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %o, %l = msa.attend %q, %k, %v, %s page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x?x16xi32>, tensor<?x?xi32>, tensor<?xi32>)
        -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  return %o, %l : tensor<?x64x128xbf16>, tensor<?x64xf32>
}

// Pages smaller than a block: gathered to f32. Ragged: the request is found by bisection. A group of 3 is padded to 8 rows.
// CHECK-LABEL: func.func @small_pages
// CHECK-NOT:   msa.
// CHECK:       scf.while
// CHECK:       tensor.extract %arg6
// CHECK:       tensor<64x8xf32>
// CHECK:       scf.for %{{.*}} = %c0 to %[[COUNT:.*]] step %c16 iter_args(%{{.*}}) -> (tensor<?x64xf32>)
// CHECK:         arith.extf %{{.*}} : f16 to f32
func.func @small_pages(%q: tensor<9x6x64xf16>, %k: tensor<?x2x16x64xf16>, %v: tensor<?x2x16x64xf16>, %s: tensor<2x9x4xi32>,
                       %pt: tensor<3x?xi32>, %lens: tensor<3xi32>, %cu: tensor<4xi32>) -> tensor<9x6x64xf16> {
  %o = msa.attend %q, %k, %v, %s cu_seqlens_q(%cu) page_table(%pt) seqused_k(%lens) {block_size = 32 : i64}
      : (tensor<9x6x64xf16>, tensor<?x2x16x64xf16>, tensor<?x2x16x64xf16>, tensor<2x9x4xi32>, tensor<4xi32>, tensor<3x?xi32>, tensor<3xi32>)
        -> tensor<9x6x64xf16>
  return %o : tensor<9x6x64xf16>
}

// Splits are a dimension of the loop; each takes every splits-th slot.
// CHECK-LABEL: func.func @split
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%[[T:.*]], %[[H:.*]], %[[S:.*]]) in (8, 2, 4)
// CHECK:         scf.for %{{.*}} = %[[S]] to %{{.*}} step %c4
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%[[S]], %[[T]], %{{.*}}, 0] [1, 1, 8, 64]
func.func @split(%q: tensor<8x16x64xf32>, %k: tensor<512x2x64xf32>, %v: tensor<512x2x64xf32>, %s: tensor<2x8x8xi32>)
    -> (tensor<4x8x16x64xf32>, tensor<4x8x16xf32>) {
  %o, %l = msa.attend %q, %k, %v, %s {block_size = 64 : i64, splits = 4 : i64}
      : (tensor<8x16x64xf32>, tensor<512x2x64xf32>, tensor<512x2x64xf32>, tensor<2x8x8xi32>) -> (tensor<4x8x16x64xf32>, tensor<4x8x16xf32>)
  return %o, %l : tensor<4x8x16x64xf32>, tensor<4x8x16xf32>
}

// A query that was packed for the normal phase is read as it came, and its output written as it is wanted.
// CHECK-LABEL: func.func @dense
// CHECK-NOT:   collapse_shape
// CHECK:       scf.forall {{.*}} -> (tensor<?x?x4x64xf32>)
// CHECK:         tensor.extract_slice %arg0[%{{.*}}, %{{.*}}, %{{.*}}, 0] [1, 1, 2, 64]
// CHECK:         tensor.parallel_insert_slice %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, 0] [1, 1, 2, 64]
// CHECK-NOT:   expand_shape
// CHECK:       return
func.func @dense(%q: tensor<?x?x4x64xf32>, %k: tensor<?x512x2x64xf32>, %v: tensor<?x512x2x64xf32>, %s: tensor<2x?x4xi32>,
                 %b: index, %t: index) -> tensor<?x?x4x64xf32> {
  %packed = tensor.collapse_shape %q [[0, 1], [2], [3]] : tensor<?x?x4x64xf32> into tensor<?x4x64xf32>
  %o = msa.attend %packed, %k, %v, %s {block_size = 64 : i64}
      : (tensor<?x4x64xf32>, tensor<?x512x2x64xf32>, tensor<?x512x2x64xf32>, tensor<2x?x4xi32>) -> tensor<?x4x64xf32>
  %out = tensor.expand_shape %o [[0, 1], [2], [3]] output_shape [%b, %t, 4, 64] : tensor<?x4x64xf32> into tensor<?x?x4x64xf32>
  return %out : tensor<?x?x4x64xf32>
}
