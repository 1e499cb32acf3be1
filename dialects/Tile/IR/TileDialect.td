#ifndef TILE_DIALECT_TD
#define TILE_DIALECT_TD
include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::mlir::tile";
  let summary = "How one thread block computes: tiles, fragments, copies, mma, row reductions";
  let description = [{
    A `tile.kernel` is a *sequential* program for one thread block: load, compute, store, in the order a person would
    explain it. Control flow is `scf`, scalars are `arith`, scalar reads of metadata are `memref.load`. Tiles in shared
    memory are SSA values; where they lie, how many are in flight and who copies them is the compiler's work. No op knows
    a thread index, a register number or a word of attention.

    Three readers: the GPU lowering (TileToNVVM), the resource counter, and the CPU (TileToLoops).

    *Row maps.* Ops that touch global memory walk a view row by row in pieces of `piece` rows. Their region gets the first
    row of a piece (an index, a multiple of `piece`) and yields the coordinates of that row in the view, then the number of
    valid rows of the piece (0 to piece). Row r of the tile is `view[coords, with coords[row_dim] + (r mod piece)]`; rows
    past the valid count are filled (loads) or skipped (stores), and their addresses are never touched. Regions may be
    evaluated any number of times, by any thread, and hold only pure ops and scalar reads (`memref.load`,
    `tile.search_sorted`) of memory that the kernel does not write.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}
#endif
