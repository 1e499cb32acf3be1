#include "ProductsInFlight.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::msa {
using namespace mlir::tile;

namespace {
class FlightChecker {
public:
  LogicalResult check(Block &block) {
    for (Operation &op : block) {
      if (auto wait = dyn_cast<WaitMmaOp>(op)) {
        if (failed(end(wait))) return failure();
        continue;
      }
      auto product = dyn_cast<MmaOp>(op);
      SetVector<Value> read(op.operand_begin(), op.operand_end());
      getUsedValuesDefinedAbove(op.getRegions(), read);
      for (Value value : read)
        if (flying.contains(value) && !(product && product.getAsync() && value == product.getAcc()))
          return refuse(&op, "a product to be waited for before it is used", "it is in flight", value);
      if (auto release = dyn_cast<ReleaseOp>(op))
        for (auto [value, number] : flying)
          if (reads(value, release.getChannel()))
            return refuse(&op, "a slot to be read before it is released", "a product that reads it is in flight",
                          value);
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          if (failed(FlightChecker().check(inner))) return failure();
      if (!product || !product.getAsync()) continue;
      accumulated[product.getResult()] = product.getAcc();
      flying[product.getResult()] = begun++;
    }
    if (flying.empty()) return success();
    return refuse(block.getTerminator(), "every product to be waited for in its block", "one is in flight at the end",
                  flying.begin()->first);
  }

private:
  static LogicalResult refuse(Operation *op, const Twine &need, const Twine &have, Value product) {
    (emitError(op->getLoc()) << "[handshake] needs " << need << ", but " << have).attachNote(product.getLoc())
        << "of this product";
    return failure();
  }

  LogicalResult end(WaitMmaOp wait) {
    auto found = flying.find(wait.getValue());
    if (found == flying.end()) return success(); // an earlier wait may have been for more
    int64_t later = begun - 1 - found->second;
    if (int64_t(wait.getPending()) > later)
      return refuse(wait, "a wait that leaves in flight at most the products begun since, " + Twine(later),
                    "it leaves " + Twine(wait.getPending()), wait.getValue());
    int64_t ended = begun - int64_t(wait.getPending());
    flying.remove_if([&](const auto &product) { return product.second < ended && product.first == wait.getValue(); });
    done = std::max(done, ended);
    // What it was added to has ended with it.
    for (Value acc = accumulated.lookup(wait.getValue()); acc; acc = accumulated.lookup(acc)) flying.erase(acc);
    return success();
  }

  /// Whether the product reads a slot that the channel's release gives away, and has not ended.
  bool reads(Value value, Value channel) {
    if (flying.lookup(value) < done) return false;
    auto product = value.getDefiningOp<MmaOp>();
    for (Value tile : {Value(product.getA()), Value(product.getB())}) {
      auto slot = tile.getDefiningOp<SlotOp>();
      if (!slot) continue;
      for (Operation *copy : slot.getRing().getUsers())
        if (isa<LoadAsyncOp>(copy))
          if (AcquireOp acquire = acquireOf(copy); acquire && acquire.getChannel() == channel) return true;
    }
    return false;
  }

  llvm::MapVector<Value, int64_t> flying; ///< products not waited for, by their number
  DenseMap<Value, Value> accumulated;     ///< what a product adds to
  int64_t begun = 0, done = 0;
};
} // namespace

LogicalResult verifyProductsInFlight(Region &region) {
  for (Block &block : region)
    if (failed(FlightChecker().check(block))) return failure();
  return success();
}

} // namespace mlir::msa
