// The handshakes that a role makes, in order, for loops of an assumed length.
#ifndef MSA_LIB_TILETRANSFORMS_HANDSHAKETRACE_H
#define MSA_LIB_TILETRANSFORMS_HANDSHAKETRACE_H
#include "dialects/Tile/IR/TileDialect.h"
#include <map>
#include <vector>

namespace mlir::msa {

struct Handshake {
  Operation *op;      ///< tile.acquire, commit, wait or release
  Operation *channel; ///< tile.make_channel
  int64_t use;
};

/// Whether rows run what `tile.if_rows` holds.
enum class TakesPart { Always, Never, EveryOther };

/// Appends the handshakes of `role`, loops of unknown length taken `turns` times. Fails, with a diagnostic, where a use is not
/// computed from loop counters and constants.
LogicalResult traceHandshakes(Region &role, int64_t turns, TakesPart part, std::vector<Handshake> &trace);

/// Fails, with a diagnostic, unless the loops with handshakes in them are nested alike in both roles and run between bounds that
/// are computed alike.
LogicalResult verifySameTurns(tile::RolesOp roles);

} // namespace mlir::msa
#endif
