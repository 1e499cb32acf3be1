// On tensors an op has no effects: unused ones go, equal ones are one. On memrefs it reads operands and writes outs: it stays.
// RUN: msa-opt %s --cse --canonicalize | FileCheck %s

// CHECK-LABEL: @tensors
// CHECK: msa.combine
// CHECK-NOT: msa.combine
// CHECK: return
func.func @tensors(%p: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %q: tensor<2x8x4x64xf32>) -> (tensor<8x4x64xf32>, tensor<8x4x64xf32>) {
  %a = msa.combine %p, %l : (tensor<2x8x4x64xf32>, tensor<2x8x4xf32>) -> tensor<8x4x64xf32>
  %b = msa.combine %p, %l : (tensor<2x8x4x64xf32>, tensor<2x8x4xf32>) -> tensor<8x4x64xf32>
  %c = msa.combine %q, %l : (tensor<2x8x4x64xf32>, tensor<2x8x4xf32>) -> tensor<8x4x64xf32>
  return %a, %b : tensor<8x4x64xf32>, tensor<8x4x64xf32>
}

// CHECK-LABEL: @memrefs
// CHECK: memref.load
// CHECK: msa.combine
// CHECK: memref.load
// CHECK: memref.load
// CHECK-NOT: memref.load
func.func @memrefs(%p: memref<2x8x4x64xf32>, %l: memref<2x8x4xf32>, %o: memref<8x4x64xf32>, %i: index) -> (f32, f32, f32) {
  %before = memref.load %o[%i, %i, %i] : memref<8x4x64xf32>
  msa.combine %p, %l outs(%o) : (memref<2x8x4x64xf32>, memref<2x8x4xf32>, memref<8x4x64xf32>) -> ()
  %after = memref.load %o[%i, %i, %i] : memref<8x4x64xf32>
  %same = memref.load %l[%i, %i, %i] : memref<2x8x4xf32>
  return %before, %after, %same : f32, f32, f32
}
