// Decode of one MiniMax-M3 attention layer: every request has the same few new tokens (total_q / batch: one, or up to 16
// when it speculates) and its keys in a paged cache of 128-key pages.
func.func @m3_decode(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>,
                     %iq: tensor<?x4x128xbf16>, %ik: tensor<?x128x128xbf16>,
                     %pages: tensor<?x?xi32>, %kv_len: tensor<?xi32>) -> tensor<?x64x128xbf16> {
  %o = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pages) seqused_k(%kv_len)
      {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128xbf16>,
         tensor<?x128x128xbf16>, tensor<?x?xi32>, tensor<?xi32>) -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}
