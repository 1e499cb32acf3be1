// A query's best blocks from its scores: `query_tile` tokens of one index head a thread block, a warp a token; or, where rows are few
// and long, one token whose row all warps share. Budget and measurements: SelectTopK.md.
#include "Requests.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::tile {

SmallVector<Type> SelectTypes::list() const {
  SmallVector<Type> all;
  for (MemRefType type : {scores, cuSeqlensQ, cuSeqlensK, seqUsedK, selected, selectedScores})
    if (type) all.push_back(type);
  return all;
}

KernelOp buildSelectTopK(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                         const ::msa::TileConfig &config, const SelectTypes &types, bool tokenFirst, TopKOrder order) {
  TileBuilder b(loc, builder);
  SmallVector<Type> args = types.list();
  args.append(3, b.getIndexType());
  auto kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), config.warps);
  b.setInsertionPointToStart(&kernel.getBody().front());
  unsigned next = 0;
  auto take = [&](MemRefType type) { return type ? Value(kernel.getBody().getArgument(next++)) : Value(); };
  Requests requests{b, problem};
  Value scores = take(types.scores);
  requests.cuSeqlensQ = take(types.cuSeqlensQ), requests.cuSeqlensK = take(types.cuSeqlensK);
  requests.seqUsedK = take(types.seqUsedK);
  Value selected = take(types.selected), selectedScores = take(types.selectedScores);
  requests.totalQ = b.wrap(kernel.getBody().getArgument(next));
  requests.batch = b.wrap(kernel.getBody().getArgument(next + 1));
  requests.seqlenK = b.wrap(kernel.getBody().getArgument(next + 2));

  Scalar firstToken = b.programId(0) * config.queryTile, head = b.programId(1), zero = b.index(0), one = b.index(1);
  auto topK = TopKOp::create(b, order, scores, selected, selectedScores, config.queryTile);
  {
    OpBuilder::InsertionGuard guard(b);
    Block &block = topK.getRowMap().emplaceBlock();
    Scalar row = b.wrap(block.addArgument(b.getIndexType(), b.getLoc()));
    b.setInsertionPointToStart(&block);
    Scalar exists = select(firstToken + row < requests.totalQ, one, zero);
    Scalar token = min(firstToken + row, requests.totalQ - 1);
    Request request = requests.requestOfToken(token);

    RowBlocks blocks = requests.blocksOf(request, token);
    Scalar belongs = token - request.qBegin < request.qLen; // tokens past the last request select nothing
    auto ofRequest = [&](Scalar count) { return select(belongs, count, zero); };

    SmallVector<Scalar> place = {head, token, head, token};
    if (tokenFirst) std::swap(place[2], place[3]);
    for (Scalar count : {blocks.blocks, blocks.sinkEnd, blocks.low, blocks.high}) place.push_back(ofRequest(count));
    place.push_back(exists);
    YieldOp::create(b, SmallVector<Value>(place.begin(), place.end()));
  }
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
