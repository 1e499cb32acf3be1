// The attending half of m3_decode.mlir: paged cache, the selection as an input. On a GPU the selected blocks of a query
// are split over several thread blocks, whose partial outputs a second kernel combines.
func.func @m3_decode_attend(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128x128xbf16>, %v: tensor<?x4x128x128xbf16>,
                            %selected: tensor<4x?x16xi32>, %pages: tensor<?x?xi32>, %kv_len: tensor<?xi32>)
    -> tensor<?x64x128xbf16> {
  %o = msa.attend %q, %k, %v, %selected page_table(%pages) seqused_k(%kv_len) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x?x16xi32>,
         tensor<?x?xi32>, tensor<?xi32>) -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}
