//===- BufferizeProgram.cpp - tensors to memrefs of any strides -----------===//
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_BUFFERIZEPROGRAM
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// Any offset and strides; floating-point data is read in vectors, so its last stride is 1.
bufferization::BufferLikeType doorType(bufferization::TensorLikeType tensor, Attribute memorySpace, func::FuncOp,
                                       const bufferization::BufferizationOptions &) {
  auto type = cast<RankedTensorType>(tensor);
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  if (type.getRank() > 0 && isa<FloatType>(type.getElementType())) strides.back() = 1;
  auto layout = StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides);
  return cast<bufferization::BufferLikeType>(
      cast<Type>(MemRefType::get(type.getShape(), type.getElementType(), layout, memorySpace)));
}

/// Common subexpression elimination takes two empty tensors for one. Gives every use its own again, so that two tiles that are
/// filled side by side do not look like one that is overwritten (which would cost a copy on the heap).
void separateEmptyTensors(Operation *root) {
  // Slices first, so that each copy of one counts as a use of its empty tensor.
  SmallVector<Operation *> shared, empties;
  root->walk([&](Operation *op) {
    auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
    if (slice && slice.getSource().getDefiningOp<tensor::EmptyOp>()) shared.push_back(op);
    if (isa<tensor::EmptyOp>(op)) empties.push_back(op);
  });
  shared.append(empties);
  for (Operation *op : shared) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : op->getUses()) uses.push_back(&use);
    for (OpOperand *use : llvm::drop_begin(uses)) {
      OpBuilder builder(op);
      use->set(builder.clone(*op)->getResult(0));
    }
  }
}

/// Computation on tensors that nobody knows how to put into memory: an op of a program's own, not of ours.
LogicalResult refuseForeignOps(ModuleOp module, const bufferization::BufferizationOptions &options) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  WalkResult result = module.walk([&](Operation *op) -> WalkResult {
    bool onTensors = llvm::any_of(op->getOperandTypes(), isTensor) || llvm::any_of(op->getResultTypes(), isTensor);
    if (!onTensors || options.dynCastBufferizableOp(op)) return WalkResult::advance();
    return emitError(op->getLoc(),
                     "[foreign-op] needs msa ops, or others that can be bufferized, on tensors, but there is ")
           << op->getName();
  });
  return failure(result.wasInterrupted());
}

struct BufferizeProgram : impl::BufferizeProgramBase<BufferizeProgram> {
  using BufferizeProgramBase::BufferizeProgramBase;

  void runOnOperation() override {
    bufferization::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.functionArgTypeConverterFn = doorType;
    if (!memrefCopies)
      options.memCpyFn = [](OpBuilder &b, Location loc, Value from, Value to) -> LogicalResult {
        linalg::CopyOp::create(b, loc, from, to);
        return success();
      };
    if (failed(refuseForeignOps(getOperation(), options))) return signalPassFailure();
    separateEmptyTensors(getOperation());
    IRRewriter rewriter(&getContext());
    if (failed(bufferization::eliminateEmptyTensors(rewriter, getOperation()))) return signalPassFailure();
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotModuleBufferize(getOperation(), options, state))) return signalPassFailure();
    bufferization::removeBufferizationAttributesInModule(getOperation());
  }
};

} // namespace
} // namespace mlir::msa
