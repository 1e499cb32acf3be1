// What the registers of an SM are dealt out to: roles of one thread block, or of two, the copying one as it says.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(assign-swizzle,specialize-warps))' | FileCheck %s

// CHECK-LABEL: tile.kernel @one
// CHECK:       producer warps 4 registers 40
// CHECK:       consumer warps 4 registers 240
// CHECK-LABEL: tile.kernel @two
// CHECK:       producer warps 4 registers 56
// CHECK:       consumer warps 4 registers 200
tile.kernel @one(%x: memref<?x64xbf16>, %out: memref<?x64xf32>, %n: index) attributes {warps = 4 : i64, producer_warps = 4 : i64,
    mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %init = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  %acc = scf.for %i = %c0 to %n step %c1 iter_args(%a = %init) -> !tile.frag<64, 64, f32> {
    %k = tile.load %x piece 64 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c64 : index, index
    } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
    %b = tile.mma %k, transpose %k, %a : !tile.smem<64, 64, bf16>, !tile.smem<64, 64, bf16>, !tile.frag<64, 64, f32>
    scf.yield %b : !tile.frag<64, 64, f32>
  }
  tile.store %acc, %out piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : !tile.frag<64, 64, f32>, memref<?x64xf32>
  tile.return
}

tile.kernel @two(%x: memref<?x64xbf16>, %out: memref<?x64xf32>, %n: index) attributes {warps = 4 : i64, producer_warps = 4 : i64,
    blocks_per_sm = 2 : i64, producer_registers = 56 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %init = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  %acc = scf.for %i = %c0 to %n step %c1 iter_args(%a = %init) -> !tile.frag<64, 64, f32> {
    %k = tile.load %x piece 64 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c64 : index, index
    } : memref<?x64xbf16> -> !tile.smem<64, 64, bf16>
    %b = tile.mma %k, transpose %k, %a : !tile.smem<64, 64, bf16>, !tile.smem<64, 64, bf16>, !tile.frag<64, 64, f32>
    scf.yield %b : !tile.frag<64, 64, f32>
  }
  tile.store %acc, %out piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c64 : index, index
  } : !tile.frag<64, 64, f32>, memref<?x64xf32>
  tile.return
}
