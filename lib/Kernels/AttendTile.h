// The attention of one tile of queries over a list of KV blocks: what prefill and decode share.
#ifndef MSA_LIB_KERNELS_ATTENDTILE_H
#define MSA_LIB_KERNELS_ATTENDTILE_H
#include "Requests.h"
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"

namespace mlir::tile {

/// One thread block's view of the problem. Rows of the tile are (token, head of the group) pairs: row r is token
/// `firstToken + r / group`, query head `kvHead * group + r mod group`.
class AttendTile {
public:
  AttendTile(TileBuilder &b, const ::msa::Problem &problem, const ::msa::TileConfig &config, const AttendTypes &types,
             KernelOp kernel, Scalar firstToken, Scalar kvHead);

  struct Result {
    Value output; ///< frag [rows, head_dim] f32, normalised
    Value lse;    ///< rows f32, natural log
  };
  /// Visits entries `first, first + step, ...` of the union of the tokens' selections.
  Result attend(Scalar first, int64_t step);
  /// Writes a result; `split` is null unless the result is a partial one.
  void store(Result result, Scalar split);

private:
  Scalar exists(Scalar tokenInTile);
  RowPlace queryRow(Scalar row, std::optional<Scalar> split = std::nullopt, bool withColumns = true);

  TileBuilder &b;
  const ::msa::Problem &problem;
  const ::msa::TileConfig &config;
  Requests requests;
  Scalar firstToken, kvHead;
  int64_t rows, rowPiece;
  Value query, key, value, selection, output, lse;
};

/// Makes the kernel with its arguments and leaves `builder` at its start; call `tile.return` at the end.
KernelOp startAttendKernel(TileBuilder &b, StringRef name, const ::msa::TileConfig &config, const AttendTypes &types);

} // namespace mlir::tile
#endif
