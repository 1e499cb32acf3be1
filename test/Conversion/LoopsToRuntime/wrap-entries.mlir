// RUN: msa-opt %s -outline-parallel -convert-scf-to-cf -finalize-memref-to-llvm -convert-arith-to-llvm -convert-func-to-llvm -reconcile-unrealized-casts -wrap-entries | FileCheck %s
// RUN: msa-opt %s -cpu-codegen | FileCheck %s

// Everything but the entry and the loader's variable is internal.
// CHECK-DAG: llvm.func internal @f_flat
// CHECK-DAG: llvm.func internal @f_parallel_0_body
// CHECK-DAG: llvm.func internal @f_parallel_0(
// CHECK-DAG: llvm.func @f(%{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.mlir.global external @msa_parallel_for() {{.*}}: !llvm.ptr

// CHECK-LABEL: llvm.func internal @msa_run_turns(
// CHECK-SAME:    %[[N:.*]]: i64, %[[BODY:.*]]: !llvm.ptr, %[[CONTEXT:.*]]: !llvm.ptr)
// CHECK:         %[[FOR:.*]] = llvm.load
// CHECK:         llvm.cond_br
// CHECK:         llvm.call %[[FOR]](%[[N]], %[[BODY]], %[[CONTEXT]])
// CHECK:         llvm.call %[[BODY]](%{{.*}}, %[[CONTEXT]])

// CHECK-LABEL: llvm.func internal @f_parallel_0_thunk(%{{.*}}: i64, %{{.*}}: !llvm.ptr)
// CHECK:         llvm.call @f_parallel_0_body
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
