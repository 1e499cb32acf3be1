// RUN: msa-opt %s \
// RUN:   -o %t.mlir
// RUN: msa-opt %t.mlir | FileCheck %s
// CHECK-LABEL: a
