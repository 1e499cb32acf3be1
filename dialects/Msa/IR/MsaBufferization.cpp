// From tensors to buffers: an op only reads its operands, and its results become freshly allocated `outs`.
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::msa {

using namespace mlir::bufferization;

/// The type of a fresh buffer: contiguous, row-major.
static FailureOr<BufferLikeType> freshBufferType(Value value, const BufferizationOptions &options) {
  auto type = cast<RankedTensorType>(value.getType());
  std::optional<Attribute> memorySpace = options.defaultMemorySpaceFn(type);
  if (!memorySpace) return failure();
  return cast<BufferLikeType>(getMemRefTypeWithStaticIdentityLayout(type, *memorySpace));
}

/// `op` with `buffers` for operands, `outs` included, and no results.
template <typename OpTy>
static void createBufferForm(OpTy op, RewriterBase &rewriter, ValueRange buffers, unsigned numOuts) {
  typename OpTy::Properties properties = op.getProperties();
  if constexpr (OpTy::template hasTrait<OpTrait::AttrSizedOperandSegments>())
    properties.operandSegmentSizes.back() = numOuts; // `outs` is the last group
  OpTy::create(rewriter, op.getLoc(), TypeRange(), buffers, properties, llvm::to_vector(op->getDiscardableAttrs()));
}

template <typename OpTy>
static LogicalResult bufferizeToOuts(OpTy op, RewriterBase &rewriter, const BufferizationOptions &options,
                                     BufferizationState &state) {
  if (isBufferForm(op)) return success();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  SmallVector<Value> buffers;
  for (Value operand : op->getOperands()) {
    FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
    if (failed(buffer)) return failure();
    buffers.push_back(*buffer);
  }
  ReifiedRankedShapedTypeDims shapes;
  if (failed(reifyResultShapes(rewriter, op, shapes))) return failure();
  SmallVector<Value> outs;
  for (auto [result, sizes] : llvm::zip(op->getResults(), shapes)) {
    FailureOr<BufferLikeType> type = freshBufferType(result, options);
    if (failed(type)) return failure();
    SmallVector<Value> dynamicSizes;
    for (OpFoldResult size : sizes)
      if (auto value = dyn_cast<Value>(size)) dynamicSizes.push_back(value);
    FailureOr<Value> out = options.createAlloc(rewriter, op.getLoc(), cast<MemRefType>(*type), dynamicSizes);
    if (failed(out)) return failure();
    outs.push_back(*out);
  }
  llvm::append_range(buffers, outs);
  createBufferForm(op, rewriter, buffers, outs.size());
  replaceOpWithBufferizedValues(rewriter, op, outs);
  return success();
}

#define MSA_BUFFERIZABLE(OP)                                                                                           \
  bool OP::bufferizesToAllocation(Value) { return true; }                                                              \
  bool OP::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) { return true; }                                 \
  bool OP::bufferizesToMemoryWrite(OpOperand &, const AnalysisState &) { return false; }                               \
  AliasingValueList OP::getAliasingValues(OpOperand &, const AnalysisState &) { return {}; }                           \
  FailureOr<BufferLikeType> OP::getBufferType(Value value, const BufferizationOptions &options,                        \
                                              const BufferizationState &, SmallVector<Value> &) {                      \
    return freshBufferType(value, options);                                                                            \
  }                                                                                                                    \
  LogicalResult OP::bufferize(RewriterBase &rewriter, const BufferizationOptions &options,                             \
                              BufferizationState &state) {                                                             \
    return bufferizeToOuts(*this, rewriter, options, state);                                                           \
  }
MSA_BUFFERIZABLE(IndexScoresOp)
MSA_BUFFERIZABLE(SelectBlocksOp)
MSA_BUFFERIZABLE(TransposeSelectionOp)
MSA_BUFFERIZABLE(RelayoutSelectionOp)
MSA_BUFFERIZABLE(AttendOp)
MSA_BUFFERIZABLE(CombineOp)
MSA_BUFFERIZABLE(AttentionOp)
#undef MSA_BUFFERIZABLE

} // namespace mlir::msa
