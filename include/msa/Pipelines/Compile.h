//===- Compile.h - text in, artifact out ------------------------*- C++ -*-===//
#ifndef MSA_PIPELINES_COMPILE_H
#define MSA_PIPELINES_COMPILE_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "msa/Artifact/Manifest.h"
#include "msa/Pipelines/Options.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::msa {

/// "0.1.0 (LLVM 22.1.8)".
std::string versionText();

/// Compiles text (or bytecode) as `options` ask, parsing it in `context`, which must know registerDialects. Returns what was asked for:
/// the artifact's text, IR, LLVM IR, PTX or a cubin. All that goes wrong is a diagnostic of `context`.
FailureOr<std::string> compileText(MLIRContext &context, llvm::SourceMgr &source, const CompileOptions &options);

/// Compiles a module of the input phase for every target of `options` into programs with their meaning. `module` is left as it was.
FailureOr<::msa::Manifest> compile(ModuleOp module, const CompileOptions &options);

/// Decides as `compile` would, and makes nothing. The first refusal, with its op's location, is a diagnostic.
LogicalResult checkSupport(ModuleOp module, const std::string &target);

} // namespace mlir::msa
#endif
