// What is written once is written in a turn: outside of one, every thread would write.
// RUN: msa-opt %s -tile-to-nvvm -verify-diagnostics

tile.kernel @store(%out: memref<4xi32>, %i: index) attributes {warps = 1 : i64} {
  %x = arith.constant 1 : i32
  // expected-error @below {{expects to stand in a turn of tile.parallel: all threads would write}}
  memref.store %x, %out[%i] : memref<4xi32>
  tile.return
}
