// The attention of one tile of queries over a list of KV blocks: what prefill and decode share.
#ifndef MSA_LIB_KERNELS_ATTENDTILE_H
#define MSA_LIB_KERNELS_ATTENDTILE_H
#include "Requests.h"
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"

namespace mlir::tile {

/// One thread block's view of the problem. Rows of the tile are (token, head of the group) pairs: row r is token
/// `firstToken + r / group`, query head `kvHead * group + r mod group`. Where warps are more than its rows need, the rows are repeated in
/// `parts`: each works on its own share of the keys of a step, and they are merged at the end.
class AttendTile {
public:
  AttendTile(TileBuilder &b, const ::msa::Problem &problem, const ::msa::TileConfig &config, const AttendTypes &types,
             KernelOp kernel, Scalar firstToken, Scalar kvHead);

  struct Result {
    Value output; ///< frag [rows, head_dim] f32, normalised
    Value lse;    ///< rows f32, natural log
  };
  /// Visits KV tiles `first, first + stride, ...` of those that make up the union of the tokens' selections.
  Result attend(Scalar first, int64_t stride);
  /// Writes a result; `split` is null unless the result is a partial one.
  void store(Result result, Scalar split);

private:
  /// An online softmax on its way: `top` is what the exponentials of a row are taken against, `sum` and `out` are not normalised.
  struct State {
    Value top, sum, out;
  };
  /// Which KV tiles are visited, and what the rows need to know of them.
  struct Walk {
    Value query, list, limit;
    Scalar first, turns;
    int64_t stride = 1;
  };
  struct Turn {
    Request request;
    Scalar firstKey;
    Value members;
  };
  // Exponentials may exceed 1 by this power of 2: the sum of 16K keys of 2^8 each is far from f32's end, and so is 2^8 from f16's.
  static constexpr double kSlack = 8;

  Walk begin(Scalar first, int64_t stride);
  Turn turn(const Walk &walk, Scalar i);
  Value visibleKeys(const Walk &walk,
                    const Turn &turn); ///< of the tile, by rows; below 1 where the row's token did not choose it
  State step(State state, Value q, Value k, Value v, Value visible);
  struct Softmax {
    Value top, grown, decay, p;
  };
  Softmax softmax(Value top, Value s, Value visible);
  State attendOverlapped(const Walk &walk);
  Result finish(State state);
  State mergeParts(State state);
  Scalar exists(Scalar tokenInTile);
  RowPlace queryRow(Scalar row, std::optional<Scalar> split = std::nullopt, bool withColumns = true);

  TileBuilder &b;
  const ::msa::Problem &problem;
  const ::msa::TileConfig &config;
  Requests requests;
  Scalar firstToken, kvHead;
  int64_t parts, partRows, rows; ///< rows = parts x partRows
  int64_t rowPiece;
  double scale; ///< of the softmax, in base 2
  Value query, key, value, selection, output, lse;
};

/// Makes the kernel with its arguments and leaves `builder` at its start; call `tile.return` at the end.
KernelOp startAttendKernel(TileBuilder &b, StringRef name, const ::msa::TileConfig &config, const AttendTypes &types);

} // namespace mlir::tile
#endif
