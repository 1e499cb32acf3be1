// A contraction holds 4 rows by 2 vectors of its result in registers. Operands that are narrow are packed to f32, 64 rows at a time.
// RUN: msa-opt %s -linalg-to-vector -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func.func @plain
// CHECK-NOT:   memref.alloca
// CHECK:       scf.for %[[N:.*]] = %c0 to %c32 step %c16
// CHECK-NEXT:    scf.for %[[M:.*]] = %c0 to %c8 step %c4
// CHECK-COUNT-8:   vector.load %arg2{{.*}} vector<8xf32>
// CHECK:           scf.for %[[K:.*]] = %c0 to %c64 step %c1 iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-NEXT:        vector.load %arg1[%[[K]], %[[N]]]
// CHECK:             memref.load %arg0[%[[M]], %[[K]]]
// CHECK-COUNT-8:     vector.fma
// CHECK-COUNT-8:   vector.store
func.func @plain(%a: memref<8x64xf32>, %b: memref<64x32xf32>, %c: memref<8x32xf32>) {
  linalg.matmul ins(%a, %b : memref<8x64xf32>, memref<64x32xf32>) outs(%c : memref<8x32xf32>)
  return
}

// A * transpose(B) in bf16: B turns in registers on its way to f32, A is only extended.
// CHECK-LABEL: func.func @transposed
// CHECK-DAG:   %[[A:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16x128xf32>
// CHECK-DAG:   %[[B:.*]] = memref.alloca() {alignment = 64 : i64} : memref<128x64xf32>
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8:  vector.store %{{.*}}, %[[B]]
// CHECK:       vector.store %{{.*}}, %[[A]]
// CHECK:       vector.load %[[B]]
// CHECK:       memref.load %[[A]]
func.func @transposed(%a: memref<16x128xbf16>, %b: memref<64x128xbf16>, %c: memref<16x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<16x128xbf16>, memref<64x128xbf16>) outs(%c : memref<16x64xf32>) {
  ^bb0(%x: bf16, %y: bf16, %acc: f32):
    %xw = arith.extf %x : bf16 to f32
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %xw, %yw : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Rows known only at run time: whole panels of 4, then single rows.
// CHECK-LABEL: func.func @dynamic
// CHECK:       %[[M:.*]] = memref.dim %arg0, %c0
// CHECK:       %[[REST:.*]] = arith.remui %[[M]], %c4
// CHECK:       %[[WHOLE:.*]] = arith.subi %[[M]], %[[REST]]
// CHECK:       scf.for %{{.*}} = %c0 to %[[WHOLE]] step %c4
// CHECK:       scf.for %{{.*}} = %[[WHOLE]] to %[[M]] step %c1
func.func @dynamic(%a: memref<?x64xf32>, %b: memref<64x16xf32>, %c: memref<?x16xf32>) {
  linalg.matmul ins(%a, %b : memref<?x64xf32>, memref<64x16xf32>) outs(%c : memref<?x16xf32>)
  return
}
