//===- Passes.h - from loops over buffers to the CPU runtime's ABI -*- C++ -*-===//
#ifndef MSA_CONVERSION_LOOPSTORUNTIME_PASSES_H
#define MSA_CONVERSION_LOOPSTORUNTIME_PASSES_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"
} // namespace mlir::msa
#endif
