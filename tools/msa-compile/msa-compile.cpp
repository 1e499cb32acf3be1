//===- msa-compile.cpp - attention graphs to artifacts --------------------===//
#include "msa/Compiler/CompileMain.h"

int main(int argc, char **argv) { return mlir::msa::compileMain(argc, argv); }
