#ifndef TILE_TOP_K_OPS_TD
#define TILE_TOP_K_OPS_TD
include "dialects/Tile/IR/TileKernelOps.td"

def Tile_TopKOrder : I32EnumAttr<"TopKOrder", "how the entries that a top-k chose are ordered", [
  I32EnumAttrCase<"Ascending", 0, "ascending">, I32EnumAttrCase<"KeptLast", 1, "kept_last">, I32EnumAttrCase<"Value", 2, "value">
]> { let cppNamespace = "::mlir::tile"; }

def Tile_TopKOp : Tile_Op<"top_k", [RecursiveMemoryEffects]> {
  let summary = "The k best entries of rows of a global view, written as a list of their positions";
  let description = [{
    For each of `rows` rows the region gets the row's number (an index) and yields: the coordinates of the row in `source` and
    those of its list in `ids` (all dimensions but the last of each), then the row's `size`, `head`, `low`, `high` and whether the
    row exists (1 or 0), all index, with head <= size and low <= high <= size. Nothing is touched of a row that does not exist.

    Candidates are the entries [0, size). Entries [0, head) and [low, high) are kept whatever they hold; there are at most k of
    them. The rest of the k places go to the greatest values, of equal ones to the lower position; a NaN counts as -inf, and -0 is
    0. `k` is the last size of `ids`. With fewer candidates than places, all are chosen, and the places left at the end hold -1.

    Positions are written `ascending`; or so with entry `high - 1` after all others if `low < high` (`kept_last`); or by `value`,
    greatest first, kept entries by their own, of equal ones the lower position first. `values`, of the shape of `ids`, gets what
    `source` holds at them, and -inf in places left.

    `rows` is 1, or a multiple of the kernel's warps: warps share one row, or each takes rows of its own.

    Example:

    ```mlir
    tile.top_k ascending %scores into %ids rows 4 {
    ^bb0(%row: index):
      tile.yield %head, %row, %head, %row, %size, %zero, %low, %size, %one : index, index, index, index, index, index, index, index, index
    } : memref<4x?x?xf32> into memref<4x?x16xi32>
    ```
  }];
  let arguments = (ins Tile_TopKOrder:$order, Arg<AnyMemRef, "", [MemRead]>:$source, Arg<AnyMemRef, "", [MemWrite]>:$ids,
                       Arg<Optional<AnyMemRef>, "", [MemWrite]>:$values, I64Attr:$rows);
  let regions = (region SizedRegion<1>:$rowMap);
  let assemblyFormat = "$order $source `into` $ids (`,` $values^)? `rows` $rows $rowMap attr-dict `:` type($source) `into` type($ids) (`,` type($values)^)?";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Places of a list.
    int64_t getK() { return ::llvm::cast<MemRefType>(getIds().getType()).getShape().back(); }
  }];
}

def Tile_TopKEmptyOp : Tile_Op<"top_k_empty", [Pure]> {
  let summary = "For each row a list of the best entries that holds none yet";
  let description = "Example:\n\n```mlir\n%none = tile.top_k_empty : !tile.best<128, 15>\n```";
  let results = (outs Tile_BestType:$result);
  let assemblyFormat = "attr-dict `:` custom<Whole>(type($result))";
}

def Tile_TopKInsertOp : Tile_Op<"top_k_insert", [Pure, AllTypesMatch<["best", "result"]>]> {
  let summary = "Enter one value a row into the rows' lists of the best";
  let description = [{
    Row r's value enters its list if `take[r]` is not 0 and the list has room or the value beats the list's last, which then drops
    out. Of equal values the earlier entry stays ahead; a NaN counts as -inf, and -0 is 0. Positions of a row are entered in
    ascending order, so that of equal values the lower position is kept.

    Example:

    ```mlir
    %next = tile.top_k_insert %best, %scores at %block if %take : !tile.best<128, 15>, !tile.rows<128, f32>, !tile.rows<128, i32>
    ```
  }];
  let arguments = (ins Tile_BestType:$best, Tile_RowsType:$values, Index:$position, Tile_RowsType:$take);
  let results = (outs Tile_BestType:$result);
  let assemblyFormat = "$best `,` $values `at` $position `if` $take attr-dict `:` custom<Whole>(type($best)) `,` custom<Whole>(type($values)) `,` custom<Whole>(type($take))";
  let hasVerifier = 1;
}

def Tile_TopKStoreOp : Tile_Op<"top_k_store", [RecursiveMemoryEffects]> {
  let summary = "Write each row's list of the best, with the entries that are kept whatever they hold";
  let description = [{
    For each row the region gets the row's number (an index) and yields: the coordinates of its list in `ids` (all dimensions but the
    last), then `head`, `low`, `high` and whether the row exists (1 or 0), all index, with low <= high. Nothing is touched of a row
    that does not exist.

    `k` is the last size of `ids`. Entries [0, head) and [low, high) are kept, n of them, at most k; none of them is in the list. The
    first k - n of the list are chosen beside them. Positions are written `ascending`, or so with entry `high - 1` after all others if
    `low < high` (`kept_last`), and -1 in places left.

    Example:

    ```mlir
    tile.top_k_store ascending %best into %ids {
    ^bb0(%row: index):
      tile.yield %head, %row, %zero, %local, %end, %one : index, index, index, index, index, index
    } : !tile.best<128, 15> into memref<4x?x16xi32>
    ```
  }];
  let arguments = (ins Tile_TopKOrder:$order, Tile_BestType:$best, Arg<AnyMemRef, "", [MemWrite]>:$ids);
  let regions = (region SizedRegion<1>:$rowMap);
  let assemblyFormat = "$order $best `into` $ids $rowMap attr-dict `:` custom<Whole>(type($best)) `into` type($ids)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Places of a list.
    int64_t getK() { return ::llvm::cast<MemRefType>(getIds().getType()).getShape().back(); }
  }];
}

def Tile_MoveListsOp : Tile_Op<"move_lists", [RecursiveMemoryEffects]> {
  let summary = "Copy lists of ids from one global view to another, sorted or as they are";
  let description = [{
    For each of `rows` lists the region gets its number (an index) and yields: the coordinates of the list in `source` and in
    `target` (all dimensions but the last of each), and whether the list exists (1 or 0), all index. Nothing is touched of a list
    that does not exist.

    A list has as many places as the last size of both views says. Ids below 0 mark places left; they form a suffix. With `sorted`
    the ids are written ascending, and the places left as -1.

    `rows` is a multiple of the kernel's warps.

    Example:

    ```mlir
    tile.move_lists sorted %selection into %out rows 8 {
    ^bb0(%row: index):
      tile.yield %row, %head, %head, %row, %one : index, index, index, index, index
    } : memref<?x4x16xi32> into memref<4x?x16xi32>
    ```
  }];
  let arguments = (ins UnitAttr:$sorted, Arg<AnyMemRef, "", [MemRead]>:$source, Arg<AnyMemRef, "", [MemWrite]>:$target, I64Attr:$rows);
  let regions = (region SizedRegion<1>:$rowMap);
  let assemblyFormat = "(`sorted` $sorted^)? $source `into` $target `rows` $rows $rowMap attr-dict `:` type($source) `into` type($target)";
  let hasVerifier = 1;
}
#endif
