//===- Passes.h - linalg on memrefs to vector loops -------------*- C++ -*-===//
#ifndef MSA_CONVERSION_LINALGTOVECTOR_PASSES_H
#define MSA_CONVERSION_LINALGTOVECTOR_PASSES_H
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Conversion/LinalgToVector/Passes.h.inc"
} // namespace mlir::msa
#endif
