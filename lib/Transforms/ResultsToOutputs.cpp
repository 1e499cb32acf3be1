//===- ResultsToOutputs.cpp - results become memory that the caller owns --===//
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "msa/Transforms/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_RESULTSTOOUTPUTS
#include "msa/Transforms/Passes.h.inc"

namespace {
/// Any strides but a contiguous last dimension, any offset.
MemRefType outputType(RankedTensorType type) {
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  if (!strides.empty()) strides.back() = 1;
  auto layout = StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides);
  return MemRefType::get(type.getShape(), type.getElementType(), layout);
}

LogicalResult moveResults(func::FuncOp function) {
  SmallVector<unsigned> tensors; // results that become outputs
  SmallVector<Type> kept;
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    if (isa<RankedTensorType>(type)) tensors.push_back(i);
    else kept.push_back(type);
  }
  if (tensors.empty()) return success();
  // One entry to the function's body, several ways out of it: every return writes its own values.
  SmallVector<Value> outputs;
  unsigned firstOutput = function.getNumArguments();
  for (auto [n, i] : llvm::enumerate(tensors)) {
    MemRefType type = outputType(cast<RankedTensorType>(function.getResultTypes()[i]));
    if (failed(function.insertArgument(firstOutput + n, type, function.getResultAttrDict(i), function.getLoc())))
      return failure();
    outputs.push_back(function.getArgument(firstOutput + n));
  }
  function.walk([&](func::ReturnOp op) {
    OpBuilder builder(op);
    SmallVector<Value> rest;
    for (Value value : op.getOperands())
      if (!isa<RankedTensorType>(value.getType())) rest.push_back(value);
    for (auto [n, i] : llvm::enumerate(tensors))
      bufferization::MaterializeInDestinationOp::create(builder, op.getLoc(), /*result=*/Type(), op.getOperand(i),
                                                        outputs[n], /*restrict=*/true, /*writable=*/true);
    op.getOperandsMutable().assign(rest);
  });
  for (unsigned i : llvm::reverse(tensors))
    if (failed(function.eraseResult(i))) return failure();
  return success();
}

struct ResultsToOutputs : impl::ResultsToOutputsBase<ResultsToOutputs> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    WalkResult calls = getOperation().walk([&](func::CallOp call) {
      auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
      if (!callee || !callee.isPublic() || callee.isExternal()) return WalkResult::advance();
      call.emitOpError() << "expects calls of public functions to be inlined before, but calls @" << callee.getName();
      return WalkResult::interrupt();
    });
    if (calls.wasInterrupted()) return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal() && failed(moveResults(function))) return signalPassFailure();
  }
};
} // namespace
} // namespace mlir::msa
