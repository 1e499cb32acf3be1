// A program in the llvm dialect as a shared object: its entry and the loader's variable are all that it exports.
// RUN: msa-opt %s -cpu-codegen -emit-object="file=%t.so cpu=x86-64-v3" -o /dev/null && llvm-nm -D --defined-only %t.so | FileCheck %s --implicit-check-not={{[TBD]}}
// RUN: not msa-opt %s -cpu-codegen -emit-object="file=%t.so cpu=sm_90a" 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not msa-opt %s -cpu-codegen -emit-object=file=%t/none/there.so 2>&1 | FileCheck %s --check-prefix=FILE

// CHECK: T f
// CHECK: B msa_parallel_for
// CPU: error: [unknown-target] needs an x86-64 CPU that LLVM knows, but got 'sm_90a'
// FILE: error: emit-object: cannot write '{{.*}}there.so': No such file or directory
func.func @f(%m: memref<?xf32, strided<[?], offset: ?>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %n = memref.dim %m, %c0 : memref<?xf32, strided<[?], offset: ?>>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %x, %m[%i] : memref<?xf32, strided<[?], offset: ?>>
  }
  return
}
