// An attention decided whole becomes two launches with its decisions; a fused selection is one launch and stays.
// RUN: msa-opt %s --split-into-launches | FileCheck %s

// CHECK-LABEL: @attention
// CHECK: msa.select_blocks index({{.*}}) {block_size = 128 : i64, strategy = #msa.strategy<kind = cpu, target = "cpu">, topk = 16 : i64}
// CHECK-NEXT: msa.attend {{.*}} strategy = #msa.strategy<kind = cpu, target = "cpu">, tile_config = #msa.tile_config<kv_tile = 64>
func.func @attention(%q: tensor<8x64x128xf32>, %k: tensor<4096x4x128xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<4096x64xf32>) -> tensor<8x64x128xf32> {
  %o = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64,
      strategy = #msa.strategy<kind = cpu, target = "cpu">, tile_config = #msa.tile_config<kv_tile = 64>}
      : (tensor<8x64x128xf32>, tensor<4096x4x128xf32>, tensor<4096x4x128xf32>, tensor<8x4x64xf32>, tensor<4096x64xf32>) -> tensor<8x64x128xf32>
  return %o : tensor<8x64x128xf32>
}

// CHECK-LABEL: @fused
// CHECK-NEXT: msa.select_blocks index
// CHECK-NEXT: return
func.func @fused(%iq: tensor<8x4x64xf32>, %ik: tensor<4096x64xf32>) -> tensor<4x8x16xi32> {
  %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64, strategy = #msa.strategy<kind = cpu, target = "cpu">}
      : (tensor<8x4x64xf32>, tensor<4096x64xf32>) -> tensor<4x8x16xi32>
  return %sel : tensor<4x8x16xi32>
}
