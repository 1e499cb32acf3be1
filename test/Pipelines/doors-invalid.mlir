// What cannot be a program's argument or result is said before anything is lowered.
// REQUIRES: msa-compile
// RUN: split-file %s %t
// RUN: not msa-compile %t/scalar.mlir 2>&1 | FileCheck %s --check-prefix=SCALAR
// RUN: not msa-compile %t/double.mlir 2>&1 | FileCheck %s --check-prefix=DOUBLE
// RUN: not msa-compile %t/empty.mlir 2>&1 | FileCheck %s --check-prefix=EMPTY
// SCALAR: scalar.mlir:1:1: error: [door-type] needs ranked tensors of bf16, f16, f32 or i32, but argument 1 is 'f32'
// DOUBLE: double.mlir:1:1: error: [door-type] needs ranked tensors of bf16, f16, f32 or i32, but result 0 is 'tensor<8xf64>'
// EMPTY: error: [no-program] needs a public function with a body, but the module has none

//--- scalar.mlir
func.func @f(%x: tensor<8xf32>, %s: f32) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
//--- double.mlir
func.func @f() -> tensor<8xf64> {
  %x = arith.constant dense<0.0> : tensor<8xf64>
  return %x : tensor<8xf64>
}
//--- empty.mlir
func.func private @f(tensor<8xf32>)
