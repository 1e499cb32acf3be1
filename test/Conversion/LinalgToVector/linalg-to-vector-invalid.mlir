// RUN: msa-opt %s -linalg-to-vector -split-input-file -verify-diagnostics
// RUN: not msa-opt %s -linalg-to-vector=vector-width=3 2>&1 | FileCheck %s
// CHECK: error: linalg-to-vector: vector-width is 4, 8 or 16, but got 3

func.func @tensors(%a: tensor<8xf32>, %x: f32) -> tensor<8xf32> {
  // expected-error @below {{linalg-to-vector: expects linalg on memrefs, but 'linalg.fill' has tensor operands}}
  %0 = linalg.fill ins(%x : f32) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
