//===- Passes.h - input -> normal, decided -> split, results -> outputs -*- C++ -*-===//
#ifndef MSA_TRANSFORMS_PASSES_H
#define MSA_TRANSFORMS_PASSES_H
#include "dialects/Msa/IR/MsaDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Transforms/Passes.h.inc"
} // namespace mlir::msa
#endif
