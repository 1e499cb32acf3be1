// RUN: msa-opt %s -msa-to-linalg -canonicalize -cse | FileCheck %s

// A turn merges all heads of a token. A partial of weight 0 is left out by a select, since it may hold NaN.
// CHECK-LABEL: func.func @combine
// CHECK-NOT:   msa.
// CHECK:       scf.forall (%[[T:.*]]) in (%{{.*}}) shared_outs({{.*}}) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
// CHECK:         tensor.extract_slice %arg0[0, %[[T]], 0, 0] [4, 1, 64, 128]
// CHECK:         arith.maxnumf
// CHECK:         math.exp
// CHECK:         %[[COUNTS:.*]] = arith.cmpf une
// CHECK:         arith.select %[[COUNTS]]
// CHECK:         arith.truncf %{{.*}} : f32 to bf16
// CHECK:         math.log
func.func @combine(%p: tensor<4x?x64x128xf32>, %l: tensor<4x?x64xf32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %o, %lse = msa.combine %p, %l : (tensor<4x?x64x128xf32>, tensor<4x?x64xf32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  return %o, %lse : tensor<?x64x128xbf16>, tensor<?x64xf32>
}
