// Ops of the staged phase: rings of shared-memory tiles, the copies in flight to them (`assign-stages`), and the channels between
// roles (`specialize-warps`).
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

    With `tensor` (`use-tma`) a copy all of whose rows exist is one instruction of one thread, through a descriptor of the view
    (TMA); it stands between the acquire and the commit of a channel.

    Example:

    ```mlir
    tile.load_async %k, %ring[%slot] piece 64 row_dim 2 {
    ^bb0(%row: index):
      tile.yield %page, %head, %row, %valid : index, index, index, index
    } : memref<?x4x128x128xbf16>, !tile.ring<3 x 64, 128, bf16>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$view, Tile_RingType:$ring, Index:$slot, I64Attr:$piece, I64Attr:$row_dim,
                       UnitAttr:$tensor);
  let regions = (region SizedRegion<1>:$rowMap);
  let assemblyFormat = "$view `,` $ring `[` $slot `]` `piece` $piece `row_dim` $row_dim (`tensor` $tensor^)? $rowMap attr-dict `:` type($view) `,` custom<Whole>(type($ring))";
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

//===----------------------------------------------------------------------===//
// roles and channels
//===----------------------------------------------------------------------===//

def Tile_RolesOp : Tile_Op<"roles", [RecursiveMemoryEffects, HasParent<"KernelOp">]> {
  let summary = "Two programs at once: one role's warps bring the data, the other's compute on it";
  let description = [{
    The thread block's first `producer_warps` warps run the first region, its other `consumer_warps` the second, at their own
    speeds; what one needs from the other goes through channels. Rows of fragments are dealt to the consumers' warps. A
    register count that is given is what each thread of a role may use. Only `tile.return` may follow.

    Example:

    ```mlir
    tile.roles producer warps 4 registers 40 {
      tile.yield
    } consumer warps 8 registers 232 {
      tile.yield
    }
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntPositive]>:$producer_warps, OptionalAttr<I64Attr>:$producer_registers,
                       ConfinedAttr<I64Attr, [IntPositive]>:$consumer_warps, OptionalAttr<I64Attr>:$consumer_registers);
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = [{
    `producer` `warps` $producer_warps (`registers` $producer_registers^)? $producer
    `consumer` `warps` $consumer_warps (`registers` $consumer_registers^)? $consumer attr-dict
  }];
  let hasVerifier = 1;
}

def Tile_MakeChannelOp : Tile_Op<"make_channel"> {
  let summary = "A channel: a full and an empty barrier for each of its stages";
  let description = [{
    Use n of a channel (n = 0, 1, ...) is of slot n mod stages. The producer acquires use n (waits until use n - stages was
    released), fills the slot and commits; a consumer waits for use n, reads the slot and releases it. A slot counts as full
    after `commits` arrivals, as empty after `releases`.

    Example:

    ```mlir
    %keys = tile.make_channel commits 128 releases 8 : !tile.channel<3>
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntPositive]>:$commits, ConfinedAttr<I64Attr, [IntPositive]>:$releases,
                       OptionalAttr<I64Attr>:$smem_offset); // bytes, set by plan-shared-memory
  let results = (outs Res<Tile_ChannelType, "", [MemAlloc<Tile_SharedMemory>]>:$channel);
  let assemblyFormat = "`commits` $commits `releases` $releases attr-dict `:` custom<Whole>(type($channel))";
}

class Tile_HandshakeOp<string mnemonic> : Tile_Op<mnemonic,
    [MemoryEffects<[MemRead<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>]>]> {
  let arguments = (ins Tile_ChannelType:$channel, Index:$use);
  let assemblyFormat = "$channel `[` $use `]` attr-dict `:` custom<Whole>(type($channel))";
  let hasVerifier = 1;
}

def Tile_AcquireOp : Tile_HandshakeOp<"acquire"> {
  let summary = "Producer: wait until the slot of use `use` is empty";
  let description = "Example:\n\n```mlir\ntile.acquire %keys[%use] : !tile.channel<3>\n```";
}

def Tile_CommitOp : Tile_HandshakeOp<"commit"> {
  let summary = "Producer: the slot of use `use` is full as soon as the copies issued since its acquire have arrived";
  let description = "Example:\n\n```mlir\ntile.commit %keys[%use] : !tile.channel<3>\n```";
}

def Tile_WaitOp : Tile_HandshakeOp<"wait"> {
  let summary = "Consumer: wait until the slot of use `use` is full; waiting again is no harm";
  let description = "Example:\n\n```mlir\ntile.wait %keys[%use] : !tile.channel<3>\n```";
}

def Tile_ReleaseOp : Tile_HandshakeOp<"release"> {
  let summary = "Consumer: the slot of use `use` is not read any more; each use is released once, and waited for before";
  let description = "Example:\n\n```mlir\ntile.release %keys[%use] : !tile.channel<3>\n```";
}
#endif
