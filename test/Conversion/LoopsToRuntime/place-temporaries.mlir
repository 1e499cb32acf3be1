// RUN: msa-opt %s -place-temporaries -split-input-file -verify-diagnostics | FileCheck %s

// Small and static, in a loop inside a parallel body: on the stack, once. Dynamic or large: freed where it was made.
// CHECK-LABEL: func.func @f
// CHECK:       memref.alloc() : memref<8xf32>
// CHECK:       scf.parallel
// CHECK-NEXT:    memref.alloca() {alignment = 64 : i64} : memref<64x16xf32>
// CHECK:         scf.for
// CHECK-NEXT:      %[[D:.*]] = memref.alloc(%arg0) : memref<?xf32>
// CHECK-NEXT:      %[[L:.*]] = memref.alloc() : memref<1024x1024xf32>
// CHECK:           memref.dealloc %[[D]]
// CHECK:           memref.dealloc %[[L]]
// CHECK:       memref.dealloc
// CHECK-NEXT:  return
func.func @f(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %outer = memref.alloc() : memref<8xf32>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    scf.for %j = %c0 to %n step %c1 {
      %tile = memref.alloc() : memref<64x16xf32>
      %dynamic = memref.alloc(%n) : memref<?xf32>
      %large = memref.alloc() : memref<1024x1024xf32>
      %view = memref.subview %tile[0, 0] [%n, 16] [1, 1] : memref<64x16xf32> to memref<?x16xf32, strided<[16, 1]>>
      memref.store %x, %view[%c0, %c0] : memref<?x16xf32, strided<[16, 1]>>
    }
  }
  return
}

// -----

func.func @escapes(%n: index, %m: memref<8xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %last = scf.for %j = %c0 to %n step %c1 iter_args(%before = %m) -> (memref<8xf32>) {
    // expected-error @below {{place-temporaries: expects a temporary that dies in its block, but it is handed on}}
    %next = memref.alloc() : memref<8xf32>
    // expected-note @below {{by 'scf.yield'}}
    scf.yield %next : memref<8xf32>
  }
  %x = memref.load %last[%c0] : memref<8xf32>
  return %x : f32
}
