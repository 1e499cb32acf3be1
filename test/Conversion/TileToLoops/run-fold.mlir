// Half a row maximum: columns that are equal modulo 8; rows of a slice of a tile; some columns of a fragment, at any column of the view;
// a tile chosen by a condition.
// RUN: %run-loops | FileCheck %s

tile.kernel @fold(%x: memref<32x16xf32>, %out: memref<2x5xf32>, %flags: memref<2xi32>) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c32 = arith.constant 32 : index
  %none = arith.constant -1.0 : f32
  %t = tile.load %x piece 32 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c32 : index, index
  } : memref<32x16xf32> -> !tile.smem<32, 16, f32>
  %s = tile.slice %t from 16 : !tile.smem<32, 16, f32> -> !tile.smem<16, 16, f32>
  %f = tile.to_frag %s : !tile.smem<16, 16, f32> -> !tile.frag<16, 16, f32>
  %m = tile.fold_cols max %f : !tile.frag<16, 16, f32> -> !tile.frag<16, 8, f32>
  %other = tile.splat %none : f32 -> !tile.frag<16, 8, f32>
  scf.for %i = %c0 to %c2 step %c1 {
    %flag = memref.load %flags[%i] : memref<2xi32>
    %yes = arith.trunci %flag : i32 to i1
    %chosen = arith.select %yes, %m, %other : !tile.frag<16, 8, f32>
    // Row 0 goes to row i; columns 0 to 3 to columns 1 to 4.
    tile.store %chosen, %out columns(%c1, %c3) piece 1 row_dim 0 {
    ^bb0(%row: index):
      %first = arith.cmpi eq, %row, %c0 : index
      %valid = arith.select %first, %c1, %c0 : index
      tile.yield %i, %valid : index, index
    } : !tile.frag<16, 8, f32>, memref<2x5xf32>
  }
  tile.return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %zero = arith.constant 0.0 : f32
  %x = memref.alloc() : memref<32x16xf32>
  scf.for %r = %c0 to %c32 step %c1 {
    scf.for %c = %c0 to %c16 step %c1 {
      // 100 row + column, and in the last columns of row 16 less than in the first.
      %c1610 = arith.constant 1610 : index
      %c100 = arith.constant 100 : index
      %a = arith.muli %r, %c100 : index
      %v = arith.addi %a, %c : index
      %late = arith.cmpi uge, %v, %c1610 : index
      %low = arith.select %late, %c, %v : index
      %i = arith.index_cast %low : index to i32
      %n = arith.sitofp %i : i32 to f32
      memref.store %n, %x[%r, %c] : memref<32x16xf32>
    }
  }
  %out = memref.alloc() : memref<2x5xf32>
  linalg.fill ins(%zero : f32) outs(%out : memref<2x5xf32>)
  %flags = memref.alloc() : memref<2xi32>
  %yes = arith.constant 1 : i32
  %no = arith.constant 0 : i32
  memref.store %yes, %flags[%c0] : memref<2xi32>
  memref.store %no, %flags[%c1] : memref<2xi32>
  tile.launch @fold grid(%c1, %c1, %c1) args(%x, %out, %flags) : memref<32x16xf32>, memref<2x5xf32>, memref<2xi32>
  %print = memref.cast %out : memref<2x5xf32> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
// CHECK:      {{\[\[}}0, 1608, 1609, 1602, 0],
// CHECK-NEXT: [0, -1, -1, -1, 0]]
