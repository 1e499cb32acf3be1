// RUN: msa-opt %s --pass-pipeline='builtin.module(tile.kernel(count-resources))' -o /dev/null 2>&1 | FileCheck %s

// Two loops, one inside the other: 3 turns of n0 turns, then n1 turns of their own.
// Shared memory: 16 x (64 + 16) bytes of x, in a place of 1280. Registers: 40, the accumulator's 16 x 16 / 32 = 8, the rows' 2.
// CHECK: remark: 'loops': 32 threads, 1280 bytes of shared memory, 50 registers a thread;
// CHECK-SAME: 3 * n0 * 16384 mma flops; 96 + n1 * 256 other flops; n1 * 16 exponentials; 3 * (4 + n0 * 1024) bytes read; 64 bytes written
tile.kernel @loops(%x: memref<16x32xbf16>, %lengths: memref<?xi32>, %out: memref<16xf32>, %n: index, %m: index) attributes {warps = 1 : i64} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c16 = arith.constant 16 : index
  %first = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %sum = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %first) -> (!tile.frag<16, 16, f32>) {
    %length = memref.load %lengths[%i] : memref<?xi32>
    %inner = scf.for %j = %c0 to %n step %c1 iter_args(%b = %a) -> (!tile.frag<16, 16, f32>) {
      %t = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %row, %c16 : index, index
      } : memref<16x32xbf16> -> !tile.smem<16, 32, bf16>
      %c = tile.mma %t, transpose %t, %b : !tile.smem<16, 32, bf16>, !tile.smem<16, 32, bf16>, !tile.frag<16, 16, f32>
      scf.yield %c : !tile.frag<16, 16, f32>
    }
    scf.yield %inner : !tile.frag<16, 16, f32>
  }
  %r0 = tile.map {
  ^bb0(%row: index):
    %f = arith.constant 1.0 : f32
    tile.yield %f : f32
  } : () -> !tile.rows<16, f32>
  %doubled = tile.map %r0, %r0 {
  ^bb0(%row: index, %p: f32, %q: f32):
    %v = math.fma %p, %q, %p : f32
    %w = arith.addf %v, %v : f32
    %u = arith.mulf %w, %w : f32
    %y = arith.subf %u, %w : f32
    %z = arith.addf %y, %w : f32
    tile.yield %z : f32
  } : (!tile.rows<16, f32>, !tile.rows<16, f32>) -> !tile.rows<16, f32>
  %r = scf.for %j = %c0 to %m step %c1 iter_args(%b = %doubled) -> (!tile.rows<16, f32>) {
    %s = tile.row_reduce max %sum : !tile.frag<16, 16, f32> -> !tile.rows<16, f32>
    %e = tile.map %s {
    ^bb0(%row: index, %p: f32):
      %q = math.exp2 %p : f32
      tile.yield %q : f32
    } : (!tile.rows<16, f32>) -> !tile.rows<16, f32>
    scf.yield %e : !tile.rows<16, f32>
  }
  tile.store_rows %r, %out piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.rows<16, f32>, memref<16xf32>
  tile.return
}
