// Two warps for 16 rows: each multiplies its half of the keys. What they leave in shared memory is read again by half of the columns each.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @parts
// Rows of the fragment go on where the tile ends: its 16 rows serve both warps.
// CHECK:       arith.remui %{{.*}}, %c16
// CHECK:       nvvm.ldmatrix
// CHECK-COUNT-8: nvvm.mma.sync
// CHECK-NOT:   nvvm.mma.sync
// CHECK:       nvvm.barrier
// CHECK-COUNT-8: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<3>
// CHECK:       nvvm.barrier
// CHECK-COUNT-4: llvm.load %{{.*}} : !llvm.ptr<3> -> vector<2xf32>
// CHECK-NOT:   !llvm.ptr<3> -> vector<2xf32>
// CHECK-COUNT-4: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<1>
// CHECK-NOT:   !llvm.ptr<1>
tile.kernel @parts(%x: memref<?x32xbf16>, %y: memref<?x32xf32>) attributes {warps = 2 : i64} {
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %a = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x32xbf16> -> !tile.smem<16, 32, bf16>
  %af = tile.to_frag %a : !tile.smem<16, 32, bf16> -> !tile.frag<32, 32, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<32, 32, f32>
  %b = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x32xbf16> -> !tile.smem<64, 32, bf16>
  %s = tile.mma %af, transpose %b, %acc parts 2 : !tile.frag<32, 32, bf16>, !tile.smem<64, 32, bf16>, !tile.frag<32, 32, f32>
  %t = tile.to_smem %s : !tile.frag<32, 32, f32> -> !tile.smem<32, 32, f32>
  %w = tile.to_frag %t from 16 : !tile.smem<32, 32, f32> -> !tile.frag<16, 32, f32>
  tile.store %w, %y piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 32, f32>, memref<?x32xf32>
  tile.return
}
