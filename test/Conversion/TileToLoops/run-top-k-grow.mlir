// Lists that grow by a column a turn: the best 2 of the entries [1, 4), beside entry 0 and the last. Equal values keep the lower position, a NaN is
// -inf, a row that takes no part stays as it is, and what is kept comes last where asked for.
// RUN: %run-loops | FileCheck %s

tile.kernel @grow(%scores: memref<16x5xf32>, %ids: memref<16x5xi32>, %last: memref<16x5xi32>) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c16 = arith.constant 16 : index
  %pad = arith.constant 0.0 : f32
  %none = tile.top_k_empty : !tile.best<16, 2>
  %take = tile.map {
  ^bb0(%row: index):
    %isSome = arith.cmpi ne, %row, %c3 : index // row 3 takes no part
    %flag = arith.extui %isSome : i1 to i32
    tile.yield %flag : i32
  } : () -> !tile.rows<16, i32>
  %best = scf.for %i = %c1 to %c4 step %c1 iter_args(%old = %none) -> (!tile.best<16, 2>) {
    %values = tile.load_rows %scores, %pad piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %row, %i, %c16 : index, index, index
    } : memref<16x5xf32>, f32 -> !tile.rows<16, f32>
    %new = tile.top_k_insert %old, %values at %i if %take : !tile.best<16, 2>, !tile.rows<16, f32>, !tile.rows<16, i32>
    scf.yield %new : !tile.best<16, 2>
  }
  tile.top_k_store ascending %best into %ids {
  ^bb0(%row: index):
    tile.yield %row, %c1, %c4, %c5, %c1 : index, index, index, index, index
  } : !tile.best<16, 2> into memref<16x5xi32>
  tile.top_k_store kept_last %best into %last {
  ^bb0(%row: index):
    %isThere = arith.cmpi ne, %row, %c2 : index
    %exists = arith.index_castui %isThere : i1 to index
    tile.yield %row, %c1, %c0, %c1, %exists : index, index, index, index, index
  } : !tile.best<16, 2> into memref<16x5xi32>
  tile.return
}

memref.global "private" constant @rows : memref<4x5xf32> = dense<[
  [9.0, 1.0, 3.0, 3.0, 9.0], [0.0, 3.0, 3.0, 3.0, 0.0], [0.0, 0x7FC00000, 0xFF800000, 1.0, 0.0], [0.0, 3.0, 3.0, 3.0, 0.0]]>
func.func @main() {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant -9 : i32
  %rows = memref.get_global @rows : memref<4x5xf32>
  %scores = memref.alloc() : memref<16x5xf32>
  linalg.fill ins(%zero : f32) outs(%scores : memref<16x5xf32>)
  %first = memref.subview %scores[0, 0] [4, 5] [1, 1] : memref<16x5xf32> to memref<4x5xf32, strided<[5, 1]>>
  memref.copy %rows, %first : memref<4x5xf32> to memref<4x5xf32, strided<[5, 1]>>
  %ids = memref.alloc() : memref<16x5xi32>
  %last = memref.alloc() : memref<16x5xi32>
  linalg.fill ins(%minus : i32) outs(%last : memref<16x5xi32>)
  tile.launch @grow grid(%c1, %c1, %c1) args(%scores, %ids, %last) : memref<16x5xf32>, memref<16x5xi32>, memref<16x5xi32>
  %print = memref.cast %ids : memref<16x5xi32> to memref<*xi32>
  call @printMemrefI32(%print) : (memref<*xi32>) -> ()
  %print2 = memref.cast %last : memref<16x5xi32> to memref<*xi32>
  call @printMemrefI32(%print2) : (memref<*xi32>) -> ()
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

// CHECK:      {{\[\[}}0, 2, 3, 4, -1],
// CHECK-NEXT: [0, 1, 2, 4, -1],
// CHECK-NEXT: [0, 1, 3, 4, -1],
// CHECK-NEXT: [0, 4, -1, -1, -1],
// The kept entry is 0, twice kept and once written.
// CHECK:      {{\[\[}}2, 3, 0, -1, -1],
// CHECK-NEXT: [1, 2, 0, -1, -1],
// CHECK-NEXT: [-9, -9, -9, -9, -9],
// CHECK-NEXT: [0, -1, -1, -1, -1],
