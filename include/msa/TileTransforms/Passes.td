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
    With one stage, the copy of the next iteration is issued behind the last look at this one's tile, before the next product.
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

def SpecializeWarps : Pass<"specialize-warps", "::mlir::tile::KernelOp"> {
  let summary = "Give the copies of a kernel's loops to warps of their own";
  let description = [{
    Assumes: a sequential kernel (tile phase) whose loads in loops stand in `scf.for` only, at places that do not depend on
    fragments or rows. A kernel without `producer_warps` is left alone. Guarantees: `tile.roles`. Every `tile.load` in a loop
    is a ring of `kv_stages` slots and a channel (one for loops in a row that load a tile of the same type each, where a loop is
    around them): the producer has the loops' skeleton and the copies, the consumers the loops and the math. What stands outside the loops and makes no fragment or rows (lists, tiles that stay, scalars) is
    done before, by all warps; both roles read it. Work that rows may leave out (`tile.if_rows`) waits where it reads, and
    once more before the slot is released.

    Before:

    ```mlir
    tile.kernel @k(...) attributes {warps = 8 : i64, producer_warps = 4 : i64, kv_stages = 3 : i64} {
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> !tile.frag<128, 64, f32> {
        %k = tile.load %keys piece 64 row_dim 0 {...} : memref<?x128xbf16> -> !tile.smem<64, 128, bf16>
        %s = tile.mma %q, transpose %k, %a : ...
    ```

    After:

    ```mlir
    tile.kernel @k(...) attributes {warps = 12 : i64, ...} {
      %ring = tile.make_ring : !tile.ring<3 x 64, 128, bf16>
      %ch = tile.make_channel commits 128 releases 8 : !tile.channel<3>
      tile.roles producer warps 4 {
        scf.for %i = %c0 to %n step %c1 {
          tile.acquire %ch[%i] : !tile.channel<3>
          tile.load_async %keys, %ring[%slot] piece 64 row_dim 0 {...} : ...
          tile.commit %ch[%i] : !tile.channel<3>
        }
      } consumer warps 8 {
        %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> !tile.frag<128, 64, f32> {
          %k = tile.slot %ring[%slot] : !tile.ring<3 x 64, 128, bf16> -> !tile.smem<64, 128, bf16>
          tile.wait %ch[%i] : !tile.channel<3>
          %s = tile.mma %q, transpose %k, %a : ...
          tile.release %ch[%i] : !tile.channel<3>
    ```
  }];
  let options = [Option<"producerWarps", "producer-warps", "int64_t", "0", "Warps of the producer; 0 takes the kernel's producer_warps attribute">,
                 Option<"stages", "stages", "int64_t", "0", "Slots of a ring; 0 takes the kernel's kv_stages attribute (2 if it has none)">];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

def VerifyHandshake : Pass<"verify-handshake", "::mlir::tile::KernelOp"> {
  let summary = "Prove that every wait has its signal";
  let description = [{
    Assumes: `tile.roles` as `specialize-warps` leaves them: channel uses computed from loop counters. Guarantees: each slot's
    barriers count what arrives at them; both roles make the same turns; and in a run of the roles' handshakes over loops of
    one turn, of one lap of the rings and of more than two, with rows that take part and rows that do not, in every order of
    speeds, no role waits for ever, no slot is overwritten while it is read and none is read before it is full; no slot is
    released while an asynchronous product reads it, and no product is used while it is in flight. Anything else is an error
    at the op that waits, releases or uses. Changes nothing.

    Example (refused: the consumer keeps the slot):

    ```mlir
    tile.roles producer warps 4 {
      scf.for %i = %c0 to %n step %c1 { tile.acquire %ch[%i] : !tile.channel<2> ... tile.commit %ch[%i] : !tile.channel<2> }
      tile.yield
    } consumer warps 4 {
      scf.for %i = %c0 to %n step %c1 { tile.wait %ch[%i] : !tile.channel<2> }
      tile.yield
    }
    ```
  }];
}

def AssignSwizzle : Pass<"assign-swizzle", "::mlir::tile::KernelOp"> {
  let summary = "Lay tiles out as the kernel's mma reads them";
  let description = [{
    Assumes: tiles of 16-bit elements. Guarantees: in a kernel with `mma = #tile.mma_kind<wgmma>` every tile and ring is
    `swizzled`, and products take their left operand from shared memory where it came from there. Other kernels are left
    alone.

    Before:

    ```mlir
    %f = tile.to_frag %q : !tile.smem<64, 128, bf16> -> !tile.frag<64, 128, bf16>
    %s = tile.mma %f, transpose %k, %z : !tile.frag<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
    ```

    After:

    ```mlir
    %s = tile.mma %q, transpose %k, %z : !tile.smem<64, 128, bf16, swizzled>, !tile.smem<64, 128, bf16, swizzled>, !tile.frag<64, 64, f32>
    ```
  }];
}

def ScheduleMma : Pass<"schedule-mma", "::mlir::tile::KernelOp"> {
  let summary = "Let products run on while other work is done: wait for each where it is first needed";
  let description = [{
    Assumes: roles and rings are made (`specialize-warps`, `assign-stages`). Guarantees: in a kernel with
    `mma = #tile.mma_kind<wgmma>` every `tile.mma` is `async`, and a `tile.wait_mma` stands before the first op that reads its
    result (other than as what another product adds to), at the end of its block, and before shared memory is written. A
    release of a slot moves behind the waits for the products that were begun before it. So a recipe overlaps a product with
    other work by putting that work between the product and the first use of its result. Other kernels are left alone.

    Before:

    ```mlir
    %s = tile.mma %q, transpose %k, %z : ...
    %o = tile.mma %p, %v, %acc : ...
    tile.release %keys[%i] : !tile.channel<3>
    %m = tile.row_reduce max %s : ...
    ```

    After:

    ```mlir
    %s = tile.mma %q, transpose %k, %z async : ...
    %o = tile.mma %p, %v, %acc async : ...
    %t = tile.wait_mma %s pending 1 : ...
    %m = tile.row_reduce max %t : ...
    %u = tile.wait_mma %o pending 0 : ...
    tile.release %keys[%i] : !tile.channel<3>
    ```
  }];
}

def UseTma : Pass<"use-tma", "::mlir::tile::KernelOp"> {
  let summary = "Let one thread copy whole tiles by a tensor copy (TMA)";
  let description = [{
    Assumes: channels are made (`specialize-warps`), layouts are final (`assign-swizzle`). Guarantees: in a kernel with
    `mma = #tile.mma_kind<wgmma>` every copy of a channel that a box of a tensor map can be is marked `tensor`: one piece, all of an
    argument's columns in whole panels of 128 bytes, at most 256 rows, strides that are multiples of 16 bytes as far as they are
    known (the plan checks the others). Copies in smaller pieces (small pages, gathered rows) stay as they are.

    Before:

    ```mlir
    tile.acquire %ch[%i] : !tile.channel<3>
    tile.load_async %keys, %ring[%slot] piece 64 row_dim 0 {...} : memref<?x128xbf16>, !tile.ring<3 x 64, 128, bf16, swizzled>
    tile.commit %ch[%i] : !tile.channel<3>
    ```

    After:

    ```mlir
    tile.acquire %ch[%i] : !tile.channel<3>
    tile.load_async %keys, %ring[%slot] piece 64 row_dim 0 tensor {...} : memref<?x128xbf16>, !tile.ring<3 x 64, 128, bf16, swizzled>
    tile.commit %ch[%i] : !tile.channel<3>
    ```
  }];
}

def PlanSharedMemory : Pass<"plan-shared-memory", "::mlir::tile::KernelOp"> {
  let summary = "Give every tile, ring and list its place in shared memory";
  let description = [{
    Assumes: rings and channels are made (`assign-stages`, `specialize-warps`), layouts are final (`assign-swizzle`).
    Guarantees: each `tile.load`, `tile.make_ring`, `tile.make_channel` and `tile.visit_union` has `smem_offset` (bytes,
    128-aligned, swizzled tiles 1024-aligned), no two overlap, and the kernel has `smem_bytes`. So has each `tile.to_smem`, whose
    place may be that of tiles that nothing needs any more.

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
