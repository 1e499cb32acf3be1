// A tiled product whose accumulator is carried by a loop, on a 2 x 3 grid; the last column of blocks has 8 valid rows of b.
// RUN: %run-loops | FileCheck %s

tile.kernel @matmul(%a: memref<32x128xf32>, %b: memref<40x128xf32>, %c: memref<32x40xf32>) attributes {warps = 1 : i64} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  %c40 = arith.constant 40 : index
  %x = tile.program_id 0
  %y = tile.program_id 1
  %m = arith.muli %x, %c16 : index
  %n = arith.muli %y, %c16 : index
  %left = arith.subi %c40, %n : index
  %valid = arith.minsi %left, %c16 : index
  %init = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %sum = scf.for %k = %c0 to %c2 step %c1 iter_args(%acc = %init) -> (!tile.frag<16, 16, f32>) {
    // Both halves of k are the whole of it here, so the sum is twice the product.
    %at = tile.load %a piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %m, %c16 : index, index
    } : memref<32x128xf32> -> !tile.smem<16, 128, f32>
    %bt = tile.load %b piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %n, %valid : index, index
    } : memref<40x128xf32> -> !tile.smem<16, 128, f32>
    %next = tile.mma %at, transpose %bt, %acc : !tile.smem<16, 128, f32>, !tile.smem<16, 128, f32>, !tile.frag<16, 16, f32>
    scf.yield %next : !tile.frag<16, 16, f32>
  }
  %columns = memref.subview %c[0, %n] [32, 16] [1, 1] : memref<32x40xf32> to memref<32x16xf32, strided<[40, 1], offset: ?>>
  %full = arith.cmpi eq, %valid, %c16 : index
  scf.if %full {
    tile.store %sum, %columns piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %m, %c16 : index, index
    } : !tile.frag<16, 16, f32>, memref<32x16xf32, strided<[40, 1], offset: ?>>
  }
  tile.return
}

// a[i, k] = i where k < 4, else 0; b[j, k] = j + 1: c[i, j] = 2 * 4 * i * (j + 1).
func.func @main() {
  %f0 = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %c40 = arith.constant 40 : index
  %c128 = arith.constant 128 : index
  %a = memref.alloc() : memref<32x128xf32>
  %b = memref.alloc() : memref<40x128xf32>
  %c = memref.alloc() : memref<32x40xf32>
  linalg.fill ins(%f0 : f32) outs(%a : memref<32x128xf32>)
  linalg.fill ins(%f0 : f32) outs(%c : memref<32x40xf32>)
  scf.for %i = %c0 to %c32 step %c1 {
    %ii = arith.index_cast %i : index to i32
    %value = arith.sitofp %ii : i32 to f32
    scf.for %k = %c0 to %c4 step %c1 {
      memref.store %value, %a[%i, %k] : memref<32x128xf32>
    }
  }
  scf.for %j = %c0 to %c40 step %c1 {
    %j1 = arith.addi %j, %c1 : index
    %jj = arith.index_cast %j1 : index to i32
    %value = arith.sitofp %jj : i32 to f32
    scf.for %k = %c0 to %c128 step %c1 {
      memref.store %value, %b[%j, %k] : memref<40x128xf32>
    }
  }
  tile.launch @matmul grid(%c2, %c3, %c1) args(%a, %b, %c) : memref<32x128xf32>, memref<40x128xf32>, memref<32x40xf32>
  %corner = memref.subview %c[15, 29] [3, 5] [1, 1] : memref<32x40xf32> to memref<3x5xf32, strided<[40, 1], offset: 629>>
  %print = memref.cast %corner : memref<3x5xf32, strided<[40, 1], offset: 629>> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

// Rows 15 to 17 of columns 29 to 33; columns from 32 on belong to the partial block, which stores nothing.
// CHECK: sizes = [3, 5]
// CHECK-NEXT: 3600, 3720, 3840, 0, 0
// CHECK-NEXT: 3840, 3968, 4096, 0, 0
// CHECK-NEXT: 4080, 4216, 4352, 0, 0
