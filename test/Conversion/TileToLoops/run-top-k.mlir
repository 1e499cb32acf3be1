// The best 3 of rows of different lengths: the first entry and a range are kept, equal values go to the lower position, -0 is 0, a NaN
// is -inf, places left hold -1.
// RUN: %run-loops | FileCheck %s

tile.kernel @best(%scores: memref<5x6xf32>, %rows: memref<5x4xi32>, %ids: memref<5x3xi32>, %byValue: memref<5x3xi32>, %values: memref<5x3xf32>)
    attributes {warps = 1 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  tile.top_k kept_last %scores into %ids rows 5 {
  ^bb0(%row: index):
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %size32 = memref.load %rows[%row, %c0] : memref<5x4xi32>
    %head32 = memref.load %rows[%row, %c1] : memref<5x4xi32>
    %low32 = memref.load %rows[%row, %c2] : memref<5x4xi32>
    %high32 = memref.load %rows[%row, %c3] : memref<5x4xi32>
    %size = arith.index_cast %size32 : i32 to index
    %head = arith.index_cast %head32 : i32 to index
    %low = arith.index_cast %low32 : i32 to index
    %high = arith.index_cast %high32 : i32 to index
    tile.yield %row, %row, %size, %head, %low, %high, %c1 : index, index, index, index, index, index, index
  } : memref<5x6xf32> into memref<5x3xi32>
  tile.top_k value %scores into %byValue, %values rows 5 {
  ^bb0(%row: index):
    %c0 = arith.constant 0 : index
    %c6 = arith.constant 6 : index
    %isThere = arith.cmpi ne, %row, %c4 : index // the last row does not exist
    %exists = arith.index_castui %isThere : i1 to index
    tile.yield %row, %row, %c6, %c0, %c0, %c0, %exists : index, index, index, index, index, index, index
  } : memref<5x6xf32> into memref<5x3xi32>, memref<5x3xf32>
  tile.return
}

memref.global "private" constant @scores : memref<5x6xf32> = dense<[
  [5.0, 1.0, 9.0, 2.0, 9.0, 3.0],
  [1.0, 7.0, 7.0, 7.0, 7.0, 0.0],
  [0x7FC00000, 0xFF800000, -1.0, 0xFF800000, 0x7FC00000, 0x7FC00000],
  [-0.0, 0.0, -0.0, 0x7F800000, -1.0, -2.0],
  [4.0, 3.0, 2.0, 1.0, 0.0, 0.0]]>
// size, head, low, high
memref.global "private" constant @rows : memref<5x4xi32> = dense<[[6, 1, 3, 4], [6, 0, 5, 6], [5, 0, 0, 0], [6, 2, 0, 1], [2, 0, 1, 2]]>
func.func @main() {
  %c1 = arith.constant 1 : index
  %minus = arith.constant -9 : i32
  %scores = memref.get_global @scores : memref<5x6xf32>
  %rows = memref.get_global @rows : memref<5x4xi32>
  %ids = memref.alloc() : memref<5x3xi32>
  %byValue = memref.alloc() : memref<5x3xi32>
  linalg.fill ins(%minus : i32) outs(%byValue : memref<5x3xi32>)
  %values = memref.alloc() : memref<5x3xf32>
  tile.launch @best grid(%c1, %c1, %c1) args(%scores, %rows, %ids, %byValue, %values)
      : memref<5x6xf32>, memref<5x4xi32>, memref<5x3xi32>, memref<5x3xi32>, memref<5x3xf32>
  %print = memref.cast %ids : memref<5x3xi32> to memref<*xi32>
  call @printMemrefI32(%print) : (memref<*xi32>) -> ()
  %print2 = memref.cast %byValue : memref<5x3xi32> to memref<*xi32>
  call @printMemrefI32(%print2) : (memref<*xi32>) -> ()
  %print3 = memref.cast %values : memref<5x3xf32> to memref<*xf32>
  call @printMemrefF32(%print3) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

// 0 and 3 are kept, 2 ties with 4; then 5 is kept and last; then no number but -1 (-inf and NaN tie: lower positions first); then the
// kept range lies in the head, and its last entry comes last; then all of a short row.
// CHECK:      {{\[\[}}0, 2, 3],
// CHECK-NEXT: [1, 2, 5],
// CHECK-NEXT: [0, 1, 2],
// CHECK-NEXT: [1, 3, 0],
// CHECK-NEXT: [0, 1, -1]]
// CHECK:      {{\[\[}}2, 4, 0],
// CHECK-NEXT: [1, 2, 3],
// CHECK-NEXT: [2, 0, 1],
// CHECK-NEXT: [3, 0, 1],
// CHECK-NEXT: [-9, -9, -9]]
// CHECK:      {{\[\[}}9, 9, 5],
// CHECK-NEXT: [7, 7, 7],
// CHECK-NEXT: [-1, nan, -inf],
// CHECK-NEXT: [inf, -0, 0],
