#include "OpToLaunch.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

LogicalResult combineToTile(CombineOp op, ModuleOp module) {
  if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
  LaunchPen pen(op, module);
  MemRefType partial, partialLse, output, lse;
  pen.pass(op.getPartial(), partial, true);
  pen.pass(op.getPartialLse(), partialLse, false);
  pen.pass(op.getOuts()[0], output, true);
  if (op.getOuts().size() > 1) pen.pass(op.getOuts()[1], lse, false);
  int64_t splits = partial.getDimSize(0);
  if (ShapedType::isDynamic(splits)) return op.emitOpError("expects a static number of partials, but got ") << partial;
  if (ShapedType::isDynamic(partial.getDimSize(3)))
    return op.emitOpError("expects a static head dim, but got ") << partial;
  OpBuilder kernels = pen.kernelBuilder();
  tile::KernelOp kernel =
      tile::buildCombine(kernels, op.getLoc(), pen.uniqueName("combine"), splits, partial, partialLse, output, lse);
  pen.launch(kernel, pen.size(op.getOuts()[0], 0), pen.size(op.getOuts()[0], 1), pen.constant(1));
  op.erase();
  return success();
}

} // namespace mlir::msa
