// One msa op in buffer form becomes a kernel and its launch: a function an op, all written with the same pen.
#ifndef MSA_LIB_CONVERSION_MSATOTILE_OPTOLAUNCH_H
#define MSA_LIB_CONVERSION_MSATOTILE_OPTOLAUNCH_H
#include "dialects/Msa/IR/MsaContracts.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "msa/Support/TileConfig.h"

namespace mlir::msa {

/// Writes before `op`: sizes, arguments and launches. Kernels go to the start of the module.
class LaunchPen : public ImplicitLocOpBuilder {
public:
  LaunchPen(Operation *op, ModuleOp module) : ImplicitLocOpBuilder(op->getLoc(), op), module(module) {}

  Value constant(int64_t value);
  /// The size of `view` along `axis`, index.
  Value size(Value view, int64_t axis);
  /// `view` with its last dimension contiguous: kernels address q, k, v, outputs and partials so; the plan checks that they are.
  Value withUnitStride(Value view);
  /// Adds `value` to the arguments and its type to `type`; nothing where it is null.
  void pass(Value value, MemRefType &type, bool contiguousRows);
  /// Passes what says where requests begin and end: members of the same names in every recipe's types.
  template <typename Types> void passRequests(const BatchOperands &batch, Types &types) {
    pass(batch.cuSeqlensQ, types.cuSeqlensQ, false);
    pass(batch.cuSeqlensK, types.cuSeqlensK, false);
    pass(batch.sequsedK, types.seqUsedK, false);
    pass(batch.pageTable, types.pageTable, false);
  }
  /// A builder at the place for kernels, and a name that no symbol has (with `suffix` behind it).
  OpBuilder kernelBuilder();
  std::string uniqueName(StringRef base, StringRef suffix = "");
  /// Launches `kernel` over `grid` with `arguments`.
  void launch(tile::KernelOp kernel, Value x, Value y, Value z);

  SmallVector<Value> arguments;

private:
  ModuleOp module;
};

/// What the tile passes read of an attention kernel's config: stages, thread blocks an SM, roles, the instruction.
void setTileAttributes(tile::KernelOp kernel, const ::msa::TileConfig &config);

/// KV blocks of a chunk of an index_score kernel over `tiles` tiles of tokens; an argument of the kernel where only the call can say
/// (see buildIndexScore).
Value chunkOfIndexScore(LaunchPen &pen, const ::msa::TileConfig &config, Value tiles, Value maxBlocks);

/// Each erases the op, or fails with a diagnostic on it.
LogicalResult attendToTile(AttendOp op, ModuleOp module);
LogicalResult kvOuterToTile(AttendOp op, ModuleOp module); ///< by attendToTile, of strategy prefill_kv_outer
LogicalResult combineToTile(CombineOp op, ModuleOp module);
LogicalResult relayoutToTile(RelayoutSelectionOp op, ModuleOp module);
LogicalResult selectToTile(SelectBlocksOp op, ModuleOp module);
LogicalResult indexSelectToTile(SelectBlocksOp op, tile::TopKOrder order, ModuleOp module);
LogicalResult transposeToTile(TransposeSelectionOp op, ModuleOp module);
LogicalResult indexScoresToTile(IndexScoresOp op, ModuleOp module);

} // namespace mlir::msa
#endif
