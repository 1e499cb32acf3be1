// The kernels beside attention at the MiniMax-M3 shape: a selection from scores, its transposition with a worklist, another order, partials combined.
#last = #msa.selection<layout = qhk, order = local_last>
func.func @lists(%scores: tensor<4x?x?xf32>, %cu: tensor<9xi32>, %lens: tensor<8xi32>, %partial: tensor<16x?x64x128xf32>, %partial_lse: tensor<16x?x64xf32>)
    -> (tensor<?x4x16xi32>, tensor<4x2049xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>, tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %s = msa.select_blocks scores(%scores) cu_seqlens_q(%cu) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<4x?x?xf32>, tensor<9xi32>, tensor<8xi32>) -> tensor<4x?x16xi32>
  %r = msa.relayout_selection %s {from = #msa.selection<layout = hqk, order = ascending>, to = #last} : (tensor<4x?x16xi32>) -> tensor<?x4x16xi32>
  %o, %i, %w, %n = msa.transpose_selection %s cu_seqlens_q(%cu) {max_blocks = 256 : i64, batch = 8 : i64, max_queries = 128 : i64, sub_chunk = 512 : i64}
      : (tensor<4x?x16xi32>, tensor<9xi32>) -> (tensor<4x2049xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>)
  %output, %lse = msa.combine %partial, %partial_lse : (tensor<16x?x64x128xf32>, tensor<16x?x64xf32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  return %r, %o, %i, %w, %n, %output, %lse
      : tensor<?x4x16xi32>, tensor<4x2049xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>, tensor<?x64x128xbf16>, tensor<?x64xf32>
}
