#ifndef MSA_DIALECT_TD
#define MSA_DIALECT_TD
include "mlir/IR/OpBase.td"

def Msa_Dialect : Dialect {
  let name = "msa";
  let cppNamespace = "::mlir::msa";
  let summary = "Blockwise top-k sparse attention: what is wanted, never how";
  let description = [{
    A small index branch scores blocks of keys, every query keeps its best `topk` blocks per group of query heads, and
    exact softmax attention runs over only those. The ops say what is wanted on tensors (or, after bufferisation, on
    memrefs); strategy and tile numbers ride on them as attributes once decided. No op of this dialect knows a thread,
    a warp or a stage.

    Shapes, shared by all ops (`total_q` tokens of all requests packed in order):

    | name | shape | element |
    |---|---|---|
    | query, output | `[total_q, num_q_heads, head_dim]`, or dense `[batch, seqlen_q, num_q_heads, head_dim]` | bf16, f16, f32 |
    | key, value | packed `[total_k, num_kv_heads, head_dim]`, dense `[batch, seqlen_k, num_kv_heads, head_dim]`, or with `page_table` paged `[num_pages, num_kv_heads, page_size, head_dim]` | as query |
    | index_query | `[total_q, num_index_heads, index_dim]` or dense `[batch, seqlen_q, ...]` | as query |
    | index_key | packed `[total_k, index_dim]`, dense `[batch, seqlen_k, index_dim]`, paged `[num_pages, page_size, index_dim]` | as query |
    | scores | `[num_index_heads, total_q, max_blocks]` | f32 |
    | selection | `[num_kv_heads, total_q, topk]` (`layout = hqk`) or `[total_q, num_kv_heads, topk]` (`qhk`) | i32 |
    | lse | `[total_q, num_q_heads]`, natural log | f32 |
    | cu_seqlens_q, cu_seqlens_k | `[batch + 1]`, ascending, first 0 | i32 |
    | seqused_k | `[batch]`: keys of each request | i32 |
    | page_table | `[batch, max_pages]` | i32 |

    Query t of a request sits at position `kv_len - q_len + t`; blocks align to position 0 of the request. Without
    `cu_seqlens_q` every request has `total_q / batch` query tokens.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}
#endif
