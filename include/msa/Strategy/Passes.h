//===- Passes.h - normal -> decided -----------------------------*- C++ -*-===//
#ifndef MSA_STRATEGY_PASSES_H
#define MSA_STRATEGY_PASSES_H
#include "dialects/Msa/IR/MsaDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Strategy/Passes.h.inc"
} // namespace mlir::msa
#endif
