// A module that is not in a phase is told by which op, and what the phase promises.
// RUN: msa-opt %s --check-phase=phase=decided --verify-diagnostics --split-input-file
// RUN: not msa-opt %s --check-phase=phase=late --split-input-file 2>&1 | FileCheck %s
// CHECK: error: [unknown-phase] needs one of input, normal, decided, {{.*}}artifact, but got 'late'

func.func @f(%p: tensor<4x8x64x128xf32>, %l: tensor<4x8x64xf32>) -> tensor<8x64x128xbf16> {
  // expected-error @+1 {{expects a strategy in the decided phase, but it has none}}
  %o = msa.combine %p, %l : (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>) -> tensor<8x64x128xbf16>
  return %o : tensor<8x64x128xbf16>
}
