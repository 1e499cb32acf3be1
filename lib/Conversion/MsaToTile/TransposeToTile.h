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
  Value totalQ, firstToken, tokens, batch, maxBlocks;
};
void launchK2q(LaunchPen &pen, const K2qOperands &operands, tile::K2qSizes sizes, int64_t warps);

/// Rows of one thread block, of so many (which may be ShapedType::kDynamic).
int64_t k2qWindow(int64_t rows);

} // namespace mlir::msa
#endif
