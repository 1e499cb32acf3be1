#ifndef MSA_SELECT_OPS_TD
#define MSA_SELECT_OPS_TD
include "dialects/Msa/IR/MsaOpBase.td"

def Msa_IndexScoresOp : Msa_Op<"index_scores", [AttrSizedOperandSegments, Msa_TilingOverHeads]> {
  let summary = "Score every KV block for every query: the max of the scaled dot products with its visible keys";
  let description = [{
    `scores[h, t, b]` is the maximum over the visible keys j of block b of `softmax_scale * <index_query[t, h], index_key[j]>`
    in fp32, and -inf where the block has no visible key. No exponential, no sum over heads.

    Example:

    ```mlir
    %scores = msa.index_scores %iq, %ik page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
        : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x?xf32>
    ```
  }];
  let arguments = (ins Msa_Shaped:$index_query, Msa_Shaped:$index_key,
    Optional<Msa_Shaped>:$cu_seqlens_q, Optional<Msa_Shaped>:$cu_seqlens_k,
    Optional<Msa_Shaped>:$page_table, Optional<Msa_Shaped>:$seqused_k,
    Variadic<AnyMemRef>:$outs,
    I64Attr:$block_size, OptionalAttr<F32Attr>:$softmax_scale, DefaultValuedAttr<BoolAttr, "true">:$causal,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results); // scores
  let assemblyFormat = [{
    $index_query `,` $index_key (`cu_seqlens_q` `(` $cu_seqlens_q^ `)`)? (`cu_seqlens_k` `(` $cu_seqlens_k^ `)`)?
    (`page_table` `(` $page_table^ `)`)? (`seqused_k` `(` $seqused_k^ `)`)? (`outs` `(` $outs^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Msa_SelectBlocksOp : Msa_Op<"select_blocks", [AttrSizedOperandSegments, Msa_TilingOverHeads, Msa_Aggregated]> {
  let summary = "Keep each query's best KV blocks, the forced ones included";
  let description = [{
    From `scores`, or fused from `index_query` and `index_key` (then no score matrix exists). A row's candidates are its
    visible blocks. The first `sink_blocks` and the last `local_blocks` visible ones (the query's own among them) are
    forced and cost a slot each; the remaining slots go to the best scores, ties to the lower id. Rows with at most
    `topk` visible blocks keep them all. Unused slots hold -1. Ids are ascending unless `selection` says otherwise.
    The optional second result holds the score of each selected block (f32, same shape; +-inf never invented: forced
    blocks carry their own score; -inf in unused slots).

    Example:

    ```mlir
    %sel = msa.select_blocks index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
        : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x16xi32>
    ```
  }];
  let arguments = (ins Optional<Msa_Shaped>:$scores,
    Optional<Msa_Shaped>:$index_query, Optional<Msa_Shaped>:$index_key,
    Optional<Msa_Shaped>:$cu_seqlens_q, Optional<Msa_Shaped>:$cu_seqlens_k,
    Optional<Msa_Shaped>:$page_table, Optional<Msa_Shaped>:$seqused_k,
    Variadic<AnyMemRef>:$outs,
    I64Attr:$block_size, I64Attr:$topk,
    DefaultValuedAttr<I64Attr, "0">:$sink_blocks, DefaultValuedAttr<I64Attr, "1">:$local_blocks,
    OptionalAttr<F32Attr>:$softmax_scale, DefaultValuedAttr<BoolAttr, "true">:$causal,
    OptionalAttr<Msa_SelectionAttr>:$selection,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results); // selection, and optionally the selected scores
  let assemblyFormat = [{
    (`scores` `(` $scores^ `)`)? (`index` `(` $index_query^ `,` $index_key `)`)?
    (`cu_seqlens_q` `(` $cu_seqlens_q^ `)`)? (`cu_seqlens_k` `(` $cu_seqlens_k^ `)`)?
    (`page_table` `(` $page_table^ `)`)? (`seqused_k` `(` $seqused_k^ `)`)? (`outs` `(` $outs^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Msa_TransposeSelectionOp : Msa_Op<"transpose_selection", [AttrSizedOperandSegments]> {
  let summary = "For each KV block, the queries that chose it (CSR)";
  let description = [{
    Row `request * max_blocks + block` of KV head h lists, ascending, the query tokens (packed token ids) that selected
    that block: `query_ids[h, row_offsets[h, row] .. row_offsets[h, row + 1])`. `row_offsets` is `[num_kv_heads,
    batch * max_blocks + 1]`, `query_ids` is `[num_kv_heads, total_q * topk]` and holds -1 past the last offset.

    A third result, `slots`, says of each entry of `query_ids` in which slot of the token's selection the block stood.

    With `max_queries`, two more results at the end share the lists out in equal parts: `worklist` is `[capacity, 4]`, a
    part a row: KV head, row, first entry of the list, and how many. The entries of one row are cut where the token id
    passes a multiple of `sub_chunk` (0: nowhere), and n entries that are then together into p = ceil(n / max_queries)
    parts of ceil(n / p), of which the last may be shorter. Parts are ordered by KV head, sub-chunk, row and place in the
    list; rows past the last part hold -1. `num_items` is `[1]`: how many parts there are. The capacity is
    `num_kv_heads * (total_q * topk / max_queries + min(total_q * topk, (batch + ceil(total_q / sub_chunk)) * max_blocks))`,
    without the ceil where `sub_chunk` is 0.

    Example:

    ```mlir
    %offsets, %ids = msa.transpose_selection %sel {max_blocks = 256 : i64}
        : (tensor<4x8192x16xi32>) -> (tensor<4x257xi32>, tensor<4x131072xi32>)
    %o, %i, %slots, %worklist, %num_items = msa.transpose_selection %sel {max_blocks = 256 : i64, max_queries = 128 : i64,
        sub_chunk = 4096 : i64} : (tensor<4x8192x16xi32>)
        -> (tensor<4x257xi32>, tensor<4x131072xi32>, tensor<4x131072xi32>, tensor<7168x4xi32>, tensor<1xi32>)
    ```
  }];
  let arguments = (ins Msa_Shaped:$selected, Optional<Msa_Shaped>:$cu_seqlens_q,
    Variadic<AnyMemRef>:$outs, I64Attr:$max_blocks, DefaultValuedAttr<I64Attr, "1">:$batch,
    OptionalAttr<I64Attr>:$max_queries, DefaultValuedAttr<I64Attr, "0">:$sub_chunk,
    OptionalAttr<Msa_SelectionAttr>:$selection,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results); // row_offsets, query_ids, optionally slots, optionally worklist, num_items
  let assemblyFormat = [{
    $selected (`cu_seqlens_q` `(` $cu_seqlens_q^ `)`)? (`outs` `(` $outs^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// How many results (or outs) there are; of those behind the first two, slots come first.
    unsigned numDestinations() { return getOuts().empty() ? getNumResults() : getOuts().size(); }
    bool hasSlots() { return numDestinations() % 2 == 1; }
  }];
}

def Msa_RelayoutSelectionOp : Msa_Op<"relayout_selection"> {
  let summary = "Bring a selection from one contract to another";
  let description = [{
    Permutes axes and reorders ids within rows as `from` and `to` differ. `to` may be any layout with order `ascending` or
    `local_last` (the two coincide: the largest id of a row is the query's own block), or `any` (ids stay in place).

    Example:

    ```mlir
    %hqk = msa.relayout_selection %qhk {from = #msa.selection<layout = qhk, order = any>,
        to = #msa.selection<layout = hqk, order = ascending>} : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
    ```
  }];
  let arguments = (ins Msa_Shaped:$selected, Variadic<AnyMemRef>:$outs,
    Msa_SelectionAttr:$from, Msa_SelectionAttr:$to,
    OptionalAttr<Msa_StrategyAttr>:$strategy, OptionalAttr<Msa_TileConfigAttr>:$tile_config);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$selected (`outs` `(` $outs^ `)`)? attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}
#endif
