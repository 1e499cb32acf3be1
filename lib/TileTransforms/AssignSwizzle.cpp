#include "msa/TileTransforms/Passes.h"

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_ASSIGNSWIZZLE
#include "msa/TileTransforms/Passes.h.inc"

namespace {
Type swizzled(Type type) {
  constexpr SharedLayout layout = SharedLayout::Swizzled;
  if (auto tile = dyn_cast<SmemType>(type))
    return SmemType::get(type.getContext(), tile.getRows(), tile.getCols(), tile.getElementType(), layout);
  if (auto ring = dyn_cast<RingType>(type))
    return RingType::get(type.getContext(), ring.getStages(), ring.getRows(), ring.getCols(), ring.getElementType(),
                         layout);
  return type;
}

struct AssignSwizzle : impl::AssignSwizzleBase<AssignSwizzle> {
  using Base::Base;

  void runOnOperation() override {
    if (!getOperation().usesWgmma()) return;
    getOperation().walk([](Operation *op) {
      if (!isa<LoadOp, RingOp, SlotOp>(op)) return;
      op->getResult(0).setType(swizzled(op->getResult(0).getType()));
    });
    getOperation().walk([](MmaOp mma) {
      if (auto read = mma.getA().getDefiningOp<ToFragOp>()) mma.getAMutable().assign(read.getSource());
    });
    getOperation().walk([](ToFragOp read) {
      if (read->use_empty()) read.erase();
    });
  }
};
} // namespace
} // namespace mlir::msa
