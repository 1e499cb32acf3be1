// Prefill attention: a tile of neighbouring queries visits the union of their blocks. No partial results, no combine: it
// wins where neighbours agree, and is right for any selection. Budget and measurements: PrefillQueryTile.md.
#include "AttendTile.h"

namespace mlir::tile {

KernelOp buildPrefillQueryTile(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                               const ::msa::TileConfig &config, const AttendTypes &types) {
  TileBuilder b(loc, builder);
  KernelOp kernel = startAttendKernel(b, name, config, types);
  Scalar firstToken = b.programId(0) * config.queryTile;
  Scalar kvHead = b.programId(1);
  AttendTile tile(b, problem, config, types, kernel, firstToken, kvHead);
  bool partial = types.output.getRank() == 4; // [1, ...]: the only part
  tile.store(tile.attend(b.index(0), 1), partial ? b.index(0) : Scalar{});
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
