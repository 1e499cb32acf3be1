#ifndef MSA_ATTEND_OPS_TD
#define MSA_ATTEND_OPS_TD
include "dialects/Msa/IR/MsaOpBase.td"

def Msa_AttendOp : Msa_Op<"attend", [AttrSizedOperandSegments, Msa_TilingOverHeads]> {
  let summary = "Exact softmax attention of each query over the KV blocks selected for it";
  let description = [{
    `output[t, h] = softmax(softmax_scale * query[t, h] . key[j]) . value[j]` over the visible keys j of the blocks that
    `selected` names for KV head `h / group`. An empty row gives 0 and LSE -inf. The optional second result is the LSE.

    Example:

    ```mlir
    %o, %lse = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
        : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>,
           tensor<8x?xi32>, tensor<8xi32>) -> (tensor<8x64x128xbf16>, tensor<8x64xf32>)
    ```
  }];
  let arguments = (ins Msa_Shaped:$query, Msa_Shaped:$key, Msa_Shaped:$value, Msa_Shaped:$selected,
    Optional<Msa_Shaped>:$cu_seqlens_q, Optional<Msa_Shaped>:$cu_seqlens_k,
    Optional<Msa_Shaped>:$page_table, Optional<Msa_Shaped>:$seqused_k,
    Variadic<AnyMemRef>:$outs,
    I64Attr:$block_size, OptionalAttr<F32Attr>:$softmax_scale, DefaultValuedAttr<BoolAttr, "true">:$causal,
    OptionalAttr<Msa_SelectionAttr>:$selection,
    // splits > 0 (set by SplitKv): results are partials, [splits, total_q, num_q_heads, head_dim] f32 and
    // [splits, total_q, num_q_heads] f32; each split takes its share of the selected blocks (which one, the lowering decides).
    DefaultValuedAttr<I64Attr, "0">:$splits,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results); // output, and optionally lse
  let assemblyFormat = [{
    $query `,` $key `,` $value `,` $selected
    (`cu_seqlens_q` `(` $cu_seqlens_q^ `)`)? (`cu_seqlens_k` `(` $cu_seqlens_k^ `)`)?
    (`page_table` `(` $page_table^ `)`)? (`seqused_k` `(` $seqused_k^ `)`)? (`outs` `(` $outs^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Msa_CombineOp : Msa_Op<"combine", [Msa_TilingOverHeads]> {
  let summary = "Merge partial outputs by their LSE";
  let description = [{
    With partials s: `a = max_s lse[s]`, `lse = a + log(sum_s exp(lse[s] - a))`, `output = sum_s exp(lse[s] - lse) * partial[s]`.
    Partials with LSE -inf are ignored whatever they hold; if all are, the output is 0 and its LSE -inf.

    Example:

    ```mlir
    %o, %lse = msa.combine %partial, %partial_lse
        : (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>) -> (tensor<8x64x128xbf16>, tensor<8x64xf32>)
    ```
  }];
  let arguments = (ins Msa_Shaped:$partial, Msa_Shaped:$partial_lse, Variadic<AnyMemRef>:$outs,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results); // output, and optionally lse
  let assemblyFormat = "$partial `,` $partial_lse (`outs` `(` $outs^ `)`)? attr-dict `:` functional-type(operands, results)";
}

def Msa_AttentionOp : Msa_Op<"attention", [AttrSizedOperandSegments, Msa_Aggregated]> {
  let summary = "The whole of MSA as one op: index, select, attend";
  let description = [{
    Decomposes into `select_blocks` and `attend`. Index keys use the same page table as keys and values.
    Results: the output, optionally the LSE (f32), optionally the selection (i32), told apart by element type and rank.

    Example:

    ```mlir
    %o = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
        : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<8x4x128xbf16>,
           tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<8x64x128xbf16>
    ```
  }];
  let arguments = (ins Msa_Shaped:$query, Msa_Shaped:$key, Msa_Shaped:$value,
    Msa_Shaped:$index_query, Msa_Shaped:$index_key,
    Optional<Msa_Shaped>:$cu_seqlens_q, Optional<Msa_Shaped>:$cu_seqlens_k,
    Optional<Msa_Shaped>:$page_table, Optional<Msa_Shaped>:$seqused_k,
    Variadic<AnyMemRef>:$outs,
    I64Attr:$block_size, I64Attr:$topk,
    DefaultValuedAttr<I64Attr, "0">:$sink_blocks, DefaultValuedAttr<I64Attr, "1">:$local_blocks,
    OptionalAttr<F32Attr>:$softmax_scale, OptionalAttr<F32Attr>:$index_scale,
    DefaultValuedAttr<BoolAttr, "true">:$causal,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results); // output, optionally lse, optionally selection
  let assemblyFormat = [{
    $query `,` $key `,` $value `index` `(` $index_query `,` $index_key `)`
    (`cu_seqlens_q` `(` $cu_seqlens_q^ `)`)? (`cu_seqlens_k` `(` $cu_seqlens_k^ `)`)?
    (`page_table` `(` $page_table^ `)`)? (`seqused_k` `(` $seqused_k^ `)`)? (`outs` `(` $outs^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}
#endif
