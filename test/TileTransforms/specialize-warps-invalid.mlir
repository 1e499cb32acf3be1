// Kernels that cannot be split into roles, and why.
// RUN: msa-opt %s --split-input-file --verify-diagnostics -pass-pipeline='builtin.module(tile.kernel(specialize-warps{producer-warps=4}))'

// expected-error@+1 {{[specialize] needs a loop that loads tiles, but the kernel has none}}
tile.kernel @empty() attributes {warps = 4 : i64} {
  tile.return
}

// -----
// The roles would have to decide the condition twice.
tile.kernel @condition(%x: memref<?x64xbf16>, %n: index, %p: i1) attributes {warps = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    scf.if %p {
      // expected-error@+1 {{[specialize] needs loads in loops only, so that both roles make the same turns, but one stands in scf.if}}
      %k = tile.load %x piece 16 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %i, %c1 : index, index
      } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
    }
  }
  tile.return
}

// -----
// What a loop of the consumers found is not known to the producer.
tile.kernel @found(%x: memref<?x64xbf16>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error@+1 {{[specialize] needs copies whose places are known without the math, but scf.for is part of it}}
  %end = scf.for %i = %c0 to %n step %c1 iter_args(%at = %c0) -> index {
    %k = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %at, %c1 : index, index
    } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
    %next = arith.addi %at, %i : index
    scf.yield %next : index
  }
  scf.for %i = %c0 to %end step %c1 {
    %k = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c1 : index, index
    } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  }
  tile.return
}

// -----
tile.kernel @late(%x: memref<?x64xbf16>, %n: index) attributes {warps = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %k = tile.load %x piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c1 : index, index
    } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  }
  // expected-error@+1 {{[specialize] needs loads before or in the loops, but one stands after them}}
  %q = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c1 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  tile.return
}
