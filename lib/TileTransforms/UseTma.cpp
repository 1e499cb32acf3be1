#include "dialects/Tile/IR/TileContracts.h"
#include "msa/TileTransforms/Passes.h"

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_USETMA
#include "msa/TileTransforms/Passes.h.inc"

namespace {
struct UseTma : impl::UseTmaBase<UseTma> {
  using Base::Base;

  void runOnOperation() override {
    if (!getOperation().usesWgmma()) return; // the same chips have both
    getOperation().walk([](LoadAsyncOp copy) {
      if (fitsTensorCopy(copy)) copy.setTensor(true);
    });
  }
};
} // namespace
} // namespace mlir::msa
