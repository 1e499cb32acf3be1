// Attention from the keys' side is several launches: for each chunk of query tokens the transposed selection, the marks of
// empty slots, a partial result for every (token, slot), and their merge. The chunk bounds the memory that partial results take.
#include "TransposeToTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "msa/Support/ResourceModel.h"
#include <numeric>

namespace mlir::msa {

LogicalResult kvOuterToTile(AttendOp op, ModuleOp module) {
  if (op.getSplits() > 0)
    return op.emitOpError("expects a final result from prefill_kv_outer, but splits is ") << op.getSplits();
  FailureOr<::msa::Problem> found = problemOf(op);
  if (failed(found)) return failure();
  const ::msa::Problem &problem = *found;
  ::msa::TileConfig config = tileConfigOf(op.getTileConfigAttr());
  if (cast<MemRefType>(op.getQuery().getType()).getRank() != 3)
    return op.emitOpError("expects packed queries, but got ") << op.getQuery().getType();

  LaunchPen pen(op, module);
  Location loc = op.getLoc();
  auto value = [&](OpFoldResult size) { return getValueOrCreateConstantIndexOp(pen, loc, size); };
  BatchOperands batch = batchOperandsOf(op);
  Value totalQ = pen.size(op.getQuery(), 0), chunk = pen.constant(config.queryChunk), zero = pen.constant(0);
  Value most = pen.createOrFold<arith::MinSIOp>(totalQ, chunk), kvHeads = pen.constant(problem.numKvHeads);
  Value batchSize = value(batchSizeOf(pen, loc, op));
  Value maxBlocks = value(maxBlocksOf(pen, loc, op.getKey(), /*isIndexKey=*/false, batch.pageTable, problem.blockSize));
  int64_t subChunk = std::min(config.queryChunk, tile::kSubChunk);
  auto capacityOf = [&](Value tokens) {
    OpFoldResult entries = mulSizes(pen, loc, getAsOpFoldResult(tokens), pen.getIndexAttr(problem.topk));
    return value(worklistCapacityOf(pen, loc, pen.getIndexAttr(problem.numKvHeads), entries, getAsOpFoldResult(tokens),
                                    getAsOpFoldResult(batchSize), getAsOpFoldResult(maxBlocks), tile::kMaxQueries,
                                    subChunk));
  };

  // What a chunk needs.
  auto temporary = [&](ArrayRef<OpFoldResult> shape, Type element) -> Value {
    return memref::AllocOp::create(pen, shape, element);
  };
  auto attr = [&](int64_t size) -> OpFoldResult { return pen.getIndexAttr(size); };
  OpFoldResult heads = attr(problem.numKvHeads), tokens = getAsOpFoldResult(most);
  OpFoldResult entries = mulSizes(pen, loc, tokens, attr(problem.topk));
  Value rows = pen.createOrFold<arith::MulIOp>(batchSize, maxBlocks);
  Type i32 = pen.getI32Type(), f32 = pen.getF32Type(),
       element = cast<MemRefType>(op.getQuery().getType()).getElementType();
  K2qOperands lists;
  lists.selection = op.getSelected(), lists.cuSeqlensQ = batch.cuSeqlensQ;
  lists.rowOffsets = temporary({heads, getAsOpFoldResult(pen.createOrFold<arith::AddIOp>(rows, pen.constant(1)))}, i32);
  lists.queryIds = temporary({heads, entries}, i32), lists.slots = temporary({heads, entries}, i32);
  lists.worklist = temporary({getAsOpFoldResult(capacityOf(most)), attr(4)}, i32);
  lists.numItems = temporary({attr(1)}, i32);
  lists.totalQ = totalQ, lists.batch = batchSize, lists.maxBlocks = maxBlocks;
  Value partial = temporary({attr(problem.topk), tokens, attr(problem.numQHeads), attr(problem.headDim)}, element);
  Value partialLse = temporary({attr(problem.topk), tokens, attr(problem.numQHeads)}, f32);

  constexpr int64_t kK2qChunk = 512, kK2qWarps = 8; // as msa.transpose_selection is decided
  int64_t rowsKnown = getConstantIntValue(getAsOpFoldResult(rows)).value_or(ShapedType::kDynamic);
  tile::K2qSizes sizes{problem.numKvHeads,
                       problem.topk,
                       std::gcd(kK2qChunk, subChunk),
                       subChunk,
                       k2qWindow(rowsKnown),
                       tile::kMaxQueries,
                       getConstantIntValue(getAsOpFoldResult(batchSize)) == 1};
  K2qLauncher transposition(pen, lists, sizes, kK2qWarps, most);

  pen.arguments.clear();
  tile::KvOuterTypes types;
  pen.pass(op.getQuery(), types.query, true);
  pen.pass(op.getKey(), types.key, true);
  pen.pass(op.getValue(), types.value, true);
  pen.pass(op.getSelected(), types.selection, false);
  pen.passRequests(batch, types);
  pen.pass(lists.queryIds, types.queryIds, false);
  pen.pass(lists.slots, types.slots, false);
  pen.pass(lists.worklist, types.worklist, false);
  pen.pass(partial, types.partial, true);
  pen.pass(partialLse, types.partialLse, false);
  Value seqlenK = pen.size(op.getKey(), problem.kvLayout == ::msa::KvLayout::Dense ? 1 : 0);
  for (Value size : {totalQ, batchSize, seqlenK, maxBlocks}) pen.arguments.push_back(size);
  SmallVector<Value> attendArguments = std::move(pen.arguments);
  OpBuilder builder = pen.kernelBuilder();
  tile::KvOuterKernels kernels =
      tile::buildPrefillKvOuter(builder, loc, pen.uniqueName("prefill_kv_outer"), problem, config, types);
  setTileAttributes(kernels.attend, config);
  if (config.consumers)
    kernels.attend->setAttr("producer_registers", pen.getI64IntegerAttr(::msa::gatherRegisters(problem, config)));

  pen.arguments.clear();
  MemRefType partialType, partialLseType, outputType, lseType;
  pen.pass(partial, partialType, true);
  pen.pass(partialLse, partialLseType, false);
  pen.pass(op.getOuts()[0], outputType, true);
  if (op.getOuts().size() > 1) pen.pass(op.getOuts()[1], lseType, false);
  SmallVector<Value> combineArguments = std::move(pen.arguments);
  builder = pen.kernelBuilder();
  tile::KernelOp combine = tile::buildCombineSlots(builder, loc, pen.uniqueName("combine_slots"), partialType,
                                                   partialLseType, outputType, lseType);

  Value one = pen.constant(1);
  auto loop = scf::ForOp::create(pen, zero, pen.createOrFold<arith::CeilDivSIOp>(totalQ, chunk), one);
  pen.setInsertionPointToStart(loop.getBody());
  Value first = arith::MulIOp::create(pen, loop.getInductionVar(), chunk);
  Value count = arith::MinSIOp::create(pen, chunk, arith::SubIOp::create(pen, totalQ, first));
  Value capacity = capacityOf(count);
  transposition.launch(first, count, capacity);
  pen.arguments = attendArguments;
  for (Value size : {first, count}) pen.arguments.push_back(size);
  Value tiles = arith::CeilDivSIOp::create(pen, count, pen.constant(config.queryTile));
  pen.launch(kernels.clear, tiles, kvHeads, one);
  pen.launch(kernels.attend, capacity, one, one);
  pen.arguments = combineArguments;
  pen.arguments.push_back(first);
  int64_t groups = llvm::divideCeil(problem.numQHeads, tile::kSlotHeads);
  pen.launch(combine, pen.createOrFold<arith::MulIOp>(count, pen.constant(groups)), one, one);
  op.erase();
  return success();
}

} // namespace mlir::msa
