// Loads that nobody looks at between them are waited for together.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm)' | FileCheck %s

// CHECK-LABEL: llvm.func @two
// CHECK:       nvvm.cp.async.shared.global
// CHECK-NOT:   nvvm.cp.async.wait.group
// CHECK-NOT:   nvvm.barrier
// CHECK:       nvvm.cp.async.commit.group
// CHECK-NEXT:  nvvm.cp.async.wait.group 0
// CHECK-NOT:   nvvm.cp.async
tile.kernel @two(%x: memref<?x64xbf16>, %y: memref<?x64xbf16>, %out: memref<?x16xf32>) attributes {warps = 1 : i64} {
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %a = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  %b = tile.load %y piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %p = tile.mma %a, transpose %b, %acc : !tile.smem<16, 64, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 16, f32>
  tile.store %p, %out piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<?x16xf32>
  tile.return
}
