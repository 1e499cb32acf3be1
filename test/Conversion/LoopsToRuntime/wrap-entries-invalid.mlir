// RUN: not msa-opt %s -cpu-codegen 2>&1 | FileCheck %s
// CHECK: error: wrap-entries: expects memref arguments only, but 'f' has one of {{.*}}f32
func.func @f(%x: f32) { return }
