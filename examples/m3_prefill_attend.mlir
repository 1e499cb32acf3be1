// The attending half of m3_prefill.mlir: the selection is an input, made by someone else's index. This is the part that
// has GPU kernels today.
//
// %selected     [4 KV heads, total_q, 16]: block ids of each query, unique, -1 from the first unused slot on
func.func @m3_prefill_attend(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>, %v: tensor<?x4x128xbf16>,
                             %selected: tensor<4x?x16xi32>, %cu: tensor<?xi32>)
    -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %o, %lse = msa.attend %q, %k, %v, %selected cu_seqlens_q(%cu) cu_seqlens_k(%cu) {block_size = 128 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<4x?x16xi32>, tensor<?xi32>,
         tensor<?xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  return %o, %lse : tensor<?x64x128xbf16>, tensor<?x64xf32>
}
