// The outermost parallel loop becomes a call; what its body uses is handed over, constants are copied, inner loops stay.
// RUN: msa-opt %s -outline-parallel -canonicalize | FileCheck %s

// CHECK-LABEL: func.func @f(%arg0: memref<?x?xf32>, %arg1: f32) attributes {llvm.emit_c_interface}
// CHECK-DAG:     %[[M:.*]] = memref.dim %arg0, %c0
// CHECK-DAG:     %[[N:.*]] = memref.dim %arg0, %c1
// CHECK:         %[[COUNT:.*]] = arith.muli
// CHECK:         call @f_parallel_0(%[[COUNT]], %[[M]], %[[N]], %arg1, %arg0) : (index, index, index, f32, memref<?x?xf32>) -> ()
// CHECK-NOT:     scf.parallel
func.func @f(%m: memref<?x?xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %m, %c0 : memref<?x?xf32>
  %cols = memref.dim %m, %c1 : memref<?x?xf32>
  scf.parallel (%i, %j) = (%c0, %c0) to (%rows, %cols) step (%c1, %c1) {
    scf.parallel (%k) = (%c0) to (%i) step (%c1) {
      memref.store %x, %m[%k, %j] : memref<?x?xf32>
    }
  }
  return
}

// The last dimension counts fastest.
// CHECK-LABEL: func.func private @f_parallel_0_body(%arg0: index, %arg1: index, %arg2: index, %arg3: f32, %arg4: memref<?x?xf32>)
// CHECK:         %[[C:.*]] = arith.maxsi %arg2, %c0
// CHECK:         %[[J:.*]] = arith.remui %arg0, %[[C]]
// CHECK:         %[[I:.*]] = arith.divui %arg0, %[[C]]
// CHECK:         scf.parallel (%[[K:.*]]) = (%c0) to (%[[I]])
// CHECK:           memref.store %arg3, %arg4[%[[K]], %[[J]]]
// CHECK:       func.func private @f_parallel_0(index, index, index, f32, memref<?x?xf32>) attributes {msa.parallel_body = @f_parallel_0_body}
