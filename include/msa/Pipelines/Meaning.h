//===- Meaning.h - what a program computes, as plain data -------*- C++ -*-===//
//
// Taken from the input phase, before anything is rewritten, so that what checks the result owes nothing to the passes. It rides on the
// module as one attribute, `msa.meaning`, through every phase and through files between them.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_PIPELINES_MEANING_H
#define MSA_PIPELINES_MEANING_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "msa/Artifact/Manifest.h"

namespace mlir::msa {

/// Name, arguments and meaning of a function on tensors in the input phase. Arguments are named by the first op that reads them ("q", "k",
/// "page_table"), outputs by the op that makes them ("output", "lse"), or either by an attribute `msa.name`. Errors: an argument or
/// result that is no ranked tensor of bf16, f16, f32 or i32 ("[door-type] ..."). A function with other ops than msa's, tensor.cast and
/// static slices has no meaning: `notes["meaning"]` says why and the list is empty.
FailureOr<::msa::Program> readMeaning(func::FuncOp function);

/// Reads all public functions and leaves their meaning on `module`. Does nothing to a module that has it.
LogicalResult attachMeaning(ModuleOp module);

/// After bufferisation: notes on the programs' arguments which of their dimensions the functions of `module` take as one axis
/// (memref.collapse_shape of an argument). Does nothing without a meaning.
LogicalResult noteAdjacency(ModuleOp module);

/// The programs that `attachMeaning` left, by function; functions without one get arguments without a meaning. Clears the attribute.
FailureOr<std::vector<::msa::Program>> takeMeaning(ModuleOp module);

} // namespace mlir::msa
#endif
