// Chunked prefill of one MiniMax-M3 attention layer: each request brings the next chunk of its prompt, and its earlier
// keys already stand in a paged cache (pages of 128 keys). Query t of a request with n keys and a chunk of c tokens sits
// at position n - c + t.
//
// The three ops that msa.attention stands for, written out: score the blocks, keep the best, attend to them. The first
// block (an attention sink) and the query's own block are always kept and count among the 16.
//
// %pages        [batch, max_pages]: which page holds keys 128 i .. 128 i + 127 of a request
// %kv_len       [batch]: the keys of each request, this chunk's included
func.func @m3_chunked_prefill(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>,
                              %iq: tensor<?x4x128xbf16>, %ik: tensor<?x128x128xbf16>, %cu: tensor<?xi32>,
                              %pages: tensor<?x?xi32>, %kv_len: tensor<?xi32>) -> tensor<?x64x128xbf16> {
  %scores = msa.index_scores %iq, %ik cu_seqlens_q(%cu) page_table(%pages) seqused_k(%kv_len) {block_size = 128 : i64}
      : (tensor<?x4x128xbf16>, tensor<?x128x128xbf16>, tensor<?xi32>, tensor<?x?xi32>, tensor<?xi32>)
      -> tensor<4x?x?xf32>
  %selected = msa.select_blocks scores(%scores) cu_seqlens_q(%cu) page_table(%pages) seqused_k(%kv_len)
      {block_size = 128 : i64, topk = 16 : i64, sink_blocks = 1 : i64}
      : (tensor<4x?x?xf32>, tensor<?xi32>, tensor<?x?xi32>, tensor<?xi32>) -> tensor<4x?x16xi32>
  %o = msa.attend %q, %k, %v, %selected cu_seqlens_q(%cu) page_table(%pages) seqused_k(%kv_len) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x?x16xi32>, tensor<?xi32>,
         tensor<?x?xi32>, tensor<?xi32>) -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}
