// What rows without a positive count keep: a loop's last step has no such row and is left out, a value read afterwards stays.
// RUN: %run-loops | FileCheck %s

!r = !tile.rows<16, f32>
tile.kernel @steps(%out: memref<2x16xf32>) attributes {warps = 1 : i64} {
  %one = arith.constant 1.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %cnt = arith.constant 1 : i32
  %a0 = tile.splat %one : f32 -> !r
  %b0 = tile.splat %one : f32 -> !r
  %last:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %a0, %b = %b0) -> (!r, !r) {
    // In step i the first 3 - i rows take part; in step 3 none does, and the region, which breaks its promise there, shows it.
    %count = tile.map {
    ^bb0(%row: index):
      %c3 = arith.constant 3 : index
      %left = arith.subi %c3, %i : index
      %mine = arith.subi %left, %row : index
      %n = arith.index_cast %mine : index to i32
      tile.yield %n : i32
    } : () -> !tile.rows<16, i32>
    %new:2 = tile.if_rows %count, %a, %b {
      %sum = tile.map %a, %b, %count {
      ^bb0(%row: index, %x: f32, %y: f32, %n: i32):
        %c3 = arith.constant 3 : index
        %none = arith.cmpi eq, %i, %c3 : index
        %zero = arith.constant 0 : i32
        %in = arith.cmpi sgt, %n, %zero : i32
        %takes = arith.ori %in, %none : i1
        %z = arith.addf %x, %y : f32
        %new = arith.select %takes, %z, %x : f32
        tile.yield %new : f32
      } : (!r, !r, !tile.rows<16, i32>) -> !r
      tile.yield %sum, %b : !r, !r
    } : !tile.rows<16, i32>, !r, !r
    scf.yield %new#0, %new#1 : !r, !r
  }
  // %last#0 is read after the region that starts from it.
  %all = tile.splat %cnt : i32 -> !tile.rows<16, i32>
  %twice = tile.if_rows %all, %last#0 {
    %d = tile.map %last#0 {
    ^bb0(%row: index, %x: f32):
      %z = arith.addf %x, %x : f32
      tile.yield %z : f32
    } : (!r) -> !r
    tile.yield %d : !r
  } : !tile.rows<16, i32>, !r
  tile.store_rows %last#0, %out piece 16 row_dim 1 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %c0, %row, %c16 : index, index, index
  } : !r, memref<2x16xf32>
  tile.store_rows %twice, %out piece 16 row_dim 1 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %c1, %row, %c16 : index, index, index
  } : !r, memref<2x16xf32>
  tile.return
}

func.func @main() {
  %c1 = arith.constant 1 : index
  %out = memref.alloc() : memref<2x16xf32>
  tile.launch @steps grid(%c1, %c1, %c1) args(%out) : memref<2x16xf32>
  %some = memref.subview %out[0, 0] [2, 5] [1, 1] : memref<2x16xf32> to memref<2x5xf32, strided<[16, 1]>>
  %print = memref.cast %some : memref<2x5xf32, strided<[16, 1]>> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
// CHECK:      {{\[\[}}4, 3, 2, 1, 1],
// CHECK-NEXT: [8, 6, 4, 2, 2]]
