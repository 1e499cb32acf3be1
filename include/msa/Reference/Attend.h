//===- Attend.h - the meaning of the attending ops --------------*- C++ -*-===//
#ifndef MSA_REFERENCE_ATTEND_H
#define MSA_REFERENCE_ATTEND_H
#include "msa/Reference/Select.h"

namespace msa::reference {

/// msa.attend. With splits > 0 the results are partials, [splits, total_q, num_q_heads, head_dim] and [splits, total_q, num_q_heads]:
/// slot i of a selection row belongs to split i mod splits.
struct AttendArgs {
  Tensor query; ///< [total_q, num_q_heads, head_dim] or dense [batch, seqlen_q, num_q_heads, head_dim]
  Tensor key;   ///< [total_k, num_kv_heads, head_dim], dense, or paged [num_pages, num_kv_heads, page_size, head_dim]
  Tensor value; ///< as key
  Tensor selected; ///< by the contract's layout
  BatchOperands batch;
  int64_t blockSize = 0;
  double softmaxScale = 0; ///< 0: 1 / sqrt(head_dim)
  bool causal = true;
  SelectionContract selection;
  int64_t splits = 0;
};
/// "" or what was expected and found, in shapes, lengths, page ids or (of `rows`, all if null) selection rows.
std::string check(const AttendArgs &args, const std::vector<int64_t> *rows = nullptr);
/// `output` as the query (dense or packed); `lse` [total_q, num_q_heads], or empty.
std::string attend(const AttendArgs &args, const Tensor &output, const Tensor &lse, const Options &options = {});

/// msa.combine: partial [splits, total_q, num_q_heads, head_dim], partialLse [splits, total_q, num_q_heads].
struct CombineArgs {
  Tensor partial, partialLse;
};
std::string check(const CombineArgs &args);
std::string combine(const CombineArgs &args, const Tensor &output, const Tensor &lse, const Options &options = {});

} // namespace msa::reference
#endif
