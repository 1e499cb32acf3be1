// Online softmax over three KV tiles of 8 keys with max, sum and output carried by the loop, and a mask of r + 1 keys for row r.
// RUN: %run-loops | FileCheck %s

// q [16, 8], k [24, 8], v [24, 8], o [16, 8], lse2 [16] (base 2). Scores are base-2 logarithms.
tile.kernel @attend(%q: memref<16x8xf32>, %k: memref<24x8xf32>, %v: memref<24x8xf32>, %o: memref<16x8xf32>, %lse: memref<16xf32>)
    attributes {warps = 1 : i64} {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %qt = tile.load %q piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<16x8xf32> -> !tile.smem<16, 8, f32>
  %m0 = tile.splat %ninf : f32 -> !tile.rows<16, f32>
  %l0 = tile.splat %zero : f32 -> !tile.rows<16, f32>
  %o0 = tile.splat %zero : f32 -> !tile.frag<16, 8, f32>
  %s0 = tile.splat %zero : f32 -> !tile.frag<16, 8, f32>
  %r:3 = scf.for %i = %c0 to %c3 step %c1 iter_args(%m = %m0, %l = %l0, %acc = %o0)
      -> (!tile.rows<16, f32>, !tile.rows<16, f32>, !tile.frag<16, 8, f32>) {
    %first = arith.muli %i, %c8 : index
    %kt = tile.load %k piece 8 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %first, %c8 : index, index
    } : memref<24x8xf32> -> !tile.smem<8, 8, f32>
    %vt = tile.load %v piece 8 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %first, %c8 : index, index
    } : memref<24x8xf32> -> !tile.smem<8, 8, f32>
    %s = tile.mma %qt, transpose %kt, %s0 : !tile.smem<16, 8, f32>, !tile.smem<8, 8, f32>, !tile.frag<16, 8, f32>
    %count = tile.map {
    ^bb0(%row: index):
      %visible = arith.addi %row, %c1 : index
      %visible32 = arith.index_cast %visible : index to i32
      %first32 = arith.index_cast %first : index to i32
      %n = arith.subi %visible32, %first32 : i32
      tile.yield %n : i32
    } : () -> !tile.rows<16, i32>
    %sm = tile.mask_cols %s, %count : !tile.frag<16, 8, f32>, !tile.rows<16, i32>
    %mt = tile.row_reduce max %sm : !tile.frag<16, 8, f32> -> !tile.rows<16, f32>
    %mn = tile.map %m, %mt {
    ^bb0(%row: index, %a: f32, %b: f32):
      %x = arith.maxnumf %a, %b : f32
      tile.yield %x : f32
    } : (!tile.rows<16, f32>, !tile.rows<16, f32>) -> !tile.rows<16, f32>
    %alpha = tile.map %m, %mn {
    ^bb0(%row: index, %a: f32, %b: f32):
      %d = arith.subf %a, %b : f32
      %x = math.exp2 %d : f32
      tile.yield %x : f32
    } : (!tile.rows<16, f32>, !tile.rows<16, f32>) -> !tile.rows<16, f32>
    %p = tile.map %sm, %mn {
    ^bb0(%row: index, %col: index, %a: f32, %b: f32):
      %d = arith.subf %a, %b : f32
      %x = math.exp2 %d : f32
      tile.yield %x : f32
    } : (!tile.frag<16, 8, f32>, !tile.rows<16, f32>) -> !tile.frag<16, 8, f32>
    %lt = tile.row_reduce add %p : !tile.frag<16, 8, f32> -> !tile.rows<16, f32>
    %ln = tile.map %l, %alpha, %lt {
    ^bb0(%row: index, %a: f32, %b: f32, %c: f32):
      %x = math.fma %a, %b, %c : f32
      tile.yield %x : f32
    } : (!tile.rows<16, f32>, !tile.rows<16, f32>, !tile.rows<16, f32>) -> !tile.rows<16, f32>
    %scaled = tile.map %acc, %alpha {
    ^bb0(%row: index, %col: index, %a: f32, %b: f32):
      %x = arith.mulf %a, %b : f32
      tile.yield %x : f32
    } : (!tile.frag<16, 8, f32>, !tile.rows<16, f32>) -> !tile.frag<16, 8, f32>
    %on = tile.mma %p, %vt, %scaled : !tile.frag<16, 8, f32>, !tile.smem<8, 8, f32>, !tile.frag<16, 8, f32>
    scf.yield %mn, %ln, %on : !tile.rows<16, f32>, !tile.rows<16, f32>, !tile.frag<16, 8, f32>
  }
  %out = tile.map %r#2, %r#1 {
  ^bb0(%row: index, %col: index, %a: f32, %b: f32):
    %x = arith.divf %a, %b : f32
    tile.yield %x : f32
  } : (!tile.frag<16, 8, f32>, !tile.rows<16, f32>) -> !tile.frag<16, 8, f32>
  %lse2 = tile.map %r#0, %r#1 {
  ^bb0(%row: index, %a: f32, %b: f32):
    %g = math.log2 %b : f32
    %x = arith.addf %a, %g : f32
    tile.yield %x : f32
  } : (!tile.rows<16, f32>, !tile.rows<16, f32>) -> !tile.rows<16, f32>
  tile.store %out, %o piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 8, f32>, memref<16x8xf32>
  tile.store_rows %lse2, %lse piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.rows<16, f32>, memref<16xf32>
  tile.return
}

