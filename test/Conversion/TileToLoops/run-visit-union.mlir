// The union of four tokens' lists, in any order and with duplicates across tokens: sorted by (request, block), masks merged.
// RUN: %run-loops | FileCheck %s

tile.kernel @union(%selection: memref<2x4x3xi32>, %requests: memref<4xi32>, %out: memref<12x3xi32>, %size: memref<1xi32>)
    attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %list = tile.visit_union %selection tokens 4 {
  ^bb0(%i: index):
    %request32 = memref.load %requests[%i] : memref<4xi32>
    %request = arith.index_cast %request32 : i32 to index
    %there = arith.cmpi ne, %i, %c2 : index // token 2 does not exist
    %exists = arith.index_cast %there : i1 to index
    tile.yield %request, %c1, %i, %exists : index, index, index, index
  } : memref<2x4x3xi32> -> !tile.list<12>
  %n = tile.list_size %list : !tile.list<12>
  scf.for %i = %c0 to %n step %c1 {
    %block, %request, %members = tile.list_entry %list[%i] : !tile.list<12>
    %entry = tile.map {
    ^bb0(%row: index):
      %isBlock = arith.cmpi eq, %row, %c0 : index
      %isRequest = arith.cmpi eq, %row, %c1 : index
      %block32 = arith.index_cast %block : index to i32
      %request32 = arith.index_cast %request : index to i32
      %a = arith.select %isRequest, %request32, %members : i32
      %b = arith.select %isBlock, %block32, %a : i32
      tile.yield %b : i32
    } : () -> !tile.rows<16, i32>
    tile.store_rows %entry, %out piece 16 row_dim 1 {
    ^bb0(%row: index):
      %c3 = arith.constant 3 : index
      tile.yield %i, %c0, %c3 : index, index, index
    } : !tile.rows<16, i32>, memref<12x3xi32>
  }
  %n32 = arith.index_cast %n : index to i32
  %sizes = tile.splat %n32 : i32 -> !tile.rows<16, i32>
  tile.store_rows %sizes, %size piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c1 : index, index
  } : !tile.rows<16, i32>, memref<1xi32>
  tile.return
}

memref.global "private" constant @selection : memref<2x4x3xi32> = dense<[
  [[90, 91, 92], [90, 91, 92], [90, 91, 92], [90, 91, 92]],
  [[5, 0, 2], [7, 2, -1], [1, 3, 4], [9, 2, 0]]]>
memref.global "private" constant @requests : memref<4xi32> = dense<[3, 3, 3, 1]>
func.func @main() {
  %c1 = arith.constant 1 : index
  %minus = arith.constant -1 : i32
  %selection = memref.get_global @selection : memref<2x4x3xi32>
  %requests = memref.get_global @requests : memref<4xi32>
  %out = memref.alloc() : memref<12x3xi32>
  linalg.fill ins(%minus : i32) outs(%out : memref<12x3xi32>)
  %size = memref.alloc() : memref<1xi32>
  tile.launch @union grid(%c1, %c1, %c1) args(%selection, %requests, %out, %size)
      : memref<2x4x3xi32>, memref<4xi32>, memref<12x3xi32>, memref<1xi32>
  %print = memref.cast %size : memref<1xi32> to memref<*xi32>
  call @printMemrefI32(%print) : (memref<*xi32>) -> ()
  %print2 = memref.cast %out : memref<12x3xi32> to memref<*xi32>
  call @printMemrefI32(%print2) : (memref<*xi32>) -> ()
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

// CHECK: [7]
// Block, request, members: request 1 has token 3 (bit 3), request 3 tokens 0 and 1.
// CHECK:      {{\[\[}}0, 1, 8],
// CHECK-NEXT: [2, 1, 8],
// CHECK-NEXT: [9, 1, 8],
// CHECK-NEXT: [0, 3, 1],
// CHECK-NEXT: [2, 3, 3],
// CHECK-NEXT: [5, 3, 1],
// CHECK-NEXT: [7, 3, 2],
// CHECK-NEXT: [-1, -1, -1],
