// Every layout of queries and keys round-trips, on tensors and on memrefs.
// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s --mlir-print-op-generic | msa-opt | FileCheck %s

// CHECK-LABEL: @paged
// CHECK: msa.attend %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} page_table(%{{.*}}) seqused_k(%{{.*}}) {block_size = 128 : i64}
func.func @paged(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>, %sel: tensor<4x8x16xi32>,
                 %pt: tensor<8x?xi32>, %lens: tensor<8xi32>) -> (tensor<8x64x128xbf16>, tensor<8x64xf32>) {
  %o, %lse = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>, tensor<8xi32>)
      -> (tensor<8x64x128xbf16>, tensor<8x64xf32>)
  return %o, %lse : tensor<8x64x128xbf16>, tensor<8x64xf32>
}

// CHECK-LABEL: @packed
// CHECK: msa.attend {{.*}} cu_seqlens_q(%{{.*}}) cu_seqlens_k(%{{.*}}) {block_size = 64 : i64, causal = false, selection = #msa.selection<layout = qhk, order = score>, softmax_scale = 5.000000e-01 : f32}
func.func @packed(%q: tensor<?x8x64xf32>, %k: tensor<?x8x64xf32>, %v: tensor<?x8x64xf32>, %sel: tensor<?x8x3xi32>,
                  %cu: tensor<?xi32>) -> tensor<?x8x64xf32> {
  %o = msa.attend %q, %k, %v, %sel cu_seqlens_q(%cu) cu_seqlens_k(%cu)
      {block_size = 64 : i64, causal = false, softmax_scale = 0.5 : f32, selection = #msa.selection<layout = qhk, order = score>}
      : (tensor<?x8x64xf32>, tensor<?x8x64xf32>, tensor<?x8x64xf32>, tensor<?x8x3xi32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x8x64xf32>
  return %o : tensor<?x8x64xf32>
}

// CHECK-LABEL: @dense
// CHECK: msa.attend {{.*}} : (tensor<2x5x6x96xf16>, tensor<2x100x3x96xf16>, tensor<2x100x3x96xf16>, tensor<3x10x2xi32>) -> (tensor<2x5x6x96xf16>, tensor<10x6xf32>)
func.func @dense(%q: tensor<2x5x6x96xf16>, %k: tensor<2x100x3x96xf16>, %v: tensor<2x100x3x96xf16>,
                 %sel: tensor<3x10x2xi32>) -> (tensor<2x5x6x96xf16>, tensor<10x6xf32>) {
  %o, %lse = msa.attend %q, %k, %v, %sel {block_size = 16 : i64}
      : (tensor<2x5x6x96xf16>, tensor<2x100x3x96xf16>, tensor<2x100x3x96xf16>, tensor<3x10x2xi32>) -> (tensor<2x5x6x96xf16>, tensor<10x6xf32>)
  return %o, %lse : tensor<2x5x6x96xf16>, tensor<10x6xf32>
}

// CHECK-LABEL: @splits
// CHECK: splits = 4 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, splits = 4>
func.func @splits(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x128xbf16>, %v: tensor<?x4x128xbf16>, %sel: tensor<4x8x16xi32>)
    -> (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>) {
  %p, %lse = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, splits = 4 : i64,
      strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">,
      tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, splits = 4>}
      : (tensor<8x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<4x8x16xi32>)
      -> (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>)
  return %p, %lse : tensor<4x8x64x128xf32>, tensor<4x8x64xf32>
}

// CHECK-LABEL: @buffers
// CHECK: msa.attend %{{.*}} seqused_k(%{{.*}}) outs(%{{.*}}, %{{.*}}) {block_size = 128 : i64}
// CHECK-SAME: -> ()
func.func @buffers(%q: memref<8x64x128xbf16>, %k: memref<?x4x128x128xbf16, strided<[131072, 32768, 256, 1], offset: ?>>,
                   %v: memref<?x4x128x128xbf16, strided<[131072, 32768, 256, 1], offset: ?>>, %sel: memref<4x8x16xi32>,
                   %pt: memref<8x?xi32>, %lens: memref<8xi32>, %o: memref<8x64x128xbf16>, %lse: memref<8x64xf32>) {
  msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) outs(%o, %lse) {block_size = 128 : i64}
      : (memref<8x64x128xbf16>, memref<?x4x128x128xbf16, strided<[131072, 32768, 256, 1], offset: ?>>,
         memref<?x4x128x128xbf16, strided<[131072, 32768, 256, 1], offset: ?>>, memref<4x8x16xi32>, memref<8x?xi32>, memref<8xi32>,
         memref<8x64x128xbf16>, memref<8x64xf32>) -> ()
  return
}
