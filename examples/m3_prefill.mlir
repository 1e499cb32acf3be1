// Prefill of one MiniMax-M3 attention layer: the prompts of a batch, packed one after the other, see themselves.
//   64 query heads share 4 KV heads (16 each); head dim 128; a query keeps 16 of its blocks of 128 keys.
//
//   msa-compile examples/m3_prefill.mlir --target=cpu -o m3_prefill.msab && msa-run m3_prefill.msab --verify
//
// %q            queries of all tokens, bf16            %iq, %ik   index queries (one head per KV head) and index keys
// %k, %v        their keys and values                  %cu        where each request's tokens begin: cu[b] .. cu[b + 1]
// Results: the attention output and, per token and head, the natural log of the sum of exponentials (LSE).
func.func @m3_prefill(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>, %v: tensor<?x4x128xbf16>,
                      %iq: tensor<?x4x128xbf16>, %ik: tensor<?x128xbf16>, %cu: tensor<?xi32>)
    -> (tensor<?x64x128xbf16>, tensor<?x64xf32>) {
  %o, %lse = msa.attention %q, %k, %v index(%iq, %ik) cu_seqlens_q(%cu) cu_seqlens_k(%cu)
      {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?x128xbf16>,
         tensor<?xi32>, tensor<?xi32>) -> (tensor<?x64x128xbf16>, tensor<?x64xf32>)
  return %o, %lse : tensor<?x64x128xbf16>, tensor<?x64xf32>
}
