//===- BufferizeProgram.cpp - tensors to memrefs of any strides -----------===//
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_BUFFERIZEPROGRAM
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// Any offset and strides; queries, keys and values are read in vectors, so theirs end in 1.
bufferization::BufferLikeType doorType(bufferization::TensorLikeType tensor, Attribute memorySpace, func::FuncOp,
                                       const bufferization::BufferizationOptions &) {
  auto type = cast<RankedTensorType>(tensor);
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  if (type.getRank() >= 3 && isa<FloatType>(type.getElementType()))
    strides.back() = 1;
  auto layout = StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides);
  return cast<bufferization::BufferLikeType>(
      cast<Type>(MemRefType::get(type.getShape(), type.getElementType(), layout, memorySpace)));
}

struct BufferizeProgram : impl::BufferizeProgramBase<BufferizeProgram> {
  void runOnOperation() override {
    bufferization::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.functionArgTypeConverterFn = doorType;
    options.memCpyFn = [](OpBuilder &b, Location loc, Value from, Value to) -> LogicalResult {
      linalg::CopyOp::create(b, loc, from, to);
      return success();
    };
    IRRewriter rewriter(&getContext());
    if (failed(bufferization::eliminateEmptyTensors(rewriter, getOperation())))
      return signalPassFailure();
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotModuleBufferize(getOperation(), options, state)))
      return signalPassFailure();
    bufferization::removeBufferizationAttributesInModule(getOperation());
  }
};

} // namespace
} // namespace mlir::msa
