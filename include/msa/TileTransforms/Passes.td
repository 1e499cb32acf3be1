#ifndef MSA_TILETRANSFORMS_PASSES_TD
#define MSA_TILETRANSFORMS_PASSES_TD
include "mlir/Pass/PassBase.td"

def AssignStages : Pass<"assign-stages", "::mlir::tile::KernelOp"> {
  let summary = "Make a software pipeline of the loads in a kernel's main loop";
  let description = [{
    Assumes: a sequential kernel (tile phase). Guarantees: every `tile.load` directly inside an `scf.for` whose place depends
    only on the induction variable and on values from outside the loop becomes a ring of `stages` slots: the first
    `stages - 1` iterations' copies are issued before the loop, iteration i waits for its own, then issues those of
    iteration `i + stages - 1` into the slot that iteration `i - 1` has left. One barrier an iteration serves both.
    A loop with another load is left alone. Tiles loaded before such a loop and used by it (or copied to fragments for it)
    are rings of one slot: their copies are issued where the load stood and waited for behind the loop's first ones.

    Before:

    ```mlir
    scf.for %i = %c0 to %n step %c1 {
      %k = tile.load %keys piece 64 row_dim 0 {...} : memref<?x128xbf16> -> !tile.smem<64, 128, bf16>
      ...
    }
    ```

    After (3 stages):

    ```mlir
    %ring = tile.make_ring : !tile.ring<3 x 64, 128, bf16>
    // copies of iterations 0 and 1, a tile.commit_group after each
    scf.for %i = %c0 to %n step %c1 {
      tile.wait_group {pending = 1 : i64}
      // copies of iteration %i + 2 if there is one
      tile.commit_group
      %k = tile.slot %ring[%slot] : !tile.ring<3 x 64, 128, bf16> -> !tile.smem<64, 128, bf16>
      ...
    }
    ```
  }];
  let options = [Option<"stages", "stages", "int64_t", "0", "Slots of a ring; 0 takes the kernel's kv_stages attribute (2 if it has none)">];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

def PlanSharedMemory : Pass<"plan-shared-memory", "::mlir::tile::KernelOp"> {
  let summary = "Give every tile, ring and list its place in shared memory";
  let description = [{
    Assumes: rings are made (`assign-stages`). Guarantees: each `tile.load`, `tile.make_ring` and `tile.visit_union` has
    `smem_offset` (bytes, 128-aligned), no two overlap, and the kernel has `smem_bytes`. So has each `tile.to_smem`, whose place
    may be that of tiles that nothing needs any more.

    Before:

    ```mlir
    %ring = tile.make_ring : !tile.ring<3 x 64, 128, bf16>
    ```

    After:

    ```mlir
    %ring = tile.make_ring {smem_offset = 0 : i64} : !tile.ring<3 x 64, 128, bf16>
    ```
  }];
}
#endif
