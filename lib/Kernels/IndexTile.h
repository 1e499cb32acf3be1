// The block scores of one tile of index queries: what writing scores and selecting from them share.
#ifndef MSA_LIB_KERNELS_INDEXTILE_H
#define MSA_LIB_KERNELS_INDEXTILE_H
#include "Requests.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::tile {

/// Rows of the tile are (token, index head) pairs, so that one tile of index keys serves all heads: row r is token
/// `firstToken + r / heads`, head r mod heads. Their queries stay in registers.
class IndexTile {
public:
  /// Makes the kernel with its arguments and leaves `b` at its start; call `tile.return` at the end.
  /// `more` sizes (index) are its last arguments.
  static KernelOp startKernel(TileBuilder &b, StringRef name, const ::msa::TileConfig &config, const IndexTypes &types,
                              int64_t more = 0);

  IndexTile(TileBuilder &b, const ::msa::Problem &problem, const ::msa::TileConfig &config, const IndexTypes &types,
            KernelOp kernel, Scalar turn);

  /// The tokens of the tile that are one request's.
  struct Segment {
    Request request;
    Scalar first, end;   ///< tokens; end is 0 where the request has none
    Scalar fewest, most; ///< keys that its first and its last token see; 0 for no token
  };
  /// i32 rows: keys that each row sees, 0 in rows of others.
  Value visible(const Segment &segment) const;
  /// Every request with tokens in the tile, in order. `body` makes new state of the old.
  SmallVector<Value> forEachRequest(ValueRange state,
                                    const std::function<SmallVector<Value>(const Segment &, ValueRange)> &body);

  /// What is done with a block's maxima: f32 rows, unscaled, -inf in rows that see none of its keys. A NaN is met only in rows that
  /// see nothing but NaN. `number` counts the blocks of this call from 0.
  using Epilogue = std::function<SmallVector<Value>(Scalar number, Value best, ValueRange state)>;
  /// Scores `count` blocks of the segment's request from block `first` on, and up to blocksAStep() - 1 after them; `first` is a
  /// multiple of that.
  SmallVector<Value> forEachBlock(const Segment &segment, Scalar first, Scalar count, ValueRange state,
                                  const Epilogue &epilogue);
  /// The same for blocks that every row sees whole, or whose maxima it does not ask for.
  SmallVector<Value> forEachWholeBlock(const Segment &segment, Scalar first, Scalar count, ValueRange state,
                                       const Epilogue &epilogue);
  int64_t blocksAStep() const { return std::max<int64_t>(config.kvTile / problem.blockSize, 1); }

  /// Row r's place in a view [heads, total_q, ...], if its token is one of the segment's; walked in pieces of `rowPiece`
  /// along dimension 0.
  RowPlace place(const Segment &segment, Scalar row) const;

  const ::msa::Problem &problem;
  const ::msa::TileConfig &config;
  Requests requests;
  int64_t heads, rows, rowPiece;
  Scalar maxBlocks;
  Scalar firstToken, endToken; ///< of the tile
  Value scores, selected;

private:
  SmallVector<Value> forBlocks(const Segment &segment, Scalar first, Scalar begin, Scalar end, bool masked,
                               ValueRange state, const Epilogue &epilogue);
  bool isWgmma() const { return config.mma == ::msa::MmaKind::Wgmma; }
  Value maskWithoutBranch(Value scores, Value count);
  SmallVector<Value> scoreStep(Value visible, Value keys, Scalar firstKey);

  TileBuilder &b;
  Value query, key, queries;
};

} // namespace mlir::tile
#endif
