//===- CompileMain.h - msa-compile without its main -------------*- C++ -*-===//
#ifndef MSA_COMPILER_COMPILEMAIN_H
#define MSA_COMPILER_COMPILEMAIN_H

namespace mlir::msa {

/// Parses the command line, compiles, writes. The process's exit status: 0, or 1 after an error that was said.
int compileMain(int argc, char **argv);

} // namespace mlir::msa
#endif
