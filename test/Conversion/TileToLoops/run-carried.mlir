// Tiles are values: swapped by a loop, read again after something was made of them, chosen by an if.
// RUN: %run-loops | FileCheck %s

!f = !tile.rows<16, f32>
tile.kernel @carry(%out: memref<4x16xf32>) attributes {warps = 1 : i64} {
  %one = arith.constant 1.0 : f32
  %two = arith.constant 2.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %a0 = tile.splat %one : f32 -> !f
  %b0 = tile.splat %two : f32 -> !f
  // (a, b) -> (b, a + b), five times from (1, 2): (13, 21). The old a is read after a + b is made.
  %fib:3 = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %a0, %b = %b0, %twice = %a0) -> (!f, !f, !f) {
    %sum = tile.map %a, %b {
    ^bb0(%row: index, %x: f32, %y: f32):
      %z = arith.addf %x, %y : f32
      tile.yield %z : f32
    } : (!f, !f) -> !f
    %old = tile.map %a, %a {
    ^bb0(%row: index, %x: f32, %y: f32):
      %z = arith.addf %x, %y : f32
      tile.yield %z : f32
    } : (!f, !f) -> !f
    scf.yield %b, %sum, %old : !f, !f, !f // the last a was 8
  }
  // Swapped three times: (21, 13). Then once more where the condition holds.
  %swap:2 = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %fib#0, %b = %fib#1) -> (!f, !f) {
    scf.yield %b, %a : !f, !f
  }
  %yes = arith.cmpi eq, %c1, %c1 : index
  %if:2 = scf.if %yes -> (!f, !f) {
    scf.yield %swap#1, %swap#0 : !f, !f
  } else {
    scf.yield %swap#0, %swap#1 : !f, !f
  }
  // A loop inside a loop: the outer value is read after the inner loop that starts from it.
  %nest = scf.for %i = %c0 to %c2 step %c1 iter_args(%a = %a0) -> (!f) {
    %inner = scf.for %j = %c0 to %c2 step %c1 iter_args(%b = %a) -> (!f) {
      %d = tile.map %b {
      ^bb0(%row: index, %x: f32):
        %z = arith.addf %x, %x : f32
        tile.yield %z : f32
      } : (!f) -> !f
      scf.yield %d : !f
    }
    %s = tile.map %a, %inner {
    ^bb0(%row: index, %x: f32, %y: f32):
      %z = arith.addf %x, %y : f32
      tile.yield %z : f32
    } : (!f, !f) -> !f
    scf.yield %s : !f // 5 a
  }
  tile.store_rows %if#0, %out piece 16 row_dim 1 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %c0, %row, %c16 : index, index, index
  } : !f, memref<4x16xf32>
  tile.store_rows %if#1, %out piece 16 row_dim 1 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %c1, %row, %c16 : index, index, index
  } : !f, memref<4x16xf32>
  tile.store_rows %fib#2, %out piece 16 row_dim 1 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %c2, %row, %c16 : index, index, index
  } : !f, memref<4x16xf32>
  tile.store_rows %nest, %out piece 16 row_dim 1 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %c3, %row, %c16 : index, index, index
  } : !f, memref<4x16xf32>
  tile.return
}

func.func @main() {
  %c1 = arith.constant 1 : index
  %out = memref.alloc() : memref<4x16xf32>
  tile.launch @carry grid(%c1, %c1, %c1) args(%out) : memref<4x16xf32>
  %column = memref.subview %out[0, 15] [4, 1] [1, 1] : memref<4x16xf32> to memref<4xf32, strided<[16], offset: 15>>
  %print = memref.cast %column : memref<4xf32, strided<[16], offset: 15>> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
// CHECK: [13, 21, 16, 25]
