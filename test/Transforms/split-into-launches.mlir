// An attention decided whole becomes two launches with its decisions; a fused selection is one launch and stays, unless it was decided as
// two: then the scores take the numbers, and those of the selection from them follow from the op.
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

// CHECK-LABEL: @as_two
// CHECK: %[[SCORES:.*]] = msa.index_scores {{.*}} strategy = #msa.strategy<kind = index_score, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 32, kv_tile = 32, kv_stages = 3, warps = 4>
// CHECK-SAME: -> tensor<4x?x32xf32>
// CHECK: msa.select_blocks scores(%[[SCORES]]) cu_seqlens_q(%{{.*}}) seqused_k(%{{.*}}) {{.*}} strategy = #msa.strategy<kind = select_top_k, target = "sm_80">, tile_config = #msa.tile_config<query_tile = 8, warps = 8>
// CHECK-NOT: msa.select_blocks index
func.func @as_two(%iq: tensor<?x4x64xf16>, %ik: tensor<4096x64xf16>, %cu: tensor<2xi32>) -> tensor<4x?x16xi32> {
  %sel = msa.select_blocks index(%iq, %ik) cu_seqlens_q(%cu) {block_size = 128 : i64, topk = 16 : i64,
      strategy = #msa.strategy<kind = scores_then_top_k, target = "sm_80">,
      tile_config = #msa.tile_config<query_tile = 32, kv_tile = 32, kv_stages = 3, warps = 4>}
      : (tensor<?x4x64xf16>, tensor<4096x64xf16>, tensor<2xi32>) -> tensor<4x?x16xi32>
  return %sel : tensor<4x?x16xi32>
}
