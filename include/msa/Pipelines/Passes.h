//===- Passes.h - the check between phases ----------------------*- C++ -*-===//
#ifndef MSA_PIPELINES_PASSES_H
#define MSA_PIPELINES_PASSES_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Pipelines/Passes.h.inc"
} // namespace mlir::msa
#endif
