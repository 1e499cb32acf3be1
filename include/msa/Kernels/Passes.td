#ifndef MSA_KERNELS_PASSES_TD
#define MSA_KERNELS_PASSES_TD
include "mlir/Pass/PassBase.td"

def CountResources : Pass<"count-resources", "::mlir::tile::KernelOp"> {
  let summary = "Say in a remark what each kernel uses: threads, shared memory, registers, flops and bytes";
  let description = [{
    Assumes: a tile kernel of any phase. Guarantees: nothing is changed. Registers are an estimate. Work is that of one thread
    block with every row valid; n0, n1, ... are the turns of loops whose bounds are not constants.

    Example:

    ```mlir
    // remark: 'empty': 32 threads, 0 bytes of shared memory, 40 registers a thread
    tile.kernel @empty(%x: memref<?x128xbf16>) attributes {warps = 1 : i64} {
      tile.return
    }
    ```
  }];
}
#endif
