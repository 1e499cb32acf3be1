// Row reductions are shuffles over the four lanes of a row; a mask costs one comparison where nothing is masked; rows that take no part
// are voted out a warp at a time.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @rows
// CHECK:       llvm.call_intrinsic "llvm.nvvm.vote.any.sync"
// CHECK:       scf.if
// CHECK:         arith.cmpi slt, %{{.*}}, %c8_i32
// CHECK:         scf.if
// CHECK-COUNT-4:   arith.select
// CHECK-COUNT-4: nvvm.shfl.sync bfly
// CHECK:         llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
// CHECK-NOT:   tile.
tile.kernel @rows(%y: memref<?x8xbf16>, %n: memref<?xi32>) attributes {warps = 1 : i64} {
  %c16 = arith.constant 16 : index
  %one = arith.constant 1.0 : f32
  %count = tile.map {
  ^bb0(%row: index):
    %v = memref.load %n[%row] : memref<?xi32>
    tile.yield %v : i32
  } : () -> !tile.rows<16, i32>
  %s0 = tile.splat %one : f32 -> !tile.frag<16, 8, f32>
  %s = tile.if_rows %count, %s0 {
    %t = tile.mask_cols %s0, %count : !tile.frag<16, 8, f32>, !tile.rows<16, i32>
    %m = tile.row_reduce max %t : !tile.frag<16, 8, f32> -> !tile.rows<16, f32>
    %p = tile.map %t, %m {
    ^bb0(%row: index, %col: index, %a: f32, %b: f32):
      %d = arith.subf %a, %b : f32
      %e = math.exp2 %d : f32
      tile.yield %e : f32
    } : (!tile.frag<16, 8, f32>, !tile.rows<16, f32>) -> !tile.frag<16, 8, f32>
    tile.yield %p : !tile.frag<16, 8, f32>
  } : !tile.rows<16, i32>, !tile.frag<16, 8, f32>
  %o = tile.map %s {
  ^bb0(%row: index, %col: index, %a: f32):
    %h = arith.truncf %a : f32 to bf16
    tile.yield %h : bf16
  } : (!tile.frag<16, 8, f32>) -> !tile.frag<16, 8, bf16>
  tile.store %o, %y piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 8, bf16>, memref<?x8xbf16>
  tile.return
}
