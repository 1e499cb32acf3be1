#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

namespace mlir::msa {

using ::msa::KvLayout;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

template <typename OpTy> static BatchOperands batchOperands(OpTy op) {
  return {op.getCuSeqlensQ(), op.getCuSeqlensK(), op.getPageTable(), op.getSequsedK()};
}
BatchOperands batchOperandsOf(IndexScoresOp op) { return batchOperands(op); }
BatchOperands batchOperandsOf(SelectBlocksOp op) { return batchOperands(op); }
BatchOperands batchOperandsOf(AttendOp op) { return batchOperands(op); }
BatchOperands batchOperandsOf(AttentionOp op) { return batchOperands(op); }

AttentionResults attentionResultsOf(AttentionOp op) {
  AttentionResults results;
  ValueRange destinations = destinationsOf(op);
  for (auto [i, value] : llvm::enumerate(destinations.drop_front())) {
    // An f32 output and an f32 LSE cannot be confused: the output comes first, always.
    if (shapedTypeOf(value).getElementType().isInteger(32)) results.selection = i + 1;
    else results.lse = i + 1;
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static int64_t mul(int64_t lhs, int64_t rhs) {
  return ShapedType::isDynamic(lhs) || ShapedType::isDynamic(rhs) ? ShapedType::kDynamic : lhs * rhs;
}

QueryShape queryShapeOf(ShapedType query) {
  QueryShape shape;
  shape.dense = query.getRank() == 4;
  if (shape.dense) {
    shape.batch = query.getDimSize(0);
    shape.seqlen = query.getDimSize(1);
    shape.totalQ = mul(shape.batch, shape.seqlen);
  } else {
    shape.totalQ = query.getDimSize(0);
  }
  shape.heads = query.getDimSize(query.getRank() - 2);
  shape.dim = query.getDimSize(query.getRank() - 1);
  return shape;
}

KeyShape keyShapeOf(ShapedType key, bool paged) {
  KeyShape shape;
  shape.dim = key.getDimSize(key.getRank() - 1);
  if (paged) { // [num_pages, num_kv_heads, page_size, head_dim]
    shape.layout = KvLayout::Paged;
    shape.heads = key.getDimSize(1);
    shape.pageSize = key.getDimSize(2);
  } else if (key.getRank() == 4) { // [batch, seqlen_k, num_kv_heads, head_dim]
    shape.layout = KvLayout::Dense;
    shape.batch = key.getDimSize(0);
    shape.capacity = key.getDimSize(1);
    shape.heads = key.getDimSize(2);
  } else { // [total_k, num_kv_heads, head_dim]
    shape.layout = KvLayout::Packed;
    shape.capacity = key.getDimSize(0);
    shape.heads = key.getDimSize(1);
  }
  return shape;
}

KeyShape indexKeyShapeOf(ShapedType indexKey, bool paged) {
  KeyShape shape;
  shape.dim = indexKey.getDimSize(indexKey.getRank() - 1);
  if (paged) { // [num_pages, page_size, index_dim]
    shape.layout = KvLayout::Paged;
    shape.pageSize = indexKey.getDimSize(1);
  } else if (indexKey.getRank() == 3) { // [batch, seqlen_k, index_dim]
    shape.layout = KvLayout::Dense;
    shape.batch = indexKey.getDimSize(0);
    shape.capacity = indexKey.getDimSize(1);
  } else { // [total_k, index_dim]
    shape.layout = KvLayout::Packed;
    shape.capacity = indexKey.getDimSize(0);
  }
  return shape;
}

SelectionAttr selectionOrDefault(MLIRContext *context, SelectionAttr selection) {
  return selection ? selection : SelectionAttr::get(context, SelectionLayout::HQK, SelectionOrder::Ascending);
}

bool impliesOrder(SelectionOrder given, SelectionOrder wanted) {
  // A row's own block is always selected and no visible block lies past it, so an ascending row ends with it.
  return given == wanted || wanted == SelectionOrder::Any ||
         (given == SelectionOrder::Ascending && wanted == SelectionOrder::LocalLast);
}

int64_t batchSizeOf(BatchOperands batch, ShapedType query, std::optional<KeyShape> key) {
  int64_t size = ShapedType::kDynamic;
  bool said = false;
  auto say = [&](int64_t value) {
    said = true;
    if (ShapedType::isDynamic(size)) size = value;
  };
  auto minusOne = [](int64_t value) { return ShapedType::isDynamic(value) ? value : value - 1; };
  if (batch.pageTable) say(shapedTypeOf(batch.pageTable).getDimSize(0));
  if (batch.sequsedK) say(shapedTypeOf(batch.sequsedK).getDimSize(0));
  if (batch.cuSeqlensQ) say(minusOne(shapedTypeOf(batch.cuSeqlensQ).getDimSize(0)));
  if (batch.cuSeqlensK) say(minusOne(shapedTypeOf(batch.cuSeqlensK).getDimSize(0)));
  if (query && query.getRank() == 4) say(query.getDimSize(0));
  if (key && key->layout == KvLayout::Dense) say(key->batch);
  return said ? size : 1;
}

int64_t maxBlocksOf(const KeyShape &key, Value pageTable, int64_t blockSize) {
  int64_t capacity = key.capacity;
  if (key.layout == KvLayout::Paged) capacity = mul(shapedTypeOf(pageTable).getDimSize(1), key.pageSize);
  return ShapedType::isDynamic(capacity) ? capacity : (capacity + blockSize - 1) / blockSize;
}
int64_t maxBlocksOf(IndexScoresOp op) {
  Value pageTable = op.getPageTable();
  return maxBlocksOf(indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), bool(pageTable)), pageTable, op.getBlockSize());
}
int64_t maxBlocksOf(SelectBlocksOp op) {
  if (Value scores = op.getScores()) return shapedTypeOf(scores).getDimSize(2);
  Value pageTable = op.getPageTable();
  return maxBlocksOf(indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), bool(pageTable)), pageTable, op.getBlockSize());
}
int64_t maxBlocksOf(AttendOp op) {
  Value pageTable = op.getPageTable();
  return maxBlocksOf(keyShapeOf(shapedTypeOf(op.getKey()), bool(pageTable)), pageTable, op.getBlockSize());
}

