#ifndef TILE_TYPES_TD
#define TILE_TYPES_TD
include "dialects/Tile/IR/TileDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Tile_Shaped<string cls, string m> : TypeDef<Tile_Dialect, cls> {
  let mnemonic = m;
  let genVerifyDecl = 1;
}

def Tile_SharedLayout : I32EnumAttr<"SharedLayout", "where a tile's elements lie in shared memory", [
  I32EnumAttrCase<"Padded", 0, "padded">, // rows one after the other, 16 bytes apart: what ldmatrix reads without conflicts
  I32EnumAttrCase<"Swizzled", 1, "swizzled"> // panels of 128 bytes a row, 16-byte chunks xored by the row: what wgmma reads
]> { let cppNamespace = "::mlir::tile"; let genSpecializedAttr = 0; }

def Tile_SharedLayoutParameter : EnumParameter<Tile_SharedLayout> {
  let defaultValue = "::mlir::tile::SharedLayout::Padded";
}

def Tile_SmemType : Tile_Shaped<"Smem", "smem"> {
  let summary = "A tile in shared memory, rows x cols";
  let description = [{
    Example: `!tile.smem<64, 128, bf16>`, `!tile.smem<64, 128, bf16, swizzled>`. Element types: bf16, f16, f32, i32.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$cols, "Type":$elementType, Tile_SharedLayoutParameter:$layout);
  let assemblyFormat = "`<` $rows `,` $cols `,` $elementType (`,` $layout^)? `>`";
  let builders = [TypeBuilder<(ins "int64_t":$rows, "int64_t":$cols, "Type":$elementType), [{
    return $_get($_ctxt, rows, cols, elementType, SharedLayout::Padded);
  }]>];
}

def Tile_FragType : Tile_Shaped<"Frag", "frag"> {
  let summary = "A row-distributed fragment in registers, rows x cols";
  let description = "Example: `!tile.frag<64, 128, f32>`. rows is a multiple of 16, cols of 8. Element types: bf16, f16, f32, i32.";
  let parameters = (ins "int64_t":$rows, "int64_t":$cols, "Type":$elementType);
  let assemblyFormat = "`<` $rows `,` $cols `,` $elementType `>`";
}

def Tile_RowsType : Tile_Shaped<"Rows", "rows"> {
  let summary = "One value per row, distributed as the rows of a fragment are";
  let description = "Example: `!tile.rows<64, f32>`. rows is a multiple of 16. Element types: f32, bf16, f16, i32.";
  let parameters = (ins "int64_t":$rows, "Type":$elementType);
  let assemblyFormat = "`<` $rows `,` $elementType `>`";
}

def Tile_ListType : Tile_Shaped<"List", "list"> {
  let summary = "The blocks a tile visits: (block, request, member mask) entries, at most `capacity`";
  let description = "Example: `!tile.list<64>`. Ordered by (request, block), no entry repeated.";
  let parameters = (ins "int64_t":$capacity);
  let assemblyFormat = "`<` $capacity `>`";
}

def Tile_BitsType : Tile_Shaped<"Bits", "bits"> {
  let summary = "Sets of the numbers below `members`, a bit each, in shared memory";
  let description = "Example: `!tile.bits<1024, 512>`. Members are a multiple of 32.";
  let parameters = (ins "int64_t":$sets, "int64_t":$members);
  let assemblyFormat = "`<` $sets `,` $members `>`";
}

def Tile_BestType : Tile_Shaped<"Best", "best"> {
  let summary = "For each row the k best entries inserted so far, distributed as the rows of a fragment are";
  let description = "Example: `!tile.best<128, 16>`. rows is a multiple of 16. An entry is an f32 value and the position it came from.";
  let parameters = (ins "int64_t":$rows, "int64_t":$k);
  let assemblyFormat = "`<` $rows `,` $k `>`";
}

def Tile_RingType : Tile_Shaped<"Ring", "ring"> {
  let summary = "A ring of `stages` shared-memory tiles (staged phase)";
  let description = "Example: `!tile.ring<3 x 64, 128, bf16>`. Element types and layouts as those of `!tile.smem`.";
  let parameters = (ins "int64_t":$stages, "int64_t":$rows, "int64_t":$cols, "Type":$elementType,
                        Tile_SharedLayoutParameter:$layout);
  let assemblyFormat = "`<` $stages `x` $rows `,` $cols `,` $elementType (`,` $layout^)? `>`";
  let builders = [TypeBuilder<(ins "int64_t":$stages, "int64_t":$rows, "int64_t":$cols, "Type":$elementType), [{
    return $_get($_ctxt, stages, rows, cols, elementType, SharedLayout::Padded);
  }]>];
  let extraClassDeclaration = [{
    /// One slot.
    SmemType getTile() { return SmemType::get(getContext(), getRows(), getCols(), getElementType(), getLayout()); }
  }];
}

def Tile_ChannelType : Tile_Shaped<"Channel", "channel"> {
  let summary = "How `stages` slots of shared memory go back and forth between two roles (staged phase)";
  let description = "Example: `!tile.channel<3>`.";
  let parameters = (ins "int64_t":$stages);
  let assemblyFormat = "`<` $stages `>`";
}

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "what a row reduction computes", [
  I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Add", 1, "add">
]> { let cppNamespace = "::mlir::tile"; }
#endif
