// Ops of the staged phase: rings of shared-memory tiles and the copies in flight to them. `assign-stages` makes them.
#ifndef TILE_CHANNEL_OPS_TD
#define TILE_CHANNEL_OPS_TD
include "dialects/Tile/IR/TileKernelOps.td"

def Tile_RingOp : Tile_Op<"make_ring"> {
  let summary = "Room for `stages` tiles in shared memory";
  let description = "Example:\n\n```mlir\n%ring = tile.make_ring : !tile.ring<3 x 64, 128, bf16>\n```";
  let arguments = (ins OptionalAttr<I64Attr>:$smem_offset); // bytes, set by plan-shared-memory
  let results = (outs Res<Tile_RingType, "", [MemAlloc<Tile_SharedMemory>]>:$ring);
  let assemblyFormat = "attr-dict `:` custom<Whole>(type($ring))";
}

def Tile_LoadAsyncOp : Tile_Op<"load_async", [RecursiveMemoryEffects, MemoryEffects<[MemWrite<Tile_SharedMemory>]>]> {
  let summary = "Start to copy rows of a global view to a slot of a ring (row map as `tile.load`)";
  let description = [{
    The copy belongs to the group that the next `tile.commit_group` closes. A reader may perform it at once.

    Example:

    ```mlir
    tile.load_async %k, %ring[%slot] piece 64 row_dim 2 {
    ^bb0(%row: index):
      tile.yield %page, %head, %row, %valid : index, index, index, index
    } : memref<?x4x128x128xbf16>, !tile.ring<3 x 64, 128, bf16>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$view, Tile_RingType:$ring, Index:$slot, I64Attr:$piece, I64Attr:$row_dim);
  let regions = (region SizedRegion<1>:$rowMap);
  let assemblyFormat = "$view `,` $ring `[` $slot `]` `piece` $piece `row_dim` $row_dim $rowMap attr-dict `:` type($view) `,` custom<Whole>(type($ring))";
  let hasVerifier = 1;
}

def Tile_CommitGroupOp : Tile_Op<"commit_group", [MemoryEffects<[MemRead<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>]>]> {
  let summary = "Close a group of copies";
  let description = "Example:\n\n```mlir\ntile.commit_group\n```";
  let assemblyFormat = "attr-dict";
}

def Tile_WaitGroupOp : Tile_Op<"wait_group", [MemoryEffects<[MemRead<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>]>]> {
  let summary = "Wait until at most `pending` groups are in flight, then make all arrived tiles visible to the thread block";
  let description = "Example:\n\n```mlir\ntile.wait_group {pending = 1 : i64}\n```";
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let assemblyFormat = "attr-dict";
}

def Tile_SlotOp : Tile_Op<"slot", [Pure]> {
  let summary = "The tile in a slot of a ring";
  let description = "A reference: readers see what the slot holds when they read it.\n\nExample:\n\n```mlir\n%kt = tile.slot %ring[%i] : !tile.ring<3 x 64, 128, bf16> -> !tile.smem<64, 128, bf16>\n```";
  let arguments = (ins Tile_RingType:$ring, Index:$position);
  let results = (outs Tile_SmemType:$tile);
  let assemblyFormat = "$ring `[` $position `]` attr-dict `:` custom<Whole>(type($ring)) `->` custom<Whole>(type($tile))";
  let hasVerifier = 1;
}
#endif