//===----------------------------------------------------------------------===//
// Sizes as IR
//===----------------------------------------------------------------------===//

OpFoldResult sizeOf(OpBuilder &builder, Location loc, Value value, int64_t axis) {
  auto type = shapedTypeOf(value);
  if (!type.isDynamicDim(axis)) return builder.getIndexAttr(type.getDimSize(axis));
  if (isa<MemRefType>(type)) return memref::DimOp::create(builder, loc, value, axis).getResult();
  return tensor::DimOp::create(builder, loc, value, axis).getResult();
}

OpFoldResult mulSizes(OpBuilder &builder, Location loc, OpFoldResult lhs, OpFoldResult rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r) return builder.getIndexAttr(*l * *r);
  if (l == 1) return rhs;
  if (r == 1) return lhs;
  Value lhsValue = getValueOrCreateConstantIndexOp(builder, loc, lhs);
  Value rhsValue = getValueOrCreateConstantIndexOp(builder, loc, rhs);
  return arith::MulIOp::create(builder, loc, lhsValue, rhsValue).getResult();
}

OpFoldResult ceilDivSizes(OpBuilder &builder, Location loc, OpFoldResult lhs, int64_t rhs) {
  if (std::optional<int64_t> l = getConstantIntValue(lhs)) return builder.getIndexAttr((*l + rhs - 1) / rhs);
  if (rhs == 1) return lhs;
  Value divisor = arith::ConstantIndexOp::create(builder, loc, rhs);
  return arith::CeilDivUIOp::create(builder, loc, cast<Value>(lhs), divisor).getResult();
}

OpFoldResult worklistCapacityOf(OpBuilder &builder, Location loc, OpFoldResult heads, OpFoldResult entries,
                                OpFoldResult totalQ, OpFoldResult batch, OpFoldResult maxBlocks, int64_t maxQueries,
                                int64_t subChunk) {
  auto value = [&](OpFoldResult size) { return getValueOrCreateConstantIndexOp(builder, loc, size); };
  OpFoldResult stretches = batch; // of the tokens, in each of which a block's list is whole
  if (subChunk != 0)
    stretches =
        builder.createOrFold<arith::AddIOp>(loc, value(batch), value(ceilDivSizes(builder, loc, totalQ, subChunk)));
  Value lists = value(mulSizes(builder, loc, getAsOpFoldResult(value(stretches)), maxBlocks));
  Value full = builder.createOrFold<arith::DivUIOp>(loc, value(entries), value(builder.getIndexAttr(maxQueries)));
  Value begun = builder.createOrFold<arith::MinSIOp>(loc, value(entries), lists);
  Value parts = builder.createOrFold<arith::AddIOp>(loc, full, begun);
  return mulSizes(builder, loc, heads, getAsOpFoldResult(parts));
}

