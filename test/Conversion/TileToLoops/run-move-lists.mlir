// Rows become columns of rows, sorted with places left at the end, or as they are; a list that does not exist is not touched.
// RUN: %run-loops | FileCheck %s

tile.kernel @move(%from: memref<3x2x4xi32>, %sorted: memref<2x3x4xi32>, %same: memref<2x3x4xi32>) attributes {warps = 1 : i64} {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  tile.move_lists sorted %from into %sorted rows 3 {
  ^bb0(%row: index):
    tile.yield %row, %c1, %c1, %row, %c1 : index, index, index, index, index
  } : memref<3x2x4xi32> into memref<2x3x4xi32>
  tile.move_lists %from into %same rows 3 {
  ^bb0(%row: index):
    %isThere = arith.cmpi ne, %row, %c2 : index
    %exists = arith.index_castui %isThere : i1 to index
    tile.yield %row, %c1, %c1, %row, %exists : index, index, index, index, index
  } : memref<3x2x4xi32> into memref<2x3x4xi32>
  tile.return
}

memref.global "private" constant @lists : memref<3x2x4xi32> = dense<[
  [[0, 0, 0, 0], [7, 3, 9, 0]], [[0, 0, 0, 0], [5, 2, -1, -1]], [[0, 0, 0, 0], [-1, -1, -1, -1]]]>
func.func @main() {
  %c1 = arith.constant 1 : index
  %minus = arith.constant -9 : i32
  %from = memref.get_global @lists : memref<3x2x4xi32>
  %sorted = memref.alloc() : memref<2x3x4xi32>
  %same = memref.alloc() : memref<2x3x4xi32>
  linalg.fill ins(%minus : i32) outs(%sorted : memref<2x3x4xi32>)
  linalg.fill ins(%minus : i32) outs(%same : memref<2x3x4xi32>)
  tile.launch @move grid(%c1, %c1, %c1) args(%from, %sorted, %same) : memref<3x2x4xi32>, memref<2x3x4xi32>, memref<2x3x4xi32>
  %print = memref.cast %sorted : memref<2x3x4xi32> to memref<*xi32>
  call @printMemrefI32(%print) : (memref<*xi32>) -> ()
  %print2 = memref.cast %same : memref<2x3x4xi32> to memref<*xi32>
  call @printMemrefI32(%print2) : (memref<*xi32>) -> ()
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

// CHECK:      [-9, {{ *}}-9, {{ *}}-9, {{ *}}-9]
// CHECK:      [0, {{ *}}3, {{ *}}7, {{ *}}9]
// CHECK-NEXT: [2, {{ *}}5, {{ *}}-1, {{ *}}-1]
// CHECK-NEXT: [-1, {{ *}}-1, {{ *}}-1, {{ *}}-1]
// CHECK:      [7, {{ *}}3, {{ *}}9, {{ *}}0]
// CHECK-NEXT: [5, {{ *}}2, {{ *}}-1, {{ *}}-1]
// CHECK-NEXT: [-9, {{ *}}-9, {{ *}}-9, {{ *}}-9]
