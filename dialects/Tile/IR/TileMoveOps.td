#ifndef TILE_MOVE_OPS_TD
#define TILE_MOVE_OPS_TD
include "dialects/Tile/IR/TileKernelOps.td"

// Ops that walk a global view by a row map (see the dialect's description). The region has one index argument.
class Tile_RowMapOp<string mnemonic> : Tile_Op<mnemonic, [RecursiveMemoryEffects]> {
  let regions = (region SizedRegion<1>:$rowMap);
  let hasVerifier = 1;
}

def Tile_LoadOp : Tile_RowMapOp<"load"> {
  let summary = "Copy rows of a global view to a tile in shared memory";
  let description = [{
    Invalid rows are filled with zero. The view's last dimension is contiguous and its first `cols` elements are taken.

    Example:

    ```mlir
    %kt = tile.load %k piece 64 row_dim 2 {
    ^bb0(%row: index):
      tile.yield %page, %head, %row, %valid : index, index, index, index
    } : memref<?x4x128x128xbf16> -> !tile.smem<64, 128, bf16>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$view, I64Attr:$piece, I64Attr:$row_dim);
  let results = (outs Tile_SmemType:$result);
  let assemblyFormat = "$view `piece` $piece `row_dim` $row_dim $rowMap attr-dict `:` type($view) `->` custom<Whole>(type($result))";
}

def Tile_LoadFragOp : Tile_RowMapOp<"load_frag"> {
  let summary = "Read rows of a global view straight into a fragment";
  let description = [{
    As `tile.load` without shared memory; for data that is used once. `native`: what `tile.store` wrote so.

    Example:

    ```mlir
    %f = tile.load_frag %partial piece 1 row_dim 2 {
    ^bb0(%row: index):
      tile.yield %s, %token, %row, %one : index, index, index, index
    } : memref<4x?x64x128xf32> -> !tile.frag<16, 128, f32>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$view, I64Attr:$piece, I64Attr:$row_dim, UnitAttr:$native);
  let results = (outs Tile_FragType:$result);
  let assemblyFormat = "$view (`native` $native^)? `piece` $piece `row_dim` $row_dim $rowMap attr-dict `:` type($view) "
                       "`->` custom<Whole>(type($result))";
}

def Tile_LoadRowsOp : Tile_RowMapOp<"load_rows"> {
  let summary = "Read one element of a global view for each row; invalid rows get `pad`";
  let description = [{
    The row map yields a coordinate for every dimension of the view, then the valid count.

    Example:

    ```mlir
    %l = tile.load_rows %lse, %pad piece 1 row_dim 2 {
    ^bb0(%row: index):
      tile.yield %s, %token, %row, %one : index, index, index, index
    } : memref<4x?x64xf32>, f32 -> !tile.rows<16, f32>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$view, AnyType:$pad, I64Attr:$piece, I64Attr:$row_dim);
  let results = (outs Tile_RowsType:$result);
  let assemblyFormat = "$view `,` $pad `piece` $piece `row_dim` $row_dim $rowMap attr-dict `:` type($view) `,` type($pad) `->` custom<Whole>(type($result))";
}

def Tile_StoreOp : Tile_RowMapOp<"store"> {
  let summary = "Write a fragment to rows of a global view; invalid rows are skipped";
  let description = [{
    Element types are equal; convert with `tile.map` first. With `columns (first, count)`, columns 0 to `count` of the fragment
    go to columns `first`, `first + 1`, ... of the view, at any alignment; the others are skipped.

    With `native C`, they go to column C and those after it, and may stand there in any order in which `tile.load_frag native`
    finds them again: what only kernels see need not be turned for others.

    Example:

    ```mlir
    tile.store %o, %out piece 16 row_dim 1 {
    ^bb0(%row: index):
      tile.yield %token, %head, %g : index, index, index
    } : !tile.frag<16, 128, bf16>, memref<?x64x128xbf16>
    tile.store %right, %partial native 64 piece 16 row_dim 1 {
    ^bb0(%row: index):
      tile.yield %token, %head, %g : index, index, index
    } : !tile.frag<16, 64, bf16>, memref<?x64x128xbf16>
    ```
  }];
  let arguments = (ins Tile_FragType:$value, Arg<AnyMemRef, "", [MemWrite]>:$view, Variadic<Index>:$columns,
      OptionalAttr<I64Attr>:$native, I64Attr:$piece, I64Attr:$row_dim);
  let assemblyFormat = [{
    $value `,` $view (`columns` `(` $columns^ `)`)? (`native` $native^)? `piece` $piece `row_dim` $row_dim $rowMap attr-dict `:`
    custom<Whole>(type($value)) `,` type($view)
  }];
}

def Tile_StoreRowsOp : Tile_RowMapOp<"store_rows"> {
  let summary = "Write one element of a global view for each row; invalid rows are skipped";
  let description = [{
    Example:

    ```mlir
    tile.store_rows %lse, %out piece 16 row_dim 1 {
    ^bb0(%row: index):
      tile.yield %token, %head, %g : index, index, index
    } : !tile.rows<16, f32>, memref<?x64xf32>
    ```
  }];
  let arguments = (ins Tile_RowsType:$value, Arg<AnyMemRef, "", [MemWrite]>:$view, I64Attr:$piece, I64Attr:$row_dim);
  let assemblyFormat = "$value `,` $view `piece` $piece `row_dim` $row_dim $rowMap attr-dict `:` custom<Whole>(type($value)) `,` type($view)";
}

def Tile_ToFragOp : Tile_Op<"to_frag", [AlwaysSpeculatable, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Read rows of a tile in shared memory into a fragment";
  let description = [{
    Row r of the fragment is row `(first + r) mod rows` of the tile: all of it, a part of it, or its rows again and again.

    Example:

    ```mlir
    %qf = tile.to_frag %q : !tile.smem<16, 128, bf16> -> !tile.frag<64, 128, bf16>
    %o1 = tile.to_frag %o from 16 : !tile.smem<64, 128, f32> -> !tile.frag<16, 128, f32>
    ```
  }];
  let arguments = (ins Tile_SmemType:$source, DefaultValuedOptionalAttr<I64Attr, "0">:$first);
  let results = (outs Tile_FragType:$result);
  let assemblyFormat =
      "$source (`from` $first^)? attr-dict `:` custom<Whole>(type($source)) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_ToRowsOp : Tile_Op<"to_rows", [AlwaysSpeculatable, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Read a tile of one column into a row vector (rows as `tile.to_frag`)";
  let description =
      "Example:\n\n```mlir\n%m1 = tile.to_rows %m from 16 : !tile.smem<64, 1, f32> -> !tile.rows<16, f32>\n```";
  let arguments = (ins Tile_SmemType:$source, DefaultValuedOptionalAttr<I64Attr, "0">:$first);
  let results = (outs Tile_RowsType:$result);
  let assemblyFormat =
      "$source (`from` $first^)? attr-dict `:` custom<Whole>(type($source)) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_ToSmemOp : Tile_Op<"to_smem", [MemoryEffects<[MemWrite<Tile_SharedMemory>]>]> {
  let summary = "Write a fragment to a tile in shared memory, or a row vector to one of a single column";
  let description = [{
    How values cross from the warps that made them to others: rows dealt to several warps are met again by all.

    Example:

    ```mlir
    %o = tile.to_smem %out : !tile.frag<64, 128, f32> -> !tile.smem<64, 128, f32>
    %m = tile.to_smem %max : !tile.rows<64, f32> -> !tile.smem<64, 1, f32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[Tile_FragType, Tile_RowsType]>:$value);
  let results = (outs Tile_SmemType:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_SliceOp : Tile_Op<"slice", [Pure]> {
  let summary = "Some rows of a tile in shared memory, as a tile";
  let description = [{
    A reference, as `tile.slot` is: nothing is copied. The rows start at `first_row`, a constant.

    Example:

    ```mlir
    %some = tile.slice %keys from 32 : !tile.smem<128, 128, bf16> -> !tile.smem<32, 128, bf16>
    ```
  }];
  let arguments = (ins Tile_SmemType:$source, ConfinedAttr<I64Attr, [IntNonNegative]>:$first_row);
  let results = (outs Tile_SmemType:$result);
  let assemblyFormat = "$source `from` $first_row attr-dict `:` custom<Whole>(type($source)) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_VisitUnionOp : Tile_Op<"visit_union", [RecursiveMemoryEffects]> {
  let summary = "The union of the block lists of a tile's query tokens: the one op that decides which blocks are visited";
  let description = [{
    For each of `tokens` tokens the region gets the token's number in the tile (an index) and yields: its request (index,
    >= 0, at most 2^31), the coordinates of its row in `lists` (all dimensions but the last), and 1 if the token exists or
    0 if not (index). Ids below 0 are skipped. Each distinct (request, block) becomes one entry, in ascending order; bit i
    of its member mask tells that token i chose it. `tokens` is at most 32. Result capacity: tokens x entries a row.

    Example:

    ```mlir
    %list = tile.visit_union %selection tokens 4 {
    ^bb0(%i: index):
      tile.yield %request, %head, %token, %exists : index, index, index, index
    } : memref<4x?x16xi32> -> !tile.list<64>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$lists, I64Attr:$tokens);
  let results = (outs Tile_ListType:$result);
  let regions = (region SizedRegion<1>:$tokenMap);
  let assemblyFormat = "$lists `tokens` $tokens $tokenMap attr-dict `:` type($lists) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_ListSizeOp : Tile_Op<"list_size", [Pure]> {
  let summary = "How many entries a list has";
  let description = "Example:\n\n```mlir\n%n = tile.list_size %list : !tile.list<64>\n```";
  let arguments = (ins Tile_ListType:$list);
  let results = (outs Index:$size);
  let assemblyFormat = "$list attr-dict `:` custom<Whole>(type($list))";
}

def Tile_ListEntryOp : Tile_Op<"list_entry", [Pure]> {
  let summary = "Entry `i` of a list: its block, its request, its member mask";
  let description = "Example:\n\n```mlir\n%block, %request, %members = tile.list_entry %list[%i] : !tile.list<64>\n```";
  let arguments = (ins Tile_ListType:$list, Index:$position);
  let results = (outs Index:$block, Index:$request, I32:$members);
  let assemblyFormat = "$list `[` $position `]` attr-dict `:` custom<Whole>(type($list))";
}

def Tile_SearchSortedOp : Tile_Op<"search_sorted"> {
  let summary = "The largest i in [0, size) with offsets[i] <= value";
  let description = [{
    `offsets` is ascending with offsets[0] <= value; repeated values (empty requests) resolve to the last.

    Example:

    ```mlir
    %request = tile.search_sorted %cu_seqlens_q[%batch], %token : memref<?xi32>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$offsets, Index:$size, Index:$value);
  let results = (outs Index:$position);
  let assemblyFormat = "$offsets `[` $size `]` `,` $value attr-dict `:` type($offsets)";
  let hasVerifier = 1;
}
#endif
