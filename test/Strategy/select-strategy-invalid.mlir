// What a GPU cannot run is refused with a fixed id and both values; one run names every obstacle.
// RUN: msa-opt %s --select-strategy=target=sm_90a --verify-diagnostics --split-input-file
// RUN: not msa-opt %s --select-strategy=target=sm_00 2>&1 | FileCheck %s
// CHECK: error: [unknown-target] needs one of cpu, sm_80, {{.*}}sm_121, but got 'sm_00'

func.func @two_obstacles(%iq: tensor<8x4x128xf32>, %ik: tensor<512x128xf32>, %q: tensor<8x16x128xf32>, %k: tensor<512x4x128xf32>,
                         %v: tensor<512x4x128xf32>) -> tensor<8x16x128xf32> {
  // expected-error @+1 {{[dtype-no-mma] needs elements that tensor cores multiply, bf16 or f16, but they are f32}}
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 2 : i64}
      : (tensor<8x4x128xf32>, tensor<512x128xf32>) -> tensor<4x8x2xi32>
  // expected-error @+1 {{[dtype-no-mma] needs elements that tensor cores multiply, bf16 or f16, but they are f32}}
  %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64}
      : (tensor<8x16x128xf32>, tensor<512x4x128xf32>, tensor<512x4x128xf32>, tensor<4x8x2xi32>) -> tensor<8x16x128xf32>
  return %o : tensor<8x16x128xf32>
}
