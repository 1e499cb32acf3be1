// Scalar work that a thread block shares out: independent turns, vectors of i32 in shared memory, sets as bits.
#ifndef TILE_PARALLEL_OPS_TD
#define TILE_PARALLEL_OPS_TD
include "dialects/Tile/IR/TileKernelOps.td"

def Tile_ParallelOp : Tile_Op<"parallel", [RecursiveMemoryEffects]> {
  let summary = "Independent turns of scalar work, in any order";
  let description = [{
    The region is run for i = 0 to `count` - 1. It holds scalar ops, `scf.if` and `scf.for`, reads and writes of views
    (`memref.load`, `memref.store`), `tile.at`, `tile.search_sorted`, `tile.count_bits` and `tile.set_bit`. Turns do not
    know of each other: none reads what another one writes, and no two write one place. What they wrote is there for the
    ops that follow.

    With a result, turn i yields its element i, and elements from `count` on are 0.

    Example:

    ```mlir
    %squares = tile.parallel %n {
    ^bb0(%i: index):
      %x = memref.load %view[%i] : memref<?xi32>
      %y = arith.muli %x, %x : i32
      tile.yield %y : i32
    } : !tile.smem<1, 256, i32>
    tile.parallel %n {
    ^bb0(%i: index):
      %y = tile.at %squares[%i] : !tile.smem<1, 256, i32>
      memref.store %y, %view[%i] : memref<?xi32>
      tile.yield
    }
    ```
  }];
  let arguments = (ins Index:$count);
  let results = (outs Optional<AnyTypeOf<[Tile_SmemType]>>:$result); // spelled whole
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$count $body attr-dict (`:` type($result)^)?";
  let hasVerifier = 1;
}

def Tile_AtOp : Tile_Op<"at", [Pure]> {
  let summary = "An element of a vector in shared memory";
  let description = "Example:\n\n```mlir\n%x = tile.at %starts[%i] : !tile.smem<1, 256, i32>\n```";
  let arguments = (ins Tile_SmemType:$vector, Index:$position);
  let results = (outs I32:$element);
  let assemblyFormat = "$vector `[` $position `]` attr-dict `:` custom<Whole>(type($vector))";
  let hasVerifier = 1;
}

def Tile_ScanOp : Tile_Op<"scan", [Pure, AllTypesMatch<["vector", "result"]>]> {
  let summary = "Sums of all elements before each, and of all";
  let description = "Example:\n\n```mlir\n%starts, %total = tile.scan %counts : !tile.smem<1, 256, i32>\n```";
  let arguments = (ins Tile_SmemType:$vector);
  let results = (outs Tile_SmemType:$result, Index:$total);
  let assemblyFormat = "$vector attr-dict `:` custom<Whole>(type($vector))";
  let hasVerifier = 1;
}

def Tile_MakeBitsOp : Tile_Op<"make_bits"> {
  let summary = "Empty sets of the numbers below `members`, as bits in shared memory";
  let description = "Example:\n\n```mlir\n%sets = tile.make_bits : !tile.bits<1024, 512>\n```";
  let results = (outs Res<Tile_BitsType, "", [MemAlloc<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>]>:$bits);
  let assemblyFormat = "attr-dict `:` custom<Whole>(type($bits))";
}

def Tile_SetBitOp : Tile_Op<"set_bit", [MemoryEffects<[MemRead<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>]>]> {
  let summary = "Put a number into a set";
  let description = [{
    Many turns may do so at once: sets do not tell in which order they were filled. A set that there is not is left out.

    Example:

    ```mlir
    tile.set_bit %sets[%row, %token] : !tile.bits<1024, 512>
    ```
  }];
  let arguments = (ins Tile_BitsType:$bits, Index:$set, Index:$member);
  let assemblyFormat = "$bits `[` $set `,` $member `]` attr-dict `:` custom<Whole>(type($bits))";
  let hasVerifier = 1;
}

def Tile_CountBitsOp : Tile_Op<"count_bits", [MemoryEffects<[MemRead<Tile_SharedMemory>]>]> {
  let summary = "How many numbers below `end` a set has";
  let description = [{
    The rank of a member among the set's, or with `end` = members the size of the set.

    Example:

    ```mlir
    %rank = tile.count_bits %sets[%row] below %token : !tile.bits<1024, 512>
    ```
  }];
  let arguments = (ins Tile_BitsType:$bits, Index:$set, Index:$end);
  let results = (outs Index:$count);
  let assemblyFormat = "$bits `[` $set `]` `below` $end attr-dict `:` custom<Whole>(type($bits))";
  let hasVerifier = 1;
}
#endif
