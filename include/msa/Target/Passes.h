//===- Passes.h - passes of the target floor --------------------*- C++ -*-===//
#ifndef MSA_TARGET_PASSES_H
#define MSA_TARGET_PASSES_H
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Target/Passes.h.inc"
} // namespace mlir::msa
#endif
