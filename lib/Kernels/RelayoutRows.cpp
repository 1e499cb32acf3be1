// A selection from one layout to another, its rows sorted or as they are: `query_tile` tokens of one head a thread block, a warp a token.
// Budget: RelayoutRows.md.
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"

namespace mlir::tile {

KernelOp buildRelayoutRows(OpBuilder &builder, Location loc, StringRef name, const ::msa::TileConfig &config,
                           MemRefType from, bool fromTokenFirst, MemRefType to, bool toTokenFirst, bool sorted) {
  TileBuilder b(loc, builder);
  auto kernel = KernelOp::create(b, name, b.getFunctionType({from, to, b.getIndexType()}, {}), config.warps);
  b.setInsertionPointToStart(&kernel.getBody().front());
  Value source = kernel.getBody().getArgument(0), target = kernel.getBody().getArgument(1);
  Scalar totalQ = b.wrap(kernel.getBody().getArgument(2));
  Scalar firstToken = b.programId(0) * config.queryTile, head = b.programId(1);
  auto move = MoveListsOp::create(b, sorted, source, target, config.queryTile);
  {
    OpBuilder::InsertionGuard guard(b);
    Block &block = move.getRowMap().emplaceBlock();
    Scalar row = b.wrap(block.addArgument(b.getIndexType(), b.getLoc()));
    b.setInsertionPointToStart(&block);
    Scalar token = firstToken + row;
    auto place = [&](bool tokenFirst) {
      return tokenFirst ? SmallVector<Value>{token, head} : SmallVector<Value>{head, token};
    };
    SmallVector<Value> yielded = place(fromTokenFirst);
    llvm::append_range(yielded, place(toTokenFirst));
    yielded.push_back(select(token < totalQ, b.index(1), b.index(0)));
    YieldOp::create(b, yielded);
  }
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
