// RUN: msa-opt %s -approximate-math | FileCheck %s

// CHECK-LABEL: func.func @exp2
// CHECK-DAG:   arith.constant dense<0x4B400000> : vector<8xf32>
// CHECK-COUNT-6: math.fma
// CHECK:       arith.shli
// CHECK-NOT:   math.exp2
// CHECK:       return
func.func @exp2(%x: vector<8xf32>) -> vector<8xf32> {
  %e = math.exp2 %x : vector<8xf32>
  return %e : vector<8xf32>
}

// Narrow types go through f32.
// CHECK-LABEL: func.func @narrow
// CHECK:       arith.extf %arg0 : bf16 to f32
// CHECK-NOT:   math.exp2
// CHECK:       arith.truncf
func.func @narrow(%x: bf16) -> bf16 {
  %e = math.exp2 %x : bf16
  return %e : bf16
}

// CHECK-LABEL: func.func @others
// CHECK-NOT:   math.exp
// CHECK-NOT:   math.log
// CHECK:       return
func.func @others(%x: vector<8xf32>) -> vector<8xf32> {
  %e = math.exp %x : vector<8xf32>
  %l = math.log2 %e : vector<8xf32>
  %n = math.log %l : vector<8xf32>
  return %n : vector<8xf32>
}
