//===- Passes.h - msa ops to upstream dialects ------------------*- C++ -*-===//
#ifndef MSA_CONVERSION_MSATOLINALG_PASSES_H
#define MSA_CONVERSION_MSATOLINALG_PASSES_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Conversion/MsaToLinalg/Passes.h.inc"
} // namespace mlir::msa
#endif
