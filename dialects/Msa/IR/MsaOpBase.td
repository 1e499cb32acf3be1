#ifndef MSA_OP_BASE_TD
#define MSA_OP_BASE_TD
include "dialects/Msa/IR/MsaAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// Tensors before bufferisation, memrefs after it. In buffer form an op has no results and writes to `outs`.
def Msa_Shaped : AnyTypeOf<[AnyRankedTensor, AnyMemRef], "ranked tensor or memref">;

class Msa_Op<string mnemonic, list<Trait> traits = []> : Op<Msa_Dialect, mnemonic, !listconcat(traits, [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>])> {
  let hasVerifier = 1;
}
#endif
