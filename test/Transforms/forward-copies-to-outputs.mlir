// A temporary that is only copied into an output is that output.
// RUN: msa-opt %s --forward-copies-to-outputs | FileCheck %s

// Read by another op too, before and after the copy.
// CHECK-LABEL: @whole
// CHECK-SAME: %[[O:[^:]*]]: memref<?x64xf32, strided<[?, 1], offset: ?>>, %[[P:[^:]*]]: memref<?x64xf32, strided<[?, 1], offset: ?>>
// CHECK-NEXT: linalg.fill ins(%{{.*}} : f32) outs(%[[O]]
// CHECK-NEXT: linalg.copy ins(%[[O]] {{.*}} outs(%[[P]]
// CHECK-NEXT: return
func.func @whole(%x: f32, %n: index, %o: memref<?x64xf32, strided<[?, 1], offset: ?>>, %p: memref<?x64xf32, strided<[?, 1], offset: ?>>) {
  %a = memref.alloc(%n) : memref<?x64xf32>
  linalg.fill ins(%x : f32) outs(%a : memref<?x64xf32>)
  memref.copy %a, %o : memref<?x64xf32> to memref<?x64xf32, strided<[?, 1], offset: ?>>
  %b = memref.alloc(%n) : memref<?x64xf32>
  linalg.copy ins(%a : memref<?x64xf32>) outs(%b : memref<?x64xf32>)
  memref.copy %b, %p : memref<?x64xf32> to memref<?x64xf32, strided<[?, 1], offset: ?>>
  memref.dealloc %a : memref<?x64xf32>
  return
}

// Views of the temporary are made again with the output's strides; loops that write it go on.
// CHECK-LABEL: @views
// CHECK-SAME: %[[O:[^:]*]]: memref<8x64xf32, strided<[?, 1], offset: ?>>
// CHECK-NOT: memref.alloc
// CHECK: scf.forall
// CHECK: memref.subview %[[O]][%{{.*}}, 0] [1, 64] [1, 1] : memref<8x64xf32, strided<[?, 1], offset: ?>> to memref<1x64xf32, strided<[?, 1], offset: ?>>
// CHECK: linalg.fill
// CHECK-NOT: memref.copy
func.func @views(%x: f32, %o: memref<8x64xf32, strided<[?, 1], offset: ?>>) {
  %a = memref.alloc() : memref<8x64xf32>
  scf.forall (%i) in (8) {
    %row = memref.subview %a[%i, 0] [1, 64] [1, 1] : memref<8x64xf32> to memref<1x64xf32, strided<[64, 1], offset: ?>>
    linalg.fill ins(%x : f32) outs(%row : memref<1x64xf32, strided<[64, 1], offset: ?>>)
  }
  memref.copy %a, %o : memref<8x64xf32> to memref<8x64xf32, strided<[?, 1], offset: ?>>
  return
}

// CHECK-LABEL: @written_later
// CHECK: memref.copy
func.func @written_later(%x: f32, %y: f32, %o: memref<8x64xf32, strided<[?, 1], offset: ?>>) {
  %a = memref.alloc() : memref<8x64xf32>
  linalg.fill ins(%x : f32) outs(%a : memref<8x64xf32>)
  memref.copy %a, %o : memref<8x64xf32> to memref<8x64xf32, strided<[?, 1], offset: ?>>
  linalg.fill ins(%y : f32) outs(%a : memref<8x64xf32>)
  return
}

// CHECK-LABEL: @output_used
// CHECK: memref.copy
func.func @output_used(%x: f32, %o: memref<8x64xf32, strided<[?, 1], offset: ?>>) {
  linalg.fill ins(%x : f32) outs(%o : memref<8x64xf32, strided<[?, 1], offset: ?>>)
  %a = memref.alloc() : memref<8x64xf32>
  linalg.fill ins(%x : f32) outs(%a : memref<8x64xf32>)
  memref.copy %a, %o : memref<8x64xf32> to memref<8x64xf32, strided<[?, 1], offset: ?>>
  return
}

// An input that is returned has to be copied.
// CHECK-LABEL: @input
// CHECK: memref.copy
func.func @input(%x: memref<8x64xf32, strided<[?, 1], offset: ?>>, %o: memref<8x64xf32, strided<[?, 1], offset: ?>>) {
  memref.copy %x, %o : memref<8x64xf32, strided<[?, 1], offset: ?>> to memref<8x64xf32, strided<[?, 1], offset: ?>>
  return
}
