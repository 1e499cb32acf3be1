// Queries come with any strides but the last; metadata with any. The result is computed where it is wanted, with no copy.
// RUN: msa-opt %s -bufferize-program -canonicalize | FileCheck %s

// CHECK-LABEL: func.func @f
// CHECK-SAME:    %arg0: memref<?x4x64xbf16, strided<[?, ?, 1], offset: ?>>
// CHECK-SAME:    %arg1: memref<?xi32, strided<[?], offset: ?>>
// CHECK-SAME:    %arg2: memref<?x4x64xbf16, strided<[?, ?, 1], offset: ?>>
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     linalg.copy
// CHECK:         linalg.generic {{.*}} ins(%arg0 : {{.*}}) outs(%arg2 :
func.func @f(%q: tensor<?x4x64xbf16>, %lens: tensor<?xi32>, %out: memref<?x4x64xbf16, strided<[?, ?, 1], offset: ?>>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %q, %c0 : tensor<?x4x64xbf16>
  %e = tensor.empty(%n) : tensor<?x4x64xbf16>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
                       iterator_types = ["parallel", "parallel", "parallel"]} ins(%q : tensor<?x4x64xbf16>) outs(%e : tensor<?x4x64xbf16>) {
  ^bb0(%x: bf16, %y: bf16):
    %z = arith.negf %x : bf16
    linalg.yield %z : bf16
  } -> tensor<?x4x64xbf16>
  bufferization.materialize_in_destination %r in restrict writable %out
      : (tensor<?x4x64xbf16>, memref<?x4x64xbf16, strided<[?, ?, 1], offset: ?>>) -> ()
  return
}

// Two tiles that CSE took for one are two again: the second fill costs no copy of the first.
// CHECK-LABEL: func.func @shared_empty
// CHECK-COUNT-2: memref.alloc() {{.*}} : memref<8xf32>
// CHECK-NOT:     linalg.copy
func.func @shared_empty(%x: f32, %y: f32, %i: index) -> f32 {
  %e = tensor.empty() : tensor<8xf32>
  %a = linalg.fill ins(%x : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.fill ins(%y : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %ai = tensor.extract %a[%i] : tensor<8xf32>
  %bi = tensor.extract %b[%i] : tensor<8xf32>
  %s = arith.addf %ai, %bi : f32
  return %s : f32
}
