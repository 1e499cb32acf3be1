//===- Select.h - the meaning of the selecting ops --------------*- C++ -*-===//
//
// Every op here has the same form: its operands and attributes as plain data, a check that says "" or what was expected and found,
// and the op itself, which checks first and returns that text. Shapes are those of the msa dialect's description.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_REFERENCE_SELECT_H
#define MSA_REFERENCE_SELECT_H
#include "msa/Reference/Batch.h"

namespace msa::reference {

enum class SelectionLayout { HQK, QHK };
enum class SelectionOrder { Ascending, Any, LocalLast, Score };

/// The contract of a selection: its axis order and the order of ids in a row.
struct SelectionContract {
  SelectionLayout layout = SelectionLayout::HQK;
  SelectionOrder order = SelectionOrder::Ascending;
};
/// "hqk/ascending", as manifests spell it. Nothing if it is no contract.
std::optional<SelectionContract> parseSelection(const std::string &text);

/// A selection seen by KV head and token, whatever its layout.
struct SelectionView {
  Tensor tensor;
  SelectionLayout layout = SelectionLayout::HQK;
  int64_t numHeads() const { return tensor.shape[layout == SelectionLayout::HQK ? 0 : 1]; }
  int64_t totalQ() const { return tensor.shape[layout == SelectionLayout::HQK ? 1 : 0]; }
  int64_t topk() const { return tensor.shape[2]; }
  int64_t offset(int64_t head, int64_t token, int64_t slot) const {
    return layout == SelectionLayout::HQK ? tensor.offset({head, token, slot}) : tensor.offset({token, head, slot});
  }
  /// Ids of a row up to the first -1.
  std::vector<int64_t> row(int64_t head, int64_t token) const;
};
/// "" or what is wrong with one row: ids in [0, maxBlocks), unique, -1 only as a suffix, ascending where the contract says so.
std::string checkSelectionRow(const SelectionView &selection, SelectionOrder order, int64_t head, int64_t token,
                              int64_t maxBlocks);

/// msa.index_scores: scores [num_index_heads, total_q, max_blocks], rounded to f32.
struct IndexScoresArgs {
  Tensor indexQuery; ///< [total_q, num_index_heads, index_dim] or dense
  Tensor
      indexKey; ///< [total_k, index_dim], dense [batch, seqlen_k, index_dim], paged [num_pages, page_size, index_dim]
  BatchOperands batch;
  int64_t blockSize = 0;
  double softmaxScale = 0; ///< 0: 1 / sqrt(index_dim)
  bool causal = true;
};
std::string check(const IndexScoresArgs &args);
std::string indexScores(const IndexScoresArgs &args, const Tensor &scores, const Options &options = {});
/// ceil(capacity / block_size).
int64_t maxBlocksOf(const IndexScoresArgs &args);

/// msa.select_blocks, from scores or fused: the same result, since the fused form ranks the same f32 scores.
struct SelectBlocksArgs {
  Tensor scores;         ///< [num_index_heads, total_q, max_blocks]; empty: from `index`
  IndexScoresArgs index; ///< the fused form's tensors; batch, blockSize and causal serve both forms
  int64_t topk = 0, sinkBlocks = 0, localBlocks = 1;
  SelectionContract selection;
};
std::string check(const SelectBlocksArgs &args);
/// `selected` i32 by the contract's layout; `selectedScores` f32 of the same shape, or empty.
std::string selectBlocks(const SelectBlocksArgs &args, const Tensor &selected, const Tensor &selectedScores,
                         const Options &options = {});
/// f32 scores of one row, one per visible block.
std::vector<float> rowScores(const SelectBlocksArgs &args, const Batch &batch, int64_t head, int64_t token);
/// The requests of a call; nothing, and the reason in `error`, where `check` fails.
std::optional<Batch> batchOf(const SelectBlocksArgs &args, std::string &error);
/// The best `topk` of one row's visible blocks by the tie rule, forced ones included, ascending. NaN counts as -inf.
std::vector<int64_t> selectRow(const std::vector<float> &scores, const Visibility &seen, const SelectBlocksArgs &args);

/// msa.transpose_selection.
struct TransposeSelectionArgs {
  Tensor selected;
  SelectionContract selection;
  Tensor cuSeqlensQ; ///< or empty
  int64_t maxBlocks = 0, batch = 1;
  int64_t maxQueries = 0; ///< 0: no worklist
  int64_t subChunk = 0;
};
/// i32; the last three may be empty.
struct TransposedSelection {
  Tensor rowOffsets; ///< [num_kv_heads, batch * max_blocks + 1]
  Tensor queryIds;   ///< [num_kv_heads, total_q * topk]
  Tensor slots;      ///< as queryIds
  Tensor worklist;   ///< [worklistCapacity, 4]
  Tensor numItems;   ///< [1]
};
std::string check(const TransposeSelectionArgs &args);
std::string transposeSelection(const TransposeSelectionArgs &args, const TransposedSelection &result);
/// Rows of a worklist.
int64_t worklistCapacity(const TransposeSelectionArgs &args);

/// msa.relayout_selection.
struct RelayoutSelectionArgs {
  Tensor selected;
  SelectionContract from, to;
};
std::string check(const RelayoutSelectionArgs &args);
std::string relayoutSelection(const RelayoutSelectionArgs &args, const Tensor &result, const Options &options = {});

} // namespace msa::reference
#endif
