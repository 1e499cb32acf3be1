//===- EmitPtx.h - a gpu.module in llvm/nvvm as PTX text --------*- C++ -*-===//
#ifndef MSA_TARGET_EMITPTX_H
#define MSA_TARGET_EMITPTX_H
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Support/LLVM.h"
#include <string>

namespace mlir::msa {

/// What `emitPtx` made of one gpu.module.
struct PtxText {
  std::string ptx;
  std::string llvm; ///< the optimised LLVM IR it came from, if asked for
  int ptxVersion = 0;
};

struct PtxOptions {
  std::string chip;      ///< "sm_90a"; must be in the chip table
  int ptxVersion = 0;    ///< PTX ISA times 10; 0: the lowest the chip needs (any newer driver loads it)
  bool keepLlvm = false; ///< fill PtxText::llvm
};

/// Translates `module` (llvm and nvvm ops only, as tile-to-nvvm leaves it), optimises at O3 and prints PTX, all in process: no
/// toolkit, no libdevice. What LLVM cannot select, which by itself would end the process, is an error at `module`:
///   [unknown-target] the chip is not in the table
///   [ptx-version]    the version asked for is below what the chip needs, or above what LLVM 22 writes (9.0)
///   [codegen]        LLVM refused or failed, with its own words
FailureOr<PtxText> emitPtx(gpu::GPUModuleOp module, const PtxOptions &options);

/// The translations to LLVM IR that `emitPtx` needs; a context must have them before.
void registerPtxTranslations(DialectRegistry &registry);

} // namespace mlir::msa
#endif
