//===- WriteArtifact.h - a host function of launches as a plan --*- C++ -*-===//
#ifndef MSA_TARGET_WRITEARTIFACT_H
#define MSA_TARGET_WRITEARTIFACT_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LLVM.h"
#include "msa/Artifact/Manifest.h"

namespace mlir::msa {

/// Reads `host`, a function on memrefs (inputs, then outputs) without results that holds nothing but `gpu.launch_func`, `memref.alloc`,
/// views with static offsets, and sizes computed by `memref.dim` and `arith`, into the temporaries and launches of `program`, whose
/// arguments must be those of `host`. Each kernel says what its parameters are:
///   msa.params     = ["ptr:0", "stride:0:1", "size:3", "f32:4"]   in terms of the launch's operands
///   msa.threads, msa.smem_bytes = i64
///   msa.align      = [16, 4]   bytes, one a "ptr"; optional: 16 for 16-bit floats (they are copied 16 bytes at a time), else one element
/// What does not fit is an error at the op that does not: "[host-function] needs ..., but ...".
LogicalResult writeLaunches(func::FuncOp host, ::msa::Program &program);

/// Arguments of `host` with placeholder names, for a program whose meaning was not kept: "arg0", ...; a writable one is named by the
/// argument attribute `msa.output`.
FailureOr<std::vector<::msa::ArgumentSpec>> readArguments(func::FuncOp host);

} // namespace mlir::msa
#endif
