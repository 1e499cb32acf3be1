// A fold takes a thread's own columns and shuffles nothing; a slice is an address; columns that are counted at run time are written one by
// one; a tile that a condition chooses is chosen register by register.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @fold
// CHECK:         nvvm.ldmatrix
// CHECK:         llvm.getelementptr %{{.*}}[4608]
// CHECK:         nvvm.mma.sync
// CHECK-COUNT-4: arith.maxnumf
// CHECK-NOT:     arith.maxnumf
// CHECK-NOT:     nvvm.shfl
// CHECK-COUNT-4: arith.select %{{.*}} : f32
// CHECK-COUNT-4: llvm.store %{{.*}} : f32, !llvm.ptr<1>
// CHECK-NOT:     tile.
tile.kernel @fold(%x: memref<?x64xbf16>, %out: memref<?x?xf32>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %k = tile.load %x piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
  %q = tile.to_frag %k : !tile.smem<64, 64, bf16> -> !tile.frag<16, 64, bf16>
  %some = tile.slice %k from 32 : !tile.smem<64, 64, bf16> -> !tile.smem<16, 64, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %s = tile.mma %q, transpose %some, %acc : !tile.frag<16, 64, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 16, f32>
  %m = tile.fold_cols max %s : !tile.frag<16, 16, f32> -> !tile.frag<16, 8, f32>
  %none = tile.splat %zero : f32 -> !tile.frag<16, 8, f32>
  %first = arith.cmpi eq, %n, %c0 : index
  %chosen = arith.select %first, %none, %m : !tile.frag<16, 8, f32>
  tile.store %chosen, %out columns(%n, %n) piece 1 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : !tile.frag<16, 8, f32>, memref<?x?xf32>
  tile.return
}
