//===- EmitObject.h - a module in the llvm dialect as a shared object -*- C++ -*-===//
#ifndef MSA_TARGET_EMITOBJECT_H
#define MSA_TARGET_EMITOBJECT_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include <string>
#include <vector>

namespace mlir::msa {

struct ObjectOptions {
  std::string cpu;       ///< "x86-64-v3", "znver3", ...; empty: this machine's, with all its features
  bool keepLlvm = false; ///< fill SharedObject::llvm
  std::string lldPath;   ///< the ld.lld that links; empty: look for it
};

/// What `emitSharedObject` made of one module.
struct SharedObject {
  std::string bytes;                 ///< an ELF shared object
  std::string cpu;                   ///< the CPU it was made for
  std::vector<std::string> features; ///< those of CpuFeatures.h that the CPU has
  std::string llvm;                  ///< the optimised LLVM IR it came from, if asked for
};

/// Translates `module` (llvm dialect only, as `cpu-codegen` leaves it), optimises at O3 for the CPU, assembles in process and links
/// with ld.lld, the one program it runs. The object needs nothing but libc. Errors, at `module`:
///   [unknown-target] LLVM knows no such x86-64 CPU
///   [cpu-f16]        the module converts f16 and the CPU has no F16C
///   [linker-missing] no ld.lld at lldPath, or none in /usr/lib/llvm-22/bin or on PATH
///   [codegen]        translation, code generation or linking failed, with its own words
FailureOr<SharedObject> emitSharedObject(ModuleOp module, const ObjectOptions &options = {});

/// The f32 lanes of a vector register of `cpu` (as in ObjectOptions): what `linalg-to-vector` should be told.
int64_t vectorWidthOf(const std::string &cpu);

/// The translations to LLVM IR that `emitSharedObject` needs; a context must have them before.
void registerObjectTranslations(DialectRegistry &registry);

} // namespace mlir::msa
#endif
