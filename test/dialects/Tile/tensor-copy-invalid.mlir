// RUN: msa-opt %s -split-input-file -verify-diagnostics

// load_async_c1: a tensor copy needs a channel whose barrier counts its bytes.
tile.kernel @alone(%x: memref<?x64xbf16>, %n: index) attributes {warps = 4 : i64} {
  %ring = tile.make_ring : !tile.ring<2 x 64, 64, bf16, swizzled>
  // expected-error @below {{expects a tensor copy of all columns of an argument, in one piece, to a swizzled slot of rows of whole panels, between the acquire and the commit of a channel}}
  tile.load_async %x, %ring[%n] piece 64 row_dim 0 tensor {
  ^bb0(%row: index):
    tile.yield %row, %n : index, index
  } : memref<?x64xbf16>, !tile.ring<2 x 64, 64, bf16, swizzled>
  tile.return
}
