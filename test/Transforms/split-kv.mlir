// Several splits give partial results and a combine of its own strategy; one split, or a split attend, stays.
// RUN: msa-opt %s --split-kv | FileCheck %s
// RUN: msa-opt %s --split-kv --split-kv | FileCheck %s

// CHECK-LABEL: @split
// CHECK: %[[P:.*]]:2 = msa.attend {{.*}} splits = 8 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 3, splits = 8, warps = 1>
// CHECK-SAME: -> (tensor<8x?x64x128xf32>, tensor<8x?x64xf32>)
// CHECK: %[[O:.*]]:2 = msa.combine %[[P]]#0, %[[P]]#1 {strategy = #msa.strategy<kind = combine_rows, target = "sm_90a">, tile_config = #msa.tile_config<splits = 8, warps = 4>}
// CHECK-SAME: -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
// CHECK: return %[[O]]#0, %[[O]]#1
func.func @split(%q: tensor<?x64x128xbf16>, %k: tensor<4096x4x128xbf16>, %sel: tensor<4x?x16xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %o, %lse = msa.attend %q, %k, %k, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">,
      tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 3, splits = 8, warps = 1>}
      : (tensor<?x64x128xbf16>, tensor<4096x4x128xbf16>, tensor<4096x4x128xbf16>, tensor<4x?x16xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  return %o, %lse : tensor<?x64x128xbf16>, tensor<?x64xf32>
}

// CHECK-LABEL: @one
// CHECK: msa.attend {{.*}} -> tensor<8x64x128xbf16>
// CHECK-NOT: msa.combine
func.func @one(%q: tensor<8x64x128xbf16>, %k: tensor<4096x4x128xbf16>, %sel: tensor<4x8x16xi32>) -> tensor<8x64x128xbf16> {
  %o = msa.attend %q, %k, %k, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">,
      tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, splits = 1, warps = 1>}
      : (tensor<8x64x128xbf16>, tensor<4096x4x128xbf16>, tensor<4096x4x128xbf16>, tensor<4x8x16xi32>) -> tensor<8x64x128xbf16>
  return %o : tensor<8x64x128xbf16>
}
