// The launches that transpose a selection, for msa.transpose_selection and for attention that works on its result.
#ifndef MSA_LIB_CONVERSION_MSATOTILE_TRANSPOSETOTILE_H
#define MSA_LIB_CONVERSION_MSATOTILE_TRANSPOSETOTILE_H
#include "OpToLaunch.h"
#include "msa/Kernels/Kernels.h"

namespace mlir::msa {

/// Memrefs of i32 (see tile::K2qTypes; the optional ones may be null) and sizes, index.
struct K2qOperands {
  Value selection, cuSeqlensQ;
  Value rowOffsets, queryIds, slots, worklist, numItems;
  Value totalQ, batch, maxBlocks;
};

/// Four kernels and the temporaries that carry counts from one to the next.
class K2qLauncher {
public:
  /// Makes them where `pen` stands, for at most `mostTokens` query tokens.
  K2qLauncher(LaunchPen &pen, const K2qOperands &operands, const tile::K2qSizes &sizes, int64_t warps,
              Value mostTokens);
  /// Transposes the selection of `tokens` tokens from `firstToken` on, into a worklist of `capacity` rows if any.
  void launch(Value firstToken, Value tokens, Value capacity);

private:
  Value shares(Value size, int64_t share); ///< at least one

  LaunchPen &pen;
  tile::K2qSizes sizes;
  tile::K2qKernels kernels;
  SmallVector<Value> memrefs;
  Value totalQ, batch, maxBlocks, heads, rows;
};

/// Rows of one thread block, of so many (which may be ShapedType::kDynamic).
int64_t k2qWindow(int64_t rows);

} // namespace mlir::msa
#endif
