// The only place that knows both dialects: op + config -> recipe.
#include "msa/Conversion/MsaToTile/Passes.h"
#include "dialects/Msa/IR/MsaContracts.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSATOTILE
#include "msa/Conversion/MsaToTile/Passes.h.inc"

namespace {
/// Kernels address the last dimension of q, k, v, outputs and partials as contiguous; the plan checks that it is.
Value withUnitStride(OpBuilder &b, Value view) {
  auto type = cast<MemRefType>(view.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) || strides.empty() || strides.back() == 1) return view;
  strides.back() = 1;
  auto unit = MemRefType::get(type.getShape(), type.getElementType(), StridedLayoutAttr::get(b.getContext(), offset, strides),
                              type.getMemorySpace());
  return memref::CastOp::create(b, view.getLoc(), unit, view);
}

struct MsaToTile : impl::MsaToTileBase<MsaToTile> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<MsaDialect>(op->getDialect())) ops.push_back(op);
    });
    for (Operation *op : ops) {
      LogicalResult lowered = success();
      if (auto attend = dyn_cast<AttendOp>(op)) lowered = lower(attend);
      else if (auto combine = dyn_cast<CombineOp>(op)) lowered = lower(combine);
      else lowered = op->emitOpError("has no recipe: expected msa.attend or msa.combine in the split phase");
      if (failed(lowered)) return signalPassFailure();
    }
  }

  Value size(OpBuilder &b, Value view, int64_t axis) {
    return getValueOrCreateConstantIndexOp(b, view.getLoc(), sizeOf(b, view.getLoc(), view, axis));
  }

  std::string uniqueName(StringRef base) {
    std::string name = base.str();
    for (int64_t n = 1; SymbolTable::lookupSymbolIn(getOperation(), name); ++n) name = (base + "_" + Twine(n)).str();
    return name;
  }

  LogicalResult lower(AttendOp op) {
    if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
    if (!op.getStrategyAttr() || !op.getTileConfigAttr()) return op.emitOpError("expects a strategy and a tile_config");
    FailureOr<::msa::Problem> problem = problemOf(op);
    if (failed(problem)) return failure();
    ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());
    StrategyKind kind = op.getStrategyAttr().getKind();
    if (selectionOf(op).getLayout() != SelectionLayout::HQK)
      return op.emitOpError("expects a selection in layout hqk, but got ") << stringifySelectionLayout(selectionOf(op).getLayout());

    OpBuilder b(op);
    Location loc = op.getLoc();
    tile::AttendTypes types;
    SmallVector<Value> args;
    auto pass = [&](Value value, MemRefType &type, bool contiguousRows) {
      if (!value) return;
      args.push_back(contiguousRows ? withUnitStride(b, value) : value);
      type = cast<MemRefType>(args.back().getType());
    };
    BatchOperands batch = batchOperandsOf(op);
    pass(op.getQuery(), types.query, true);
    pass(op.getKey(), types.key, true);
    pass(op.getValue(), types.value, true);
    pass(op.getSelected(), types.selection, false);
    pass(batch.cuSeqlensQ, types.cuSeqlensQ, false);
    pass(batch.cuSeqlensK, types.cuSeqlensK, false);
    pass(batch.sequsedK, types.seqUsedK, false);
    pass(batch.pageTable, types.pageTable, false);
    pass(op.getOuts()[0], types.output, true);
    if (op.getOuts().size() > 1) pass(op.getOuts()[1], types.lse, false);
    if (types.query.getRank() != 3) return op.emitOpError("expects packed queries, but got ") << types.query;

    Value totalQ = size(b, op.getQuery(), 0);
    args.push_back(totalQ);
    args.push_back(getValueOrCreateConstantIndexOp(b, loc, batchSizeOf(b, loc, op)));
    args.push_back(size(b, op.getKey(), problem->kvLayout == ::msa::KvLayout::Dense ? 1 : 0));

    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    Value kvHeads = arith::ConstantIndexOp::create(b, loc, problem->numKvHeads);
    OpBuilder moduleBuilder(getOperation().getBodyRegion());
    moduleBuilder.setInsertionPointToStart(getOperation().getBody());
    tile::KernelOp kernel;
    Value x = totalQ, z = one;
    if (kind == StrategyKind::PrefillQueryTile && op.getSplits() > 1)
      return op.emitOpError("expects at most one part from prefill_query_tile, but splits is ") << op.getSplits();
    if (kind == StrategyKind::PrefillQueryTile) {
      kernel = tile::buildPrefillQueryTile(moduleBuilder, loc, uniqueName("prefill_query_tile"), *problem, config, types);
      x = arith::CeilDivSIOp::create(b, loc, totalQ, arith::ConstantIndexOp::create(b, loc, config.queryTile));
    } else if (kind == StrategyKind::DecodeSplitKv) {
      kernel = tile::buildDecodeSplitKv(moduleBuilder, loc, uniqueName("decode_split_kv"), *problem, config, types);
      z = arith::ConstantIndexOp::create(b, loc, std::max<int64_t>(config.splits, 1));
    } else {
      return op.emitOpError("has no recipe for strategy ") << stringifyStrategyKind(kind);
    }
    kernel->setAttr("kv_stages", b.getI64IntegerAttr(config.kvStages));
    tile::LaunchOp::create(b, loc, kernel.getSymName(), x, kvHeads, z, args);
    op.erase();
    return success();
  }

  LogicalResult lower(CombineOp op) {
    if (!isBufferForm(op)) return op.emitOpError("expects buffer form: bufferize before msa-to-tile");
    OpBuilder b(op);
    Location loc = op.getLoc();
    SmallVector<Value> args = {withUnitStride(b, op.getPartial()), op.getPartialLse(), withUnitStride(b, op.getOuts()[0])};
    MemRefType lse;
    if (op.getOuts().size() > 1) {
      args.push_back(op.getOuts()[1]);
      lse = cast<MemRefType>(args.back().getType());
    }
    auto type = [&](unsigned n) { return cast<MemRefType>(args[n].getType()); };
    int64_t splits = type(0).getDimSize(0);
    if (ShapedType::isDynamic(splits)) return op.emitOpError("expects a static number of partials, but got ") << type(0);
    if (ShapedType::isDynamic(type(0).getDimSize(3))) return op.emitOpError("expects a static head dim, but got ") << type(0);
    OpBuilder moduleBuilder(getOperation().getBodyRegion());
    moduleBuilder.setInsertionPointToStart(getOperation().getBody());
    tile::KernelOp kernel = tile::buildCombine(moduleBuilder, loc, uniqueName("combine"), splits, type(0), type(1), type(2), lse);
    tile::LaunchOp::create(b, loc, kernel.getSymName(), size(b, op.getOuts()[0], 0), size(b, op.getOuts()[0], 1),
                           arith::ConstantIndexOp::create(b, loc, 1), args);
    op.erase();
    return success();
  }
};
} // namespace
} // namespace mlir::msa
