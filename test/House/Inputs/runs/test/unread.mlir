// RUN: msa-opt %s -o %t.mlir
