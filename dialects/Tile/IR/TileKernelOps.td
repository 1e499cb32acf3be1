#ifndef TILE_KERNEL_OPS_TD
#define TILE_KERNEL_OPS_TD
include "dialects/Tile/IR/TileTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_SharedMemory : Resource<"::mlir::tile::SharedMemory">;

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

def Tile_MmaKind : I32EnumAttr<"MmaKind", "the instruction that multiplies fragments", [
  I32EnumAttrCase<"MmaSync", 0, "mma_sync">, // a warp, 16 rows, operands in registers
  I32EnumAttrCase<"Wgmma", 1, "wgmma">       // four warps, 64 rows, operands in swizzled shared memory, the left one also in registers
]> { let cppNamespace = "::mlir::tile"; let genSpecializedAttr = 0; }
def Tile_MmaKindAttr : EnumAttr<Tile_Dialect, Tile_MmaKind, "mma_kind"> { let assemblyFormat = "`<` $value `>`"; }

def Tile_KernelOp : Tile_Op<"kernel", [IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "A sequential program for one thread block";
  let description = [{
    Arguments are memrefs in global memory and scalars. `warps` is the size of the thread block in warps of 32; rows of
    fragments are dealt to warps in order, rows / warps each. `smem_bytes` is set by `plan-shared-memory`. `mma` says which
    instruction multiplies: with `wgmma`, four warps at a time own 64 consecutive rows, 16 each.

    Example:

    ```mlir
    tile.kernel @copy(%x: memref<?x128xbf16>) attributes {warps = 1 : i64} {
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       I64Attr:$warps, OptionalAttr<I64Attr>:$smem_bytes, OptionalAttr<Tile_MmaKindAttr>:$mma,
                       OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "StringRef":$name, "FunctionType":$type, "int64_t":$warps)>];
  let extraClassDeclaration = [{
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
    Region *getCallableRegion() { return &getBody(); }
    bool usesWgmma() { return getMma() == MmaKind::Wgmma; }
    /// Warps that fragments are dealt to: the consumers' where there are roles.
    int64_t mathWarps();
  }];
}

def Tile_ReturnOp : Tile_Op<"return", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "End of a kernel";
  let description = "Example:\n\n```mlir\ntile.return\n```";
  let assemblyFormat = "attr-dict";
}

def Tile_LaunchOp : Tile_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Run a kernel over a grid of thread blocks";
  let description = [{
    Example:

    ```mlir
    tile.launch @copy grid(%x, %y, %z) args(%a) : memref<?x128xbf16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Index:$gridX, Index:$gridY, Index:$gridZ, Variadic<AnyType>:$args);
  let assemblyFormat = "$kernel `grid` `(` $gridX `,` $gridY `,` $gridZ `)` `args` `(` $args `)` attr-dict `:` type($args)";
}

def Tile_ProgramIdOp : Tile_Op<"program_id", [Pure]> {
  let summary = "Which thread block of the grid this is, along axis 0 (x), 1 (y) or 2 (z)";
  let description = "Example:\n\n```mlir\n%x = tile.program_id 0\n```";
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<2>]>:$axis);
  let results = (outs Index:$id);
  let assemblyFormat = "$axis attr-dict";
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "Ends the region of a tile op";
  let description = "Example:\n\n```mlir\ntile.yield %a, %b : index, index\n```";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ValueRange()); }]>];
}
#endif
