//===- TileToLoops.cpp - launches to parallel loops -----------------------===//
#include "BlockReader.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "msa/Conversion/TileToLoops/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_TILETOLOOPS
#include "msa/Conversion/TileToLoops/Passes.h.inc"

namespace {
struct TileToLoops : impl::TileToLoopsBase<TileToLoops> {
  using TileToLoopsBase::TileToLoopsBase;

  void runOnOperation() override {
    SymbolTableCollection symbols;
    WalkResult read = getOperation().walk([&](tile::LaunchOp launch) {
      auto kernel = symbols.lookupNearestSymbolFrom<tile::KernelOp>(launch, launch.getKernelAttr());
      if (failed(readLaunch(launch, kernel))) return WalkResult::interrupt();
      launch.erase();
      return WalkResult::advance();
    });
    if (read.wasInterrupted()) return signalPassFailure();
    getOperation().walk([](tile::KernelOp kernel) {
      kernel.erase();
      return WalkResult::skip();
    });
  }

  LogicalResult readLaunch(tile::LaunchOp launch, tile::KernelOp kernel) {
    ImplicitLocOpBuilder b(launch.getLoc(), launch);
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value one = arith::ConstantIndexOp::create(b, 1);
    // One loop over x + sizeX * (y + sizeY * z): thread blocks are dealt out evenly whatever the grid's shape.
    Value sizes[] = {launch.getGridX(), launch.getGridY(), launch.getGridZ()};
    Value count;
    for (Value size : sizes)
      if (!isConstantIntValue(size, 1)) count = count ? arith::MulIOp::create(b, count, size).getResult() : size;
    auto parallel = scf::ParallelOp::create(b, zero, count ? count : one, one);
    b.setInsertionPointToStart(parallel.getBody());
    Value rest = parallel.getInductionVars().front();
    SmallVector<Value> programId;
    for (auto [axis, size] : llvm::enumerate(sizes)) {
      bool last = llvm::all_of(llvm::drop_begin(sizes, axis + 1), [](Value s) { return isConstantIntValue(s, 1); });
      if (isConstantIntValue(size, 1)) {
        programId.push_back(zero);
      } else if (last) {
        programId.push_back(rest);
      } else {
        programId.push_back(arith::RemUIOp::create(b, rest, size));
        rest = arith::DivUIOp::create(b, rest, size);
      }
    }
    return BlockReader(parallel.getBody(), stackBytes).read(kernel, launch.getArgs(), programId);
  }
};
} // namespace
} // namespace mlir::msa