OpFoldResult totalQOf(OpBuilder &builder, Location loc, Value query) {
  OpFoldResult first = sizeOf(builder, loc, query, 0);
  if (shapedTypeOf(query).getRank() == 3) return first;
  return mulSizes(builder, loc, first, sizeOf(builder, loc, query, 1));
}

OpFoldResult maxBlocksOf(OpBuilder &builder, Location loc, Value key, bool isIndexKey, Value pageTable,
                         int64_t blockSize) {
  auto type = shapedTypeOf(key);
  KeyShape shape = isIndexKey ? indexKeyShapeOf(type, bool(pageTable)) : keyShapeOf(type, bool(pageTable));
  OpFoldResult capacity;
  if (shape.layout == KvLayout::Paged)
    capacity = mulSizes(builder, loc, sizeOf(builder, loc, pageTable, 1), builder.getIndexAttr(shape.pageSize));
  else capacity = sizeOf(builder, loc, key, shape.layout == KvLayout::Dense ? 1 : 0);
  return ceilDivSizes(builder, loc, capacity, blockSize);
}

/// `query` and `denseKey` may be null.
static OpFoldResult batchSize(OpBuilder &builder, Location loc, BatchOperands batch, Value query, Value denseKey) {
  // What is static anywhere is static; else the first operand that says it.
  std::optional<KeyShape> key;
  if (denseKey) key = KeyShape{KvLayout::Dense, shapedTypeOf(denseKey).getDimSize(0)};
  int64_t size = batchSizeOf(batch, query ? shapedTypeOf(query) : ShapedType(), key);
  if (!ShapedType::isDynamic(size)) return builder.getIndexAttr(size);
  if (batch.pageTable) return sizeOf(builder, loc, batch.pageTable, 0);
  if (batch.sequsedK) return sizeOf(builder, loc, batch.sequsedK, 0);
  if (Value offsets = batch.cuSeqlensQ ? batch.cuSeqlensQ : batch.cuSeqlensK) {
    Value size = getValueOrCreateConstantIndexOp(builder, loc, sizeOf(builder, loc, offsets, 0));
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    return arith::SubIOp::create(builder, loc, size, one).getResult();
  }
  if (query && shapedTypeOf(query).getRank() == 4) return sizeOf(builder, loc, query, 0);
  return sizeOf(builder, loc, denseKey, 0);
}
OpFoldResult batchSizeOf(OpBuilder &builder, Location loc, IndexScoresOp op) {
  bool dense = !op.getPageTable() && shapedTypeOf(op.getIndexKey()).getRank() == 3;
  return batchSize(builder, loc, batchOperandsOf(op), op.getIndexQuery(), dense ? op.getIndexKey() : Value());
}
OpFoldResult batchSizeOf(OpBuilder &builder, Location loc, SelectBlocksOp op) {
  Value key = op.getIndexKey();
  bool dense = key && !op.getPageTable() && shapedTypeOf(key).getRank() == 3;
  return batchSize(builder, loc, batchOperandsOf(op), op.getIndexQuery(), dense ? key : Value());
}
OpFoldResult batchSizeOf(OpBuilder &builder, Location loc, AttendOp op) {
  bool dense = !op.getPageTable() && shapedTypeOf(op.getKey()).getRank() == 4;
  return batchSize(builder, loc, batchOperandsOf(op), op.getQuery(), dense ? op.getKey() : Value());
}

//===----------------------------------------------------------------------===//
// Problems
//===----------------------------------------------------------------------===//

double defaultSoftmaxScale(int64_t dim) { return 1.0 / std::sqrt(double(dim)); }

static double scaleOr(std::optional<APFloat> scale, Value query) {
  if (scale) return scale->convertToDouble();
  auto type = shapedTypeOf(query);
  return defaultSoftmaxScale(type.getDimSize(type.getRank() - 1));
}
double softmaxScaleOf(IndexScoresOp op) { return scaleOr(op.getSoftmaxScale(), op.getIndexQuery()); }
double softmaxScaleOf(SelectBlocksOp op) { return scaleOr(op.getSoftmaxScale(), op.getIndexQuery()); }
double softmaxScaleOf(AttendOp op) { return scaleOr(op.getSoftmaxScale(), op.getQuery()); }
double softmaxScaleOf(AttentionOp op) { return scaleOr(op.getSoftmaxScale(), op.getQuery()); }
double indexScaleOf(AttentionOp op) { return scaleOr(op.getIndexScale(), op.getIndexQuery()); }

