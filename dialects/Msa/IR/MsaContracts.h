//===- MsaContracts.h - what the ops' operands mean, read once --*- C++ -*-===//
//
// Every verifier, strategy and lowering asks the same questions of an op: which KV layout is this, how many heads, what
// scale, how many requests, how many blocks at most. The answers are computed here and nowhere else. Everything works on
// tensors and on memrefs alike.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_DIALECTS_MSA_IR_MSACONTRACTS_H
#define MSA_DIALECTS_MSA_IR_MSACONTRACTS_H
#include "dialects/Msa/IR/MsaDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "msa/Support/Problem.h"
#include "msa/Support/TileConfig.h"

namespace mlir::msa {

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The operands that say how many requests there are and where their tokens lie. Null where the op has none.
struct BatchOperands {
  Value cuSeqlensQ; ///< [batch + 1] i32
  Value cuSeqlensK; ///< [batch + 1] i32
  Value pageTable;  ///< [batch, max_pages] i32
  Value sequsedK;   ///< [batch] i32
};
BatchOperands batchOperandsOf(IndexScoresOp op);
BatchOperands batchOperandsOf(SelectBlocksOp op);
BatchOperands batchOperandsOf(AttendOp op);
BatchOperands batchOperandsOf(AttentionOp op);

/// The shape of a tensor or memref value.
inline ShapedType shapedTypeOf(Value value) { return cast<ShapedType>(value.getType()); }

/// Where an op's results go: its results in tensor form, its `outs` in buffer form.
template <typename OpTy> ValueRange destinationsOf(OpTy op) {
  return op.getOuts().empty() ? ValueRange(op.getResults()) : ValueRange(op.getOuts());
}
/// True where the op reads and writes memrefs.
template <typename OpTy> bool isBufferForm(OpTy op) { return !op.getOuts().empty(); }

/// Which destination of `msa.attention` is which; -1 where it has none.
struct AttentionResults {
  int output = 0, lse = -1, selection = -1;
};
AttentionResults attentionResultsOf(AttentionOp op);

//===----------------------------------------------------------------------===//
// Shapes. Sizes are ShapedType::kDynamic where they are known only at run time.
//===----------------------------------------------------------------------===//

/// A query or index query: packed [total_q, heads, dim] or dense [batch, seqlen_q, heads, dim].
struct QueryShape {
  bool dense = false;
  int64_t batch = ShapedType::kDynamic;  ///< dense only
  int64_t seqlen = ShapedType::kDynamic; ///< dense only
  int64_t totalQ = ShapedType::kDynamic; ///< query tokens of all requests; dense: batch * seqlen
  int64_t heads = ShapedType::kDynamic;
  int64_t dim = ShapedType::kDynamic;
};
QueryShape queryShapeOf(ShapedType query);

/// Keys, values (with heads) or index keys (without).
struct KeyShape {
  ::msa::KvLayout layout = ::msa::KvLayout::Packed;
  int64_t batch = ShapedType::kDynamic;    ///< dense only
  int64_t capacity = ShapedType::kDynamic; ///< packed: total_k; dense: seqlen_k; paged: dynamic here, see maxBlocksOf
  int64_t pageSize = 0;                    ///< paged only
  int64_t heads = 0;                       ///< 0 for index keys
  int64_t dim = ShapedType::kDynamic;
};
/// Shape of `key` or `value`. The rank must be 3 or 4 (4 where `paged`).
KeyShape keyShapeOf(ShapedType key, bool paged);
/// Shape of `index_key`. The rank must be 2 or 3 (3 where `paged`).
KeyShape indexKeyShapeOf(ShapedType indexKey, bool paged);

/// The contract of a selection; absent means hqk, ascending.
SelectionAttr selectionOrDefault(MLIRContext *context, SelectionAttr selection);
template <typename OpTy> SelectionAttr selectionOf(OpTy op) {
  return selectionOrDefault(op->getContext(), op.getSelectionAttr());
}
/// Axes of a selection: which one counts KV heads, and which query tokens (slots are always axis 2).
inline unsigned headAxis(SelectionLayout layout) { return layout == SelectionLayout::HQK ? 0 : 1; }
inline unsigned tokenAxis(SelectionLayout layout) { return layout == SelectionLayout::HQK ? 1 : 0; }
/// True where every row that keeps `given` also keeps `wanted`.
bool impliesOrder(SelectionOrder given, SelectionOrder wanted);

/// Request count: static, or ShapedType::kDynamic. One request where no operand says otherwise.
int64_t batchSizeOf(BatchOperands batch, ShapedType query, std::optional<KeyShape> key);
/// KV blocks a request can have at most: ceil(capacity / block_size). Static, or ShapedType::kDynamic.
int64_t maxBlocksOf(const KeyShape &key, Value pageTable, int64_t blockSize);
int64_t maxBlocksOf(IndexScoresOp op);
int64_t maxBlocksOf(SelectBlocksOp op); // from `scores`: their last size
int64_t maxBlocksOf(AttendOp op);

//===----------------------------------------------------------------------===//
// The same sizes as IR, for what is known only at run time. Constants fold to attributes.
//===----------------------------------------------------------------------===//

/// Size of `value` along `axis`: an attribute, or a tensor.dim / memref.dim.
OpFoldResult sizeOf(OpBuilder &builder, Location loc, Value value, int64_t axis);
/// Query tokens of all requests. `query` is packed or dense.
OpFoldResult totalQOf(OpBuilder &builder, Location loc, Value query);
OpFoldResult mulSizes(OpBuilder &builder, Location loc, OpFoldResult lhs, OpFoldResult rhs);
OpFoldResult ceilDivSizes(OpBuilder &builder, Location loc, OpFoldResult lhs, int64_t rhs);
/// As above: KV blocks a request can have at most. `key` is `key` or `index_key`.
OpFoldResult maxBlocksOf(OpBuilder &builder, Location loc, Value key, bool isIndexKey, Value pageTable,
                         int64_t blockSize);
/// Rows of a worklist of `msa.transpose_selection`: no selection has more parts. A chunk's tokens are of few requests, so that
/// of the pairs (sub-chunk, request) at most as many as there are of both occur.
OpFoldResult worklistCapacityOf(OpBuilder &builder, Location loc, OpFoldResult heads, OpFoldResult entries,
                                OpFoldResult totalQ, OpFoldResult batch, OpFoldResult maxBlocks, int64_t maxQueries,
                                int64_t subChunk);
/// Request count.
OpFoldResult batchSizeOf(OpBuilder &builder, Location loc, IndexScoresOp op);
OpFoldResult batchSizeOf(OpBuilder &builder, Location loc, SelectBlocksOp op);
OpFoldResult batchSizeOf(OpBuilder &builder, Location loc, AttendOp op);

//===----------------------------------------------------------------------===//
// Problems
//===----------------------------------------------------------------------===//

/// 1 / sqrt(dim).
double defaultSoftmaxScale(int64_t dim);
/// The scale an op applies: its attribute, or the default for its head (or index) dim.
double softmaxScaleOf(IndexScoresOp op);
double softmaxScaleOf(SelectBlocksOp op); // index form only
double softmaxScaleOf(AttendOp op);
double softmaxScaleOf(AttentionOp op);
double indexScaleOf(AttentionOp op);

/// bf16, f16, f32, i32.
FailureOr<::msa::Dtype> dtypeOf(Type elementType);

/// What is known statically of an op. Verified ops always have an answer; an op built wrong gets a diagnostic.
/// Fields that an op does not have: `attend` has no index dim (0), no sink or local blocks (0, 1); `index_scores` and
/// `select_blocks` have numQHeads = numKvHeads = index heads, headDim 0 and no topk (index_scores: 0);
/// `select_blocks` from scores has dtype F32, indexDim 0 and softmaxScale 0; `combine` has numKvHeads = numQHeads.
FailureOr<::msa::Problem> problemOf(IndexScoresOp op);
FailureOr<::msa::Problem> problemOf(SelectBlocksOp op);
FailureOr<::msa::Problem> problemOf(AttendOp op);
FailureOr<::msa::Problem> problemOf(CombineOp op);
FailureOr<::msa::Problem> problemOf(AttentionOp op);

/// Attribute and plain data, both ways.
::msa::TileConfig tileConfigOf(TileConfigAttr attr);
TileConfigAttr tileConfigAttrOf(MLIRContext *context, const ::msa::TileConfig &config);
::msa::StrategyKind strategyKindOf(StrategyAttr attr);

} // namespace mlir::msa
#endif
