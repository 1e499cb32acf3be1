#ifndef TILE_MATH_OPS_TD
#define TILE_MATH_OPS_TD
include "dialects/Tile/IR/TileKernelOps.td"

def Tile_MmaOp : Tile_Op<"mma", [AlwaysSpeculatable, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                                  AllTypesMatch<["acc", "result"]>]> {
  let summary = "acc + a * b, or acc + a * transpose(b), accumulated in f32";
  let description = [{
    a: `[M, K]` tile in shared memory or fragment; b: `[K, N]` tile, or with `transpose_b` `[N, K]`; acc: `[M, N]` f32.

    With `parts`, b holds that many matrices one below the other and the rows of acc are dealt to them in order: `parts`
    products of M / parts rows each, so that warps can share the rows of b. A tile a of M / parts rows serves every part.

    With `columns`, acc takes as many columns of b as it has, from that one on.

    An `async` product (staged phase, `schedule-mma`) is begun here and may take its time: its result is in flight until a
    `tile.wait_mma`, and may before that only be what another product adds to. What it reads stays as it is until then.

    Example:

    ```mlir
    %s = tile.mma %q, transpose %k, %zero : !tile.frag<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
    %t = tile.mma %q, transpose %k, %part parts 4 : !tile.frag<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 16, f32>
    %o = tile.mma %p, %v, %half columns 64 : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[Tile_SmemType, Tile_FragType]>:$a, Tile_SmemType:$b, Tile_FragType:$acc,
      UnitAttr:$transpose_b, DefaultValuedOptionalAttr<I64Attr, "1">:$parts, OptionalAttr<I64Attr>:$first_col,
      UnitAttr:$async);
  let results = (outs Tile_FragType:$result);
  let assemblyFormat = "$a `,` (`transpose` $transpose_b^)? $b `,` $acc (`parts` $parts^)? (`columns` $first_col^)? "
                       "(`async` $async^)? "
                       "attr-dict `:` type($a) `,` "
                       "custom<Whole>(type($b)) `,` custom<Whole>(type($acc))";
  let hasVerifier = 1;
}

def Tile_WaitMmaOp : Tile_Op<"wait_mma", [AllTypesMatch<["value", "result"]>,
                                          MemoryEffects<[MemRead<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>]>]> {
  let summary = "The result of an asynchronous product, when it is there; products begun later, `pending` of them, may "
                "still be in flight";
  let description = "Products end in the order in which they began.\n\nExample:\n\n```mlir\n%t = tile.wait_mma %s "
                    "pending 1 : !tile.frag<64, 128, f32>\n```";
  let arguments = (ins Tile_FragType:$value, ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let results = (outs Tile_FragType:$result);
  let assemblyFormat = "$value `pending` $pending attr-dict `:` custom<Whole>(type($value))";
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "A fragment or row vector that holds one scalar everywhere";
  let description = "Example:\n\n```mlir\n%z = tile.splat %zero : f32 -> !tile.frag<64, 128, f32>\n```";
  let arguments = (ins AnyType:$value);
  let results = (outs AnyTypeOf<[Tile_FragType, Tile_RowsType]>:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_MapOp : Tile_Op<"map", [RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let summary = "Elementwise: one value of the result from one value of each input";
  let description = [{
    Inputs are fragments of the result's shape and row vectors of its rows (broadcast along columns); a row-vector result
    takes row vectors only. The region's arguments are the row (index), for a fragment result the column (index), then
    one scalar an input. It holds `arith` and `math` ops (for row-vector results also scalar reads, `memref.load` and
    `tile.search_sorted`, of memory the kernel does not write) and may use scalars from outside.

    Example:

    ```mlir
    %p = tile.map %s, %m {
    ^bb0(%row: index, %col: index, %x: f32, %max: f32):
      %d = arith.subf %x, %max : f32
      %e = math.exp2 %d : f32
      tile.yield %e : f32
    } : (!tile.frag<64, 64, f32>, !tile.rows<64, f32>) -> !tile.frag<64, 64, f32>
    ```
  }];
  let arguments = (ins Variadic<AnyTypeOf<[Tile_FragType, Tile_RowsType]>>:$inputs);
  let results = (outs AnyTypeOf<[Tile_FragType, Tile_RowsType]>:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "($inputs^)? $body attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
}

def Tile_MaskColsOp : Tile_Op<"mask_cols", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "Keep the first `count[r]` columns of row r, set the others to -inf";
  let description = [{
    A count below 1 masks the whole row, a count of cols or more keeps it (and costs next to nothing).

    Example:

    ```mlir
    %t = tile.mask_cols %s, %count : !tile.frag<64, 64, f32>, !tile.rows<64, i32>
    ```
  }];
  let arguments = (ins Tile_FragType:$value, Tile_RowsType:$count);
  let results = (outs Tile_FragType:$result);
  let assemblyFormat = "$value `,` $count attr-dict `:` custom<Whole>(type($value)) `,` custom<Whole>(type($count))";
  let hasVerifier = 1;
}

def Tile_IfRowsOp : Tile_Op<"if_rows", [AllTypesMatch<["inits", "results"]>, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "Row-wise work that only rows with a positive count need";
  let description = [{
    The region computes new values from values outside it, row by row, and yields one for each of `inits`. It promises that
    for rows whose count is below 1 it yields what `inits` holds; so a reader may run it for all rows, or leave out groups of
    rows (a warp's, say) in which no count is positive. It holds no copies and no waits.

    Example:

    ```mlir
    %r = tile.if_rows %count, %old {
      %new = tile.mma %a, %b, %old : !tile.frag<64, 64, bf16>, !tile.smem<64, 64, bf16>, !tile.frag<64, 64, f32>
      tile.yield %new : !tile.frag<64, 64, f32>
    } : !tile.rows<64, i32>, !tile.frag<64, 64, f32>
    ```
  }];
  let arguments = (ins Tile_RowsType:$count, Variadic<AnyTypeOf<[Tile_FragType, Tile_RowsType]>>:$inits);
  let results = (outs Variadic<AnyTypeOf<[Tile_FragType, Tile_RowsType]>>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$count `,` $inits $body attr-dict `:` custom<Whole>(type($count)) `,` type($inits)";
  let hasVerifier = 1;
}

def Tile_AnyRowsOp : Tile_Op<"any_rows", [Pure]> {
  let summary = "Whether one of the rows has a positive count; a reader may ask each group of rows on its own";
  let description = [{
    For a branch on work that rows may leave out: groups of rows (those that one instruction multiplies, say) then take
    different branches. What follows must come to the same for rows whose own count is below 1.

    Example:

    ```mlir
    %some = tile.any_rows %count : !tile.rows<64, i32>
    ```
  }];
  let arguments = (ins Tile_RowsType:$count);
  let results = (outs I1:$any);
  let assemblyFormat = "$count attr-dict `:` custom<Whole>(type($count))";
  let hasVerifier = 1;
}

def Tile_FoldColsOp : Tile_Op<"fold_cols", [Pure]> {
  let summary = "The maximum or the sum of the columns that are equal modulo the result's columns";
  let description = [{
    Half a `tile.row_reduce`: what a thread can do with its own columns. Folded tiles of one row are joined by a `tile.map`, and
    reduced across threads once, at the end. A NaN is passed over by a maximum, unless there is nothing else.

    Example:

    ```mlir
    %f = tile.fold_cols max %s : !tile.frag<64, 64, f32> -> !tile.frag<64, 8, f32>
    ```
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_FragType:$value);
  let results = (outs Tile_FragType:$result);
  let assemblyFormat = "$kind $value attr-dict `:` custom<Whole>(type($value)) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_RowReduceOp : Tile_Op<"row_reduce", [Pure]> {
  let summary = "The maximum or the sum of each row of a fragment";
  let description = "Example:\n\n```mlir\n%m = tile.row_reduce max %s : !tile.frag<64, 64, f32> -> !tile.rows<64, f32>\n```";
  let arguments = (ins Tile_ReduceKind:$kind, Tile_FragType:$value);
  let results = (outs Tile_RowsType:$result);
  let assemblyFormat = "$kind $value attr-dict `:` custom<Whole>(type($value)) `->` custom<Whole>(type($result))";
  let hasVerifier = 1;
}

def Tile_ColReduceOp : Tile_Op<"col_reduce", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "The maximum or the sum down each column (of all rows of a row vector), in every row of the result";
  let description = "Example:\n\n```mlir\n%s = tile.col_reduce add %o : !tile.frag<16, 128, f32>\n%m = tile.col_reduce "
                    "max %lse : !tile.rows<16, f32>\n```";
  let arguments = (ins Tile_ReduceKind:$kind, AnyTypeOf<[Tile_FragType, Tile_RowsType]>:$value);
  let results = (outs AnyTypeOf<[Tile_FragType, Tile_RowsType]>:$result);
  let assemblyFormat = "$kind $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}
#endif
