// Stock mlir-opt-22 loads MsaPlugin.so and takes msa text to PTX by --pass-pipeline alone.
// REQUIRES: plugin
// RUN: mlir-opt %s --load-dialect-plugin=%plugin | FileCheck %s --check-prefix=PARSED
// RUN: mlir-opt %s --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline='builtin.module(msa-to-ptx-pipeline{target=sm_90a})' | FileCheck %s --check-prefix=PTX
// RUN: mlir-opt %s --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline='builtin.module(select-strategy{target=sm_80},split-kv)' | FileCheck %s --check-prefix=ONE

// PARSED: msa.attend
// PTX: gpu.binary @kernels
// PTX-SAME: .target sm_90a
// PTX-SAME: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// ONE: msa.combine {{.*}}strategy = #msa.strategy<kind = combine_rows, target = "sm_80">
func.func @decode(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>,
                  %sel: tensor<4x8x16xi32>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>) -> tensor<8x64x128xbf16> {
  %o = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>,
         tensor<8xi32>) -> tensor<8x64x128xbf16>
  return %o : tensor<8x64x128xbf16>
}
