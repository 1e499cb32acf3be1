#ifndef MSA_CONVERSION_MSATOTILE_PASSES_TD
#define MSA_CONVERSION_MSATOTILE_PASSES_TD
include "mlir/Pass/PassBase.td"

def MsaToTile : Pass<"msa-to-tile", "::mlir::ModuleOp"> {
  let summary = "Write each msa op's recipe as a tile.kernel and launch it";
  let description = [{
    Assumes: msa ops in buffer form (memref operands and `outs`), each with a strategy and a tile config, queries packed, selections
    hqk (split phase, bufferised). Guarantees: no `msa` op is left; the host function holds `tile.launch` ops with grids computed
    from the operands' sizes. An op whose strategy has no recipe is an error that names both.

    Before:

    ```mlir
    msa.combine %p, %l outs(%o) {strategy = #msa.strategy<kind = combine_rows, target = "sm_80">, ...} : ...
    ```

    After:

    ```mlir
    tile.kernel @combine(%arg0: memref<4x?x64x128xf32>, ...) attributes {warps = 4 : i64} { ... }
    tile.launch @combine grid(%total_q, %heads, %one) args(%p, %l, %o) : ...
    ```
  }];
  let dependentDialects = ["::mlir::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::math::MathDialect"];
}
#endif
