// Decode attention: a query token's group of heads is the tile, and `splits` thread blocks share its KV blocks so that small
// batches fill the chip. Budget and measurements: DecodeSplitKv.md.
#include "AttendTile.h"

namespace mlir::tile {

KernelOp buildDecodeSplitKv(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                            const ::msa::TileConfig &config, const AttendTypes &types) {
  TileBuilder b(loc, builder);
  KernelOp kernel = startAttendKernel(b, name, config, types);
  Scalar firstToken = b.programId(0) * config.queryTile, kvHead = b.programId(1), split = b.programId(2);
  AttendTile tile(b, problem, config, types, kernel, firstToken, kvHead);
  AttendTile::Result result = tile.attend(split, std::max<int64_t>(config.splits, 1));
  bool partial = types.output.getRank() == 4; // [splits, ...]: a part even where there is only one
  tile.store(result, partial ? split : Scalar{});
  ReturnOp::create(b);
  return kernel;
}

} // namespace mlir::tile
