// Columns of a product in two halves, stored to their places in native order and read back: what came in.
// RUN: %run-loops | FileCheck %s

tile.kernel @halves(%x: memref<16x64xbf16>, %partial: memref<16x64xbf16>, %y: memref<16x64xbf16>) attributes {warps = 1 : i64} {
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : bf16
  %none = arith.constant 0.0 : bf16
  %v = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<16x64xbf16> -> !tile.smem<16, 64, bf16>
  %numbers = tile.splat %none : bf16 -> !tile.frag<16, 16, bf16>
  %unit = tile.map %numbers {
  ^bb0(%row: index, %col: index, %a: bf16):
    %same = arith.cmpi eq, %row, %col : index
    %e = arith.select %same, %one, %none : bf16
    tile.yield %e : bf16
  } : (!tile.frag<16, 16, bf16>) -> !tile.frag<16, 16, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 32, f32>
  %left = tile.mma %unit, %v, %acc columns 0 : !tile.frag<16, 16, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 32, f32>
  %right = tile.mma %unit, %v, %acc columns 32 : !tile.frag<16, 16, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 32, f32>
  %l = tile.map %left {
  ^bb0(%row: index, %col: index, %a: f32):
    %h = arith.truncf %a : f32 to bf16
    tile.yield %h : bf16
  } : (!tile.frag<16, 32, f32>) -> !tile.frag<16, 32, bf16>
  %r = tile.map %right {
  ^bb0(%row: index, %col: index, %a: f32):
    %h = arith.truncf %a : f32 to bf16
    tile.yield %h : bf16
  } : (!tile.frag<16, 32, f32>) -> !tile.frag<16, 32, bf16>
  tile.store %l, %partial native 0 piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 32, bf16>, memref<16x64xbf16>
  tile.store %r, %partial native 32 piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 32, bf16>, memref<16x64xbf16>
  %back = tile.load_frag %partial native piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<16x64xbf16> -> !tile.frag<16, 64, bf16>
  tile.store %back, %y piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 64, bf16>, memref<16x64xbf16>
  tile.return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %x = memref.alloc() : memref<16x64xbf16>
  %p = memref.alloc() : memref<16x64xbf16>
  %y = memref.alloc() : memref<16x64xbf16>
  scf.for %i = %c0 to %c16 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      %four = arith.constant 4 : index
      %ii = arith.muli %i, %four : index
      %n = arith.addi %ii, %j : index
      %n32 = arith.index_cast %n : index to i32
      %f = arith.sitofp %n32 : i32 to bf16
      memref.store %f, %x[%i, %j] : memref<16x64xbf16>
    }
  }
  tile.launch @halves grid(%c1, %c1, %c1) args(%x, %p, %y) : memref<16x64xbf16>, memref<16x64xbf16>, memref<16x64xbf16>
  %wide = memref.alloc() : memref<2x64xf32>
  scf.for %j = %c0 to %c64 step %c1 {
    %first = memref.load %y[%c0, %j] : memref<16x64xbf16>
    %c15 = arith.constant 15 : index
    %last = memref.load %y[%c15, %j] : memref<16x64xbf16>
    %a = arith.extf %first : bf16 to f32
    %b = arith.extf %last : bf16 to f32
    memref.store %a, %wide[%c0, %j] : memref<2x64xf32>
    memref.store %b, %wide[%c1, %j] : memref<2x64xf32>
  }
  %print = memref.cast %wide : memref<2x64xf32> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
// CHECK: {{\[\[}}0, {{ *}}1, {{ *}}2, {{.*}}31, {{ *}}32, {{.*}}62, {{ *}}63]
// CHECK-NEXT: [60, {{ *}}61, {{ *}}62, {{.*}}91, {{ *}}92, {{.*}}122, {{ *}}123]]
