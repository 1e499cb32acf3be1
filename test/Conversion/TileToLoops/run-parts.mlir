// Rows repeated for two parts of the keys, met again through shared memory; sums down the columns.
// RUN: %run-loops | FileCheck %s

tile.kernel @parts(%a: memref<16x16xf32>, %b: memref<32x16xf32>, %c: memref<16x16xf32>, %sums: memref<16x16xf32>, %last: memref<16xf32>)
    attributes {warps = 2 : i64} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %at = tile.load %a piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<16x16xf32> -> !tile.smem<16, 16, f32>
  %bt = tile.load %b piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<32x16xf32> -> !tile.smem<32, 16, f32>
  %acc = tile.splat %zero : f32 -> !tile.frag<32, 16, f32>
  // From a tile that serves both parts, and from a fragment whose rows are repeated: twice the same product.
  %once = tile.mma %at, transpose %bt, %acc parts 2 : !tile.smem<16, 16, f32>, !tile.smem<32, 16, f32>, !tile.frag<32, 16, f32>
  %af = tile.to_frag %at : !tile.smem<16, 16, f32> -> !tile.frag<32, 16, f32>
  %twice = tile.mma %af, transpose %bt, %once parts 2 : !tile.frag<32, 16, f32>, !tile.smem<32, 16, f32>, !tile.frag<32, 16, f32>
  %max = tile.row_reduce max %twice : !tile.frag<32, 16, f32> -> !tile.rows<32, f32>
  %ts = tile.to_smem %twice : !tile.frag<32, 16, f32> -> !tile.smem<32, 16, f32>
  %ms = tile.to_smem %max : !tile.rows<32, f32> -> !tile.smem<32, 1, f32>
  %p0 = tile.to_frag %ts : !tile.smem<32, 16, f32> -> !tile.frag<16, 16, f32>
  %p1 = tile.to_frag %ts from 16 : !tile.smem<32, 16, f32> -> !tile.frag<16, 16, f32>
  %m1 = tile.to_rows %ms from 16 : !tile.smem<32, 1, f32> -> !tile.rows<16, f32>
  %sum = tile.map %p0, %p1 {
  ^bb0(%row: index, %col: index, %x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    tile.yield %s : f32
  } : (!tile.frag<16, 16, f32>, !tile.frag<16, 16, f32>) -> !tile.frag<16, 16, f32>
  %down = tile.col_reduce add %sum : !tile.frag<16, 16, f32>
  %top = tile.col_reduce max %m1 : !tile.rows<16, f32>
  tile.store %sum, %c piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<16x16xf32>
  tile.store %down, %sums piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<16x16xf32>
  tile.store_rows %top, %last piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.rows<16, f32>, memref<16xf32>
  tile.return
}

// a[i, 0] = i, b[j, 0] = j + 1, 0 elsewhere: part p of twice[i, j] is 2 i (16 p + j + 1), their sum 4 i (j + 9), down the columns 480 (j + 9);
// the largest of part 1 is 2 * 15 * 32.
func.func @main() {
  %f0 = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %a = memref.alloc() : memref<16x16xf32>
  %b = memref.alloc() : memref<32x16xf32>
  %c = memref.alloc() : memref<16x16xf32>
  %sums = memref.alloc() : memref<16x16xf32>
  %last = memref.alloc() : memref<16xf32>
  linalg.fill ins(%f0 : f32) outs(%a : memref<16x16xf32>)
  linalg.fill ins(%f0 : f32) outs(%b : memref<32x16xf32>)
  scf.for %i = %c0 to %c16 step %c1 {
    %x = arith.index_cast %i : index to i32
    %f = arith.sitofp %x : i32 to f32
    memref.store %f, %a[%i, %c0] : memref<16x16xf32>
  }
  scf.for %j = %c0 to %c32 step %c1 {
    %next = arith.addi %j, %c1 : index
    %x = arith.index_cast %next : index to i32
    %f = arith.sitofp %x : i32 to f32
    memref.store %f, %b[%j, %c0] : memref<32x16xf32>
  }
  tile.launch @parts grid(%c1, %c1, %c1) args(%a, %b, %c, %sums, %last)
      : memref<16x16xf32>, memref<32x16xf32>, memref<16x16xf32>, memref<16x16xf32>, memref<16xf32>
  %v0 = memref.load %c[%c2, %c3] : memref<16x16xf32>
  %v1 = memref.load %sums[%c0, %c0] : memref<16x16xf32>
  %v2 = memref.load %sums[%c2, %c5] : memref<16x16xf32>
  %v3 = memref.load %last[%c3] : memref<16xf32>
  %print = memref.alloc() : memref<4xf32>
  memref.store %v0, %print[%c0] : memref<4xf32>
  memref.store %v1, %print[%c1] : memref<4xf32>
  memref.store %v2, %print[%c2] : memref<4xf32>
  memref.store %v3, %print[%c3] : memref<4xf32>
  // CHECK: [96, 4320, 6720, 960]
  %cast = memref.cast %print : memref<4xf32> to memref<*xf32>
  call @printMemrefF32(%cast) : (memref<*xf32>) -> ()
  return
}

func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
