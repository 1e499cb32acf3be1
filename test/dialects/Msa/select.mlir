// The ops that score, select and rearrange selections round-trip.
// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s --mlir-print-op-generic | msa-opt | FileCheck %s

// CHECK-LABEL: @index_scores
func.func @index_scores(%iq: tensor<8x4x128xbf16>, %paged: tensor<?x128x128xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>,
                        %diq: tensor<2x4x4x128xbf16>, %dense: tensor<2x300x128xbf16>, %packed: tensor<?x128xbf16>)
    -> (tensor<4x8x?xf32>, tensor<4x8x3xf32>, tensor<4x8x?xf32>) {
  // CHECK: msa.index_scores %{{.*}}, %{{.*}} page_table(%{{.*}}) seqused_k(%{{.*}}) {block_size = 128 : i64}
  %a = msa.index_scores %iq, %paged page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
      : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x?xf32>
  // CHECK: msa.index_scores %{{.*}}, %{{.*}} {block_size = 128 : i64, causal = false}
  %b = msa.index_scores %diq, %dense {block_size = 128 : i64, causal = false}
      : (tensor<2x4x4x128xbf16>, tensor<2x300x128xbf16>) -> tensor<4x8x3xf32>
  // CHECK: msa.index_scores %{{.*}}, %{{.*}} {block_size = 128 : i64}
  %c = msa.index_scores %iq, %packed {block_size = 128 : i64} : (tensor<8x4x128xbf16>, tensor<?x128xbf16>) -> tensor<4x8x?xf32>
  return %a, %b, %c : tensor<4x8x?xf32>, tensor<4x8x3xf32>, tensor<4x8x?xf32>
}

// CHECK-LABEL: @select_blocks
func.func @select_blocks(%iq: tensor<8x4x128xbf16>, %ik: tensor<?x128x128xbf16>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>,
                         %scores: tensor<4x8x?xf32>) -> (tensor<4x8x16xi32>, tensor<8x4x16xi32>, tensor<8x4x16xf32>) {
  // CHECK: msa.select_blocks index(%{{.*}}, %{{.*}}) page_table(%{{.*}}) seqused_k(%{{.*}}) {block_size = 128 : i64, topk = 16 : i64}
  %a = msa.select_blocks index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x16xi32>
  // CHECK: msa.select_blocks scores(%{{.*}}) seqused_k(%{{.*}}) {block_size = 128 : i64, local_blocks = 2 : i64, selection = #msa.selection<layout = qhk, order = ascending>, sink_blocks = 1 : i64, topk = 16 : i64}
  %b, %s = msa.select_blocks scores(%scores) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64, sink_blocks = 1 : i64,
      local_blocks = 2 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<4x8x?xf32>, tensor<8xi32>) -> (tensor<8x4x16xi32>, tensor<8x4x16xf32>)
  return %a, %b, %s : tensor<4x8x16xi32>, tensor<8x4x16xi32>, tensor<8x4x16xf32>
}

// CHECK-LABEL: @transpose
// CHECK: msa.transpose_selection %{{.*}} cu_seqlens_q(%{{.*}}) {batch = 2 : i64, max_blocks = 256 : i64}
func.func @transpose(%sel: tensor<4x?x16xi32>, %cu: tensor<3xi32>) -> (tensor<4x513xi32>, tensor<4x?xi32>) {
  %offsets, %ids = msa.transpose_selection %sel cu_seqlens_q(%cu) {max_blocks = 256 : i64, batch = 2 : i64}
      : (tensor<4x?x16xi32>, tensor<3xi32>) -> (tensor<4x513xi32>, tensor<4x?xi32>)
  return %offsets, %ids : tensor<4x513xi32>, tensor<4x?xi32>
}

// CHECK-LABEL: @worklist
// CHECK: %{{.*}}:5 = msa.transpose_selection %{{.*}} {max_blocks = 256 : i64, max_queries = 128 : i64, sub_chunk = 4096 : i64}
func.func @worklist(%sel: tensor<4x8192x16xi32>) -> (tensor<4x131072xi32>, tensor<7168x4xi32>, tensor<1xi32>) {
  %offsets, %ids, %slots, %list, %count = msa.transpose_selection %sel {max_blocks = 256 : i64, max_queries = 128 : i64, sub_chunk = 4096 : i64}
      : (tensor<4x8192x16xi32>) -> (tensor<4x257xi32>, tensor<4x131072xi32>, tensor<4x131072xi32>, tensor<7168x4xi32>, tensor<1xi32>)
  return %slots, %list, %count : tensor<4x131072xi32>, tensor<7168x4xi32>, tensor<1xi32>
}

// CHECK-LABEL: @relayout
// CHECK: msa.relayout_selection %{{.*}} outs(%{{.*}}) {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = ascending>}
func.func @relayout(%sel: memref<8x4x16xi32>, %out: memref<4x8x16xi32>) {
  msa.relayout_selection %sel outs(%out) {from = #msa.selection<layout = qhk, order = any>,
      to = #msa.selection<layout = hqk, order = ascending>} : (memref<8x4x16xi32>, memref<4x8x16xi32>) -> ()
  return
}
