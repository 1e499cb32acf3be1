//===- MsaVerify.h - checks that several verifiers share --------*- C++ -*-===//
//
// Private to dialects/Msa/IR. Each check reports what was expected and what was found; the labels (`form_c1`, ...) are
// those of Rationale.md.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_DIALECTS_MSA_IR_MSAVERIFY_H
#define MSA_DIALECTS_MSA_IR_MSAVERIFY_H
#include "dialects/Msa/IR/MsaContracts.h"
#include "dialects/Msa/IR/MsaSupport.h"

namespace mlir::msa {

/// form_*: tensors with results or memrefs with `outs`, `minResults` to `maxResults` of them. `names` lists them for the message.
LogicalResult verifyForm(Operation *op, ValueRange outs, unsigned minResults, unsigned maxResults, StringRef names);

/// `type` has the given rank, or one of the two given ranks.
LogicalResult verifyRank(Operation *op, StringRef name, ShapedType type, int64_t rank, StringRef shapeText,
                         int64_t otherRank = 0, StringRef otherText = {});

/// `type` has shape `want` wherever both are static. `shapeText` names the axes: "[total_q, num_q_heads, head_dim]".
LogicalResult verifyShape(Operation *op, StringRef name, ShapedType type, ArrayRef<int64_t> want, StringRef shapeText);

/// `type` has the element type `want`.
LogicalResult verifyElement(Operation *op, StringRef name, ShapedType type, Type want);

/// The element type is one that attention runs in (range_c1).
LogicalResult verifyFloat(Operation *op, StringRef name, ShapedType type);

/// `value` is known to the compiler.
LogicalResult verifyStatic(Operation *op, StringRef what, int64_t value);

/// `value` (known) obeys its row of the support table.
LogicalResult verifyRange(Operation *op, Quantity quantity, int64_t value);

/// sink_blocks, local_blocks and topk (range_c3, range_c8).
LogicalResult verifyForcedBlocks(Operation *op, int64_t sinkBlocks, int64_t localBlocks, int64_t topk);

/// batch_*: metadata types, and the agreement of all that say how many requests there are. `query` may be null; so may
/// `key`, where the op has none (select_blocks from scores).
LogicalResult verifyBatch(Operation *op, BatchOperands batch, ShapedType query, std::optional<KeyShape> key,
                          int64_t totalQ);

/// index_*: an index branch.
LogicalResult verifyIndexBranch(Operation *op, Value indexQuery, Value indexKey, BatchOperands batch,
                                int64_t blockSize);

/// range_c7.
LogicalResult verifyPageSize(Operation *op, const KeyShape &key, int64_t blockSize);

inline bool disagree(int64_t a, int64_t b) { return !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) && a != b; }

} // namespace mlir::msa
#endif
