//===- CountResources.cpp - the resource counter as a pass ----------------===//
#include "msa/Kernels/Passes.h"
#include "msa/Kernels/ResourceCounter.h"

namespace mlir::tile {
#define GEN_PASS_DEF_COUNTRESOURCES
#include "msa/Kernels/Passes.h.inc"

namespace {
struct CountResources : impl::CountResourcesBase<CountResources> {
  void runOnOperation() override {
    // Not the op's own remark: that would print the whole kernel after it.
    emitRemark(getOperation().getLoc()) << "'" << getOperation().getName()
                                        << "': " << ::msa::countResources(getOperation()).describe();
    markAllAnalysesPreserved();
  }
};
} // namespace
} // namespace mlir::tile
