//===- IndexScores.h - block scores of a tile of tokens ---------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_MSATOLINALG_INDEXSCORES_H
#define MSA_LIB_CONVERSION_MSATOLINALG_INDEXSCORES_H
#include "Keys.h"

namespace mlir::msa {

/// The index branch of one op: scores of consecutive packed query tokens, whatever requests they belong to.
struct IndexBranch {
  Value query; ///< [total_q, heads, dim] or dense
  Keys keys;   ///< index keys
  int64_t heads, dim, blockSize;
  double scale;

  /// Tokens of a tile at most: about 32 rows (tokens x heads) share a key tile.
  int64_t largestTile() const;
  /// Tokens of a tile: `largestTile`, or fewer where requests are short, so that a tile is not left to one core alone.
  Value tileSize(TensorBuilder &b, const Requests &requests, Value totalQ) const;

  /// scores[h, t, block] for the tokens [first, end), at t = token - first, -inf where the block has no visible key. `scores` is
  /// [heads, at least end - first, max_blocks] and overwritten whole.
  Value scoreTile(TensorBuilder &b, const Requests &requests, Value first, Value end, Value scores) const;

private:
  struct Segment; ///< the tokens of one request in the tile
  Value scoreSegment(TensorBuilder &b, const Requests &requests, const Segment &segment, Value scores) const;
  Value readQueries(TensorBuilder &b, const Segment &segment) const;
  /// max over the keys of one block: [rows].
  Value scoreBlock(TensorBuilder &b, const Segment &segment, Value queries, Value block) const;
};

} // namespace mlir::msa
#endif