// q = (1, 0, ...), k[j] = (j mod 8, ...), v[j] = j: row r weighs key j <= r with 2^(j mod 8).
func.func @main() {
  %f0 = arith.constant 0.0 : f32
  %f1 = arith.constant 1.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c24 = arith.constant 24 : index
  %q = memref.alloc() : memref<16x8xf32>
  %k = memref.alloc() : memref<24x8xf32>
  %v = memref.alloc() : memref<24x8xf32>
  %o = memref.alloc() : memref<16x8xf32>
  %lse = memref.alloc() : memref<16xf32>
  linalg.fill ins(%f0 : f32) outs(%q : memref<16x8xf32>)
  linalg.fill ins(%f0 : f32) outs(%k : memref<24x8xf32>)
  scf.for %i = %c0 to %c16 step %c1 {
    memref.store %f1, %q[%i, %c0] : memref<16x8xf32>
  }
  scf.for %j = %c0 to %c24 step %c1 {
    %r = arith.remui %j, %c8 : index
    %r32 = arith.index_cast %r : index to i32
    %score = arith.sitofp %r32 : i32 to f32
    memref.store %score, %k[%j, %c0] : memref<24x8xf32>
    %j32 = arith.index_cast %j : index to i32
    %value = arith.sitofp %j32 : i32 to f32
    scf.for %d = %c0 to %c8 step %c1 {
      memref.store %value, %v[%j, %d] : memref<24x8xf32>
    }
  }
  tile.launch @attend grid(%c1, %c1, %c1) args(%q, %k, %v, %o, %lse)
      : memref<16x8xf32>, memref<24x8xf32>, memref<24x8xf32>, memref<16x8xf32>, memref<16xf32>
  %column = memref.subview %o[0, 5] [16, 1] [1, 1] : memref<16x8xf32> to memref<16xf32, strided<[8], offset: 5>>
  %print = memref.cast %column : memref<16xf32, strided<[8], offset: 5>> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  %print2 = memref.cast %lse : memref<16xf32> to memref<*xf32>
  call @printMemrefF32(%print2) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

// Row r < 8 sees weights 1, 2, 4, ...: 0, 2/3, 10/7, 34/15, ...; row 8 sees key 8 with weight 1 again: (1538 + 8) / 256.
// CHECK: sizes = [16]
// CHECK-NEXT: [0, 0.666667, 1.42857, 2.26667, 3.16129, 4.09524, 5.05512, 6.03137, 6.03906, 6.06202,
// CHECK-SAME: 6.12214, 6.26667, 6.58741, 7.2327, 8.36649, 10.0314]
// Their sums are 2^(r + 1) - 1, and 256, 258, 262, ... from row 8 on.
// CHECK: sizes = [16]
// CHECK-NEXT: [0, 1.58496, 2.80735, 3.90689, 4.9542, 5.97728, 6.98868, 7.99435, 8, 8.01123,
// CHECK-SAME: 8.03342, 8.07682, 8.15987, 8.31288, 8.57743, 8.99435]