FailureOr<::msa::Dtype> dtypeOf(Type elementType) {
  if (elementType.isBF16()) return ::msa::Dtype::BF16;
  if (elementType.isF16()) return ::msa::Dtype::F16;
  if (elementType.isF32()) return ::msa::Dtype::F32;
  if (elementType.isInteger(32)) return ::msa::Dtype::I32;
  return failure();
}

/// Reports a size that must be known to the compiler and is not.
static LogicalResult checkStatic(Operation *op, int64_t size, StringRef what) {
  if (!ShapedType::isDynamic(size)) return success();
  return op->emitOpError() << "expects a static " << what << ", but it is dynamic";
}

/// The fields all ops share.
static LogicalResult fillCommon(Operation *op, ::msa::Problem &problem, BatchOperands batch, Type elementType,
                                const KeyShape &key) {
  FailureOr<::msa::Dtype> dtype = dtypeOf(elementType);
  if (failed(dtype)) return op->emitOpError() << "expects elements of bf16, f16 or f32, but they are " << elementType;
  problem.dtype = *dtype;
  problem.kvLayout = key.layout;
  problem.pageSize = key.layout == KvLayout::Paged ? key.pageSize : 0;
  problem.raggedQ = bool(batch.cuSeqlensQ);
  problem.hasKvLens = bool(batch.sequsedK);
  return checkStatic(op, problem.pageSize, "page size");
}

/// The fields of an index branch: heads, index dim.
static LogicalResult fillIndex(Operation *op, ::msa::Problem &problem, const QueryShape &indexQuery) {
  if (failed(checkStatic(op, indexQuery.heads, "number of index heads")) ||
      failed(checkStatic(op, indexQuery.dim, "index dim")))
    return failure();
  problem.numQHeads = problem.numKvHeads = indexQuery.heads;
  problem.headDim = 0;
  problem.indexDim = indexQuery.dim;
  return success();
}

/// The fields of the main branch: query and KV heads, head dim.
static LogicalResult fillMain(Operation *op, ::msa::Problem &problem, const QueryShape &query, const KeyShape &key) {
  if (failed(checkStatic(op, query.heads, "number of query heads")) ||
      failed(checkStatic(op, key.heads, "number of KV heads")) || failed(checkStatic(op, query.dim, "head dim")))
    return failure();
  problem.numQHeads = query.heads;
  problem.numKvHeads = key.heads;
  problem.headDim = query.dim;
  return success();
}

FailureOr<::msa::Problem> problemOf(IndexScoresOp op) {
  ::msa::Problem problem;
  auto query = shapedTypeOf(op.getIndexQuery());
  KeyShape key = indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), bool(op.getPageTable()));
  if (failed(fillCommon(op, problem, batchOperandsOf(op), query.getElementType(), key)) ||
      failed(fillIndex(op, problem, queryShapeOf(query))))
    return failure();
  problem.blockSize = op.getBlockSize();
  problem.topk = 0;
  problem.causal = op.getCausal();
  problem.softmaxScale = softmaxScaleOf(op);
  return problem;
}

FailureOr<::msa::Problem> problemOf(SelectBlocksOp op) {
  ::msa::Problem problem;
  BatchOperands batch = batchOperandsOf(op);
  if (Value scores = op.getScores()) {
    auto type = shapedTypeOf(scores);
    if (failed(fillCommon(op, problem, batch, type.getElementType(), KeyShape())) ||
        failed(checkStatic(op, type.getDimSize(0), "number of index heads")))
      return failure();
    problem.numQHeads = problem.numKvHeads = type.getDimSize(0);
    problem.headDim = problem.indexDim = 0;
  } else {
    auto query = shapedTypeOf(op.getIndexQuery());
    KeyShape key = indexKeyShapeOf(shapedTypeOf(op.getIndexKey()), bool(batch.pageTable));
    if (failed(fillCommon(op, problem, batch, query.getElementType(), key)) ||
        failed(fillIndex(op, problem, queryShapeOf(query))))
      return failure();
    problem.softmaxScale = softmaxScaleOf(op);
  }
  problem.blockSize = op.getBlockSize();
  problem.topk = op.getTopk();
  problem.sinkBlocks = op.getSinkBlocks();
  problem.localBlocks = op.getLocalBlocks();
  problem.causal = op.getCausal();
  return problem;
}

