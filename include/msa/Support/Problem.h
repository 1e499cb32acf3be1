//===- Problem.h - one attention problem as plain data ----------*- C++ -*-===//
#ifndef MSA_SUPPORT_PROBLEM_H
#define MSA_SUPPORT_PROBLEM_H
#include "msa/Support/Dtype.h"
#include <cstdint>
#include <string>

namespace msa {

/// How keys and values lie in memory (strides are free in all three).
enum class KvLayout : int32_t {
  Packed, ///< [total_k, num_kv_heads, head_dim], requests at cu_seqlens_k (index keys: [total_k, index_dim])
  Dense,  ///< [batch, seqlen_k, num_kv_heads, head_dim] (index keys: [batch, seqlen_k, index_dim])
  Paged,  ///< [num_pages, num_kv_heads, page_size, head_dim] through page_table [batch, max_pages]
          ///< (index keys: [num_pages, page_size, index_dim])
};

/// Everything about a problem that the compiler knows statically: the key of strategies, recipes and tuning records.
/// Sizes that vary at run time (total_q, batch, lengths) are not here. Units: tokens, heads, elements.
struct Problem {
  Dtype dtype = Dtype::BF16; ///< of q, k, v and the output
  int64_t numQHeads = 64;    ///< query heads
  int64_t numKvHeads = 4;    ///< KV heads; group = numQHeads / numKvHeads
  int64_t headDim = 128;
  int64_t indexDim = 0;    ///< 0 where there is no index branch
  int64_t blockSize = 128; ///< keys of one KV block, the unit of selection
  int64_t topk = 16;       ///< KV blocks a query keeps, forced ones included
  int64_t sinkBlocks = 0;  ///< first blocks that are always kept
  int64_t localBlocks = 1; ///< last visible blocks that are always kept; at least the query's own
  KvLayout kvLayout = KvLayout::Paged;
  int64_t pageSize = 0;   ///< keys of a page; 0 unless kvLayout is Paged
  bool raggedQ = false;   ///< requests' queries at cu_seqlens_q; else every request has total_q / batch
  bool hasKvLens = false; ///< seqused_k gives each request's keys
  bool causal = true;
  bool returnLse = false;
  double softmaxScale = 0; ///< applied to q.k before the exponential

  int64_t group() const { return numQHeads / numKvHeads; }
};

} // namespace msa
#endif
