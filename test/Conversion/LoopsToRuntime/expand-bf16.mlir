// RUN: msa-opt %s -expand-bf16 | FileCheck %s

// CHECK-LABEL: func.func @extend
// CHECK-NOT:   arith.extf
// CHECK:       arith.extui %{{.*}} : vector<8xi16> to vector<8xi32>
// CHECK:       arith.shli
func.func @extend(%x: vector<8xbf16>) -> vector<8xf32> {
  %w = arith.extf %x : vector<8xbf16> to vector<8xf32>
  return %w : vector<8xf32>
}

// NaN is decided in 32-bit lanes, before the halves are taken.
// CHECK-LABEL: func.func @truncate
// CHECK-NOT:   arith.truncf
// CHECK:       %[[NAN:.*]] = arith.cmpf uno, %arg0, %arg0
// CHECK:       arith.select %[[NAN]], %{{.*}} : vector<8xi1>, vector<8xi32>
// CHECK:       arith.trunci %{{.*}} : vector<8xi32> to vector<8xi16>
func.func @truncate(%x: vector<8xf32>) -> vector<8xbf16> {
  %n = arith.truncf %x : vector<8xf32> to vector<8xbf16>
  return %n : vector<8xbf16>
}

// f16 has instructions of its own.
// CHECK-LABEL: func.func @half
// CHECK:       arith.truncf
func.func @half(%x: f32) -> f16 {
  %n = arith.truncf %x : f32 to f16
  return %n : f16
}