FailureOr<::msa::Problem> problemOf(AttendOp op) {
  ::msa::Problem problem;
  auto query = shapedTypeOf(op.getQuery());
  KeyShape key = keyShapeOf(shapedTypeOf(op.getKey()), bool(op.getPageTable()));
  int64_t topk = shapedTypeOf(op.getSelected()).getDimSize(2);
  if (failed(fillCommon(op, problem, batchOperandsOf(op), query.getElementType(), key)) ||
      failed(fillMain(op, problem, queryShapeOf(query), key)) || failed(checkStatic(op, topk, "topk")))
    return failure();
  problem.blockSize = op.getBlockSize();
  problem.topk = topk;
  problem.causal = op.getCausal();
  problem.returnLse = destinationsOf(op).size() > 1;
  problem.softmaxScale = softmaxScaleOf(op);
  return problem;
}

FailureOr<::msa::Problem> problemOf(CombineOp op) {
  ::msa::Problem problem;
  ValueRange destinations = destinationsOf(op);
  auto output = shapedTypeOf(destinations.front());
  QueryShape shape = queryShapeOf(output);
  KeyShape key;
  key.heads = shape.heads;
  if (failed(fillCommon(op, problem, {}, output.getElementType(), key)) || failed(fillMain(op, problem, shape, key)))
    return failure();
  problem.returnLse = destinations.size() > 1;
  return problem;
}

FailureOr<::msa::Problem> problemOf(AttentionOp op) {
  ::msa::Problem problem;
  auto query = shapedTypeOf(op.getQuery());
  QueryShape indexQuery = queryShapeOf(shapedTypeOf(op.getIndexQuery()));
  KeyShape key = keyShapeOf(shapedTypeOf(op.getKey()), bool(op.getPageTable()));
  if (failed(fillCommon(op, problem, batchOperandsOf(op), query.getElementType(), key)) ||
      failed(fillMain(op, problem, queryShapeOf(query), key)) || failed(checkStatic(op, indexQuery.dim, "index dim")))
    return failure();
  problem.indexDim = indexQuery.dim;
  problem.blockSize = op.getBlockSize();
  problem.topk = op.getTopk();
  problem.sinkBlocks = op.getSinkBlocks();
  problem.localBlocks = op.getLocalBlocks();
  problem.causal = op.getCausal();
  problem.returnLse = attentionResultsOf(op).lse >= 0;
  problem.softmaxScale = softmaxScaleOf(op);
  return problem;
}

::msa::TileConfig tileConfigOf(TileConfigAttr attr) {
  return {attr.getQueryTile(),   attr.getKvTile(),
          attr.getKvStages(),    attr.getSplits(),
          attr.getWarps(),       attr.getChunkBlocks(),
          attr.getBlocksPerSm(), attr.getMma() == MmaKind::Wgmma ? ::msa::MmaKind::Wgmma : ::msa::MmaKind::MmaSync,
          attr.getConsumers(),   attr.getQueryChunk(),
          attr.getOverlap(),     attr.getLeastTokens()};
}

TileConfigAttr tileConfigAttrOf(MLIRContext *context, const ::msa::TileConfig &config) {
  return TileConfigAttr::get(context, config.queryTile, config.kvTile, config.kvStages, config.splits, config.warps,
                             config.chunkBlocks, config.blocksPerSm,
                             config.mma == ::msa::MmaKind::Wgmma ? MmaKind::Wgmma : MmaKind::MmaSync, config.consumers,
                             config.queryChunk, config.overlap, config.leastTokens);
}

::msa::StrategyKind strategyKindOf(StrategyAttr attr) {
  switch (attr.getKind()) {
  case StrategyKind::Cpu: return ::msa::StrategyKind::Cpu;
  case StrategyKind::DecodeSplitKv: return ::msa::StrategyKind::DecodeSplitKv;
  case StrategyKind::PrefillQueryTile: return ::msa::StrategyKind::PrefillQueryTile;
  case StrategyKind::CombineRows: return ::msa::StrategyKind::CombineRows;
  case StrategyKind::IndexScore: return ::msa::StrategyKind::IndexScore;
  case StrategyKind::SelectTopK: return ::msa::StrategyKind::SelectTopK;
  case StrategyKind::BuildK2q: return ::msa::StrategyKind::BuildK2q;
  case StrategyKind::RelayoutRows: return ::msa::StrategyKind::RelayoutRows;
  case StrategyKind::ScoresThenTopK: return ::msa::StrategyKind::ScoresThenTopK;
  case StrategyKind::PrefillKvOuter: return ::msa::StrategyKind::PrefillKvOuter;
  case StrategyKind::IndexSelect: return ::msa::StrategyKind::IndexSelect;
  }
  llvm_unreachable("every kind is listed");
}

} // namespace mlir::msa
