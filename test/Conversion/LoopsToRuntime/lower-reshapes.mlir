// Two dynamic sizes in one group, which expand-strided-metadata cannot do.
// RUN: msa-opt %s -lower-reshapes -canonicalize | FileCheck %s

// CHECK-LABEL: func.func @expand
// CHECK:       %[[ROW:.*]] = arith.muli %arg2, %c256
// CHECK:       memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%arg1, %arg2, 4, 64], strides: [%[[ROW]], 256, 64, 1]
func.func @expand(%m: memref<?x4x64xf32>, %b: index, %s: index) -> memref<?x?x4x64xf32> {
  %d = memref.expand_shape %m [[0, 1], [2], [3]] output_shape [%b, %s, 4, 64] : memref<?x4x64xf32> into memref<?x?x4x64xf32>
  return %d : memref<?x?x4x64xf32>
}

// CHECK-LABEL: func.func @collapse
// CHECK:       %[[SIZES:[a-z]*]]:4, %{{.*}} = memref.extract_strided_metadata
// CHECK:       %[[ROWS:.*]] = arith.muli %[[SIZES]]#0, %[[SIZES]]#1
// CHECK:       memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[ROWS]], 4, 64], strides: [256, 64, 1]
func.func @collapse(%m: memref<?x?x4x64xf32>) -> memref<?x4x64xf32> {
  %d = memref.collapse_shape %m [[0, 1], [2], [3]] : memref<?x?x4x64xf32> into memref<?x4x64xf32>
  return %d : memref<?x4x64xf32>
}
