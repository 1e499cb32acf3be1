#ifndef MSA_OP_BASE_TD
#define MSA_OP_BASE_TD
include "dialects/Msa/IR/MsaAttrs.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Dialect/Linalg/IR/LinalgInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

// Tensors before bufferisation, memrefs after it. In buffer form an op has no results and writes to `outs`.
def Msa_Shaped : AnyTypeOf<[AnyRankedTensor, AnyMemRef], "ranked tensor or memref">;

// All ops: no effects on tensors (in buffer form they read operands and write `outs`), shapes that can be computed from the
// operands, and a buffer form with freshly allocated `outs`.
class Msa_Op<string mnemonic, list<Trait> traits = []> : Op<Msa_Dialect, mnemonic, !listconcat(traits, [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<BufferizableOpInterface, ["bufferizesToAllocation", "bufferizesToMemoryRead",
      "bufferizesToMemoryWrite", "getAliasingValues", "getBufferType", "bufferize"]>])> {
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

// Ops whose KV (or index) heads are independent: one parallel loop over them (`combine`: two, tokens and heads).
defvar Msa_TilingOverHeads = DeclareOpInterfaceMethods<TilingInterface, ["getLoopIteratorTypes", "getIterationDomain",
  "getTiledImplementation", "getResultTilePosition", "getIterationDomainTileFromResultTile",
  "generateResultTileValue"]>;

// Ops that are several ops in one.
defvar Msa_Aggregated = DeclareOpInterfaceMethods<AggregatedOpInterface, ["decomposeOperation"]>;
#endif
