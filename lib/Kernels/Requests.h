// The requests of a batch, as every recipe sees them: whose token a token is, how many keys it sees, where those keys lie.
#ifndef MSA_LIB_KERNELS_REQUESTS_H
#define MSA_LIB_KERNELS_REQUESTS_H
#include "msa/Kernels/TileBuilder.h"
#include "msa/Support/Problem.h"

namespace mlir::tile {

/// Where a request's queries and keys are. All scalars are index.
struct Request {
  Scalar id;
  Scalar qBegin, qLen; ///< packed query tokens
  Scalar kvLen;        ///< keys
  Scalar kBegin;       ///< first packed key (Packed layout only)
};

/// The blocks that a query chooses from, [0, blocks): those with a key that it sees. Blocks [0, sinkEnd) and [low, high) are kept
/// whatever they score; block high - 1 is the last that its position reaches. All scalars are index.
struct RowBlocks {
  Scalar blocks, sinkEnd, low, high;
};

/// Built from a kernel's arguments; what the problem does not have is null.
struct Requests {
  TileBuilder &b;
  const ::msa::Problem &problem;
  Value cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable;
  Scalar totalQ, batch;
  Scalar seqlenK; ///< the keys of a request that nothing else tells: Dense: seqlen_k; Packed: total_k

  Request request(Scalar id) const;
  Request requestOfToken(Scalar token) const;
  /// Keys of its request that `token` sees, i32: at most 0 where it sees none.
  Scalar visibleKeys(const Request &r, Scalar token) const;
  /// One past the position of `token` in its request, index; 0 where that is before the first key.
  Scalar positionEnd(const Request &r, Scalar token) const;
  RowBlocks blocksOf(const Request &r, Scalar token) const;
  /// Keys (or values) firstKey .. firstKey + keys of a request, `cols` columns; those past its end are zero. `head` picks the KV
  /// head of a view that has any.
  Value loadKeys(Value view, const Request &r, std::optional<Scalar> head, Scalar firstKey, int64_t keys,
                 int64_t cols) const;
};

} // namespace mlir::tile
#endif
