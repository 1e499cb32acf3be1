// Two roles and a channel of two slots, read turn by turn: the consumer's sums are those of the tiles that the producer brought.
// RUN: %run-loops | FileCheck %s

tile.kernel @sums(%x: memref<64x8xf32>, %out: memref<16x8xf32>) attributes {warps = 5 : i64} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %ring = tile.make_ring : !tile.ring<2 x 16, 8, f32>
  %ch = tile.make_channel commits 128 releases 1 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %c4 step %c1 {
      %slot = arith.remui %i, %c2 : index
      %from = arith.muli %i, %c16 : index
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.load_async %x, %ring[%slot] piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %from, %c16 : index, index
      } : memref<64x8xf32>, !tile.ring<2 x 16, 8, f32>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 1 {
    %first = tile.splat %zero : f32 -> !tile.frag<16, 8, f32>
    %sum = scf.for %i = %c0 to %c4 step %c1 iter_args(%acc = %first) -> (!tile.frag<16, 8, f32>) {
      %slot = arith.remui %i, %c2 : index
      %tile = tile.slot %ring[%slot] : !tile.ring<2 x 16, 8, f32> -> !tile.smem<16, 8, f32>
      tile.wait %ch[%i] : !tile.channel<2>
      %f = tile.to_frag %tile : !tile.smem<16, 8, f32> -> !tile.frag<16, 8, f32>
      %n = tile.map %acc, %f {
      ^bb0(%row: index, %col: index, %a: f32, %b: f32):
        %two = arith.constant 2.0 : f32
        %x2 = math.fma %a, %two, %b : f32
        tile.yield %x2 : f32
      } : (!tile.frag<16, 8, f32>, !tile.frag<16, 8, f32>) -> !tile.frag<16, 8, f32>
      tile.release %ch[%i] : !tile.channel<2>
      scf.yield %n : !tile.frag<16, 8, f32>
    }
    tile.store %sum, %out piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %c0, %c16 : index, index
    } : !tile.frag<16, 8, f32>, memref<16x8xf32>
    tile.yield
  }
  tile.return
}

// x[i] = i: row r gives ((r * 2 + r + 16) * 2 + r + 32) * 2 + r + 48 = 15 r + 176.
func.func @main() {
  %c1 = arith.constant 1 : index
  %x = memref.alloc() : memref<64x8xf32>
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%x : memref<64x8xf32>) {
  ^bb0(%old: f32):
    %i = linalg.index 0 : index
    %i32 = arith.index_cast %i : index to i32
    %v = arith.sitofp %i32 : i32 to f32
    linalg.yield %v : f32
  }
  %out = memref.alloc() : memref<16x8xf32>
  tile.launch @sums grid(%c1, %c1, %c1) args(%x, %out) : memref<64x8xf32>, memref<16x8xf32>
  %column = memref.subview %out[0, 0] [16, 1] [1, 1] : memref<16x8xf32> to memref<16xf32, strided<[8]>>
  %print = memref.cast %column : memref<16xf32, strided<[8]>> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
// CHECK: [176, 191, 206, 221, 236, 251, 266, 281, 296, 311, 326, 341, 356, 371, 386, 401]
