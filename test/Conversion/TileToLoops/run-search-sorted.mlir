// The last position whose offset is not above the value, empty requests passed over; one thread block a value, on a 3-D grid.
// RUN: %run-loops | FileCheck %s

tile.kernel @search(%offsets: memref<6xi32>, %out: memref<2x2x3xi32>) attributes {warps = 1 : i64} {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %x = tile.program_id 0
  %y = tile.program_id 1
  %z = tile.program_id 2
  %zy = arith.muli %z, %c2 : index
  %zy2 = arith.addi %zy, %y : index
  %zyx = arith.muli %zy2, %c3 : index
  %value = arith.addi %zyx, %x : index
  %i = tile.search_sorted %offsets[%c5], %value : memref<6xi32>
  %i32 = arith.index_cast %i : index to i32
  %rows = tile.splat %i32 : i32 -> !tile.rows<16, i32>
  tile.store_rows %rows, %out piece 16 row_dim 2 {
  ^bb0(%row: index):
    tile.yield %z, %y, %x, %c1 : index, index, index, index
  } : !tile.rows<16, i32>, memref<2x2x3xi32>
  tile.return
}

memref.global "private" constant @offsets : memref<6xi32> = dense<[0, 2, 2, 2, 7, 9]> // the 9 is past the size
func.func @main() {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %offsets = memref.get_global @offsets : memref<6xi32>
  %out = memref.alloc() : memref<2x2x3xi32>
  tile.launch @search grid(%c3, %c2, %c2) args(%offsets, %out) : memref<6xi32>, memref<2x2x3xi32>
  %print = memref.cast %out : memref<2x2x3xi32> to memref<*xi32>
  call @printMemrefI32(%print) : (memref<*xi32>) -> ()
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
// CHECK: {{\[\[}}[0, {{ *}}0, {{ *}}3]
// CHECK-NEXT: [3, {{ *}}3, {{ *}}3]]
// CHECK-NEXT: {{\[\[}}3, {{ *}}4, {{ *}}4]
// CHECK-NEXT: [4, {{ *}}4, {{ *}}4]]
