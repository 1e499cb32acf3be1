//===- Registration.h - everything of ours, for a context -------*- C++ -*-===//
#ifndef MSA_PIPELINES_REGISTRATION_H
#define MSA_PIPELINES_REGISTRATION_H
#include "mlir/IR/DialectRegistry.h"

namespace mlir::msa {

/// Both dialects, every upstream dialect our passes make, and the interfaces (bufferisation, conversion to llvm, translation)
/// they rely on. Enough for any phase to be parsed and compiled.
void registerDialects(DialectRegistry &registry);

/// Only what stock mlir-opt lacks: our two dialects and their interfaces. For the plugin.
void registerOwnDialects(DialectRegistry &registry);

/// Every pass of ours, by its flag, and the named pipelines.
void registerPassesAndPipelines();

} // namespace mlir::msa
#endif
