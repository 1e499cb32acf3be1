func.func @decode(%q: tensor<?x16x64xbf16>, %k: tensor<?x2x64x64xbf16>, %v: tensor<?x2x64x64xbf16>, %selected: tensor<2x?x4xi32>,
                  %pages: tensor<?x?xi32>, %kv_len: tensor<?xi32>) -> tensor<?x16x64xbf16> {
  %o = msa.attend %q, %k, %v, %selected page_table(%pages) seqused_k(%kv_len) {block_size = 64 : i64}
      : (tensor<?x16x64xbf16>, tensor<?x2x64x64xbf16>, tensor<?x2x64x64xbf16>, tensor<2x?x4xi32>, tensor<?x?xi32>,
         tensor<?xi32>) -> tensor<?x16x64xbf16>
  return %o : tensor<?x16x64xbf16>
}
