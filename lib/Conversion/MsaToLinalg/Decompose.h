//===- Decompose.h - one function an op -------------------------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_MSATOLINALG_DECOMPOSE_H
#define MSA_LIB_CONVERSION_MSATOLINALG_DECOMPOSE_H
#include "Requests.h"

namespace mlir::msa {

/// Each writes the op in upstream dialects before it and returns what replaces its results. The op is verified and in tensor form.
SmallVector<Value> decompose(TensorBuilder &b, IndexScoresOp op);
SmallVector<Value> decompose(TensorBuilder &b, SelectBlocksOp op);
SmallVector<Value> decompose(TensorBuilder &b, AttendOp op);
SmallVector<Value> decompose(TensorBuilder &b, CombineOp op);
SmallVector<Value> decompose(TensorBuilder &b, TransposeSelectionOp op);
SmallVector<Value> decompose(TensorBuilder &b, RelayoutSelectionOp op);

/// Requests of an op whose keys are `key` (null: none).
template <typename OpTy> Requests requestsOf(TensorBuilder &b, OpTy op, Value key, KeyShape shape, Value totalQ) {
  Value count = b.index(batchSizeOf(b, b.getLoc(), op));
  Value capacity = b.index(0); // paged: seqused_k says
  if (key && shape.layout != ::msa::KvLayout::Paged)
    capacity = b.index(sizeOf(b, b.getLoc(), key, shape.layout == ::msa::KvLayout::Dense ? 1 : 0));
  return Requests(b, batchOperandsOf(op), count, totalQ, capacity, op.getCausal());
}

/// The heads [first, first + count) of one token of a query [total_q, heads, dim] or [batch, seqlen, heads, dim]: offsets and sizes.
struct TokenSlice {
  SmallVector<OpFoldResult> offsets, sizes;
};
TokenSlice tokenSlice(TensorBuilder &b, Value query, Value token, OpFoldResult firstHead, int64_t count);

/// The dense [batch, seqlen, heads, dim] tensor that a packed query is a view of, or the query itself: what is read token by
/// token need not be packed first.
Value unpacked(Value query);

/// Slots of the row selected[row[0], row[1], 0 .. topk) before its first -1.
Value usedSlots(TensorBuilder &b, Value selected, ValueRange row, int64_t topk);

/// target[d, r] = scale * source[r, d] as f32; `source` [rows, dim], `target` [dim, rows].
Value transposeScaled(TensorBuilder &b, Value source, Value target, double scale);

/// max over k of tile[k, r] and row[r], NaN ignored.
Value maxOverKeys(TensorBuilder &b, Value tile, Value row);

/// exp2(x), log2(x).
Value exp2(TensorBuilder &b, Value x);
Value log2(TensorBuilder &b, Value x);

/// Rows padded to whole vector registers of 8.
inline int64_t paddedRows(int64_t rows) { return (rows + 7) / 8 * 8; }

} // namespace mlir::msa
#endif
