// What may not happen while a product is in flight.
// RUN: msa-opt %s --split-input-file --verify-diagnostics -pass-pipeline='builtin.module(tile.kernel(verify-handshake))'

// The slot goes back while the product reads it.
tile.kernel @released(%x: memref<?x64xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %ring = tile.make_ring : !tile.ring<2 x 64, 64, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.load_async %x, %ring[%c0] piece 64 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %row, %c1 : index, index
      } : memref<?x64xbf16>, !tile.ring<2 x 64, 64, bf16, swizzled>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    %z = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
    scf.for %i = %c0 to %n step %c1 {
      %k = tile.slot %ring[%c0] : !tile.ring<2 x 64, 64, bf16, swizzled> -> !tile.smem<64, 64, bf16, swizzled>
      tile.wait %ch[%i] : !tile.channel<2>
      // expected-note@+1 {{of this product}}
      %s = tile.mma %k, transpose %k, %z async : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
      // expected-error@+1 {{[handshake] needs a slot to be read before it is released, but a product that reads it is in flight}}
      tile.release %ch[%i] : !tile.channel<2>
      %t = tile.wait_mma %s pending 0 : !tile.frag<64, 64, f32>
    }
    tile.yield
  }
  tile.return
}

// -----
// The result is read before it is there.
tile.kernel @used(%x: memref<?x64xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %ring = tile.make_ring : !tile.ring<2 x 64, 64, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.load_async %x, %ring[%c0] piece 64 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %row, %c1 : index, index
      } : memref<?x64xbf16>, !tile.ring<2 x 64, 64, bf16, swizzled>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    %z = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
    scf.for %i = %c0 to %n step %c1 {
      %k = tile.slot %ring[%c0] : !tile.ring<2 x 64, 64, bf16, swizzled> -> !tile.smem<64, 64, bf16, swizzled>
      tile.wait %ch[%i] : !tile.channel<2>
      // expected-note@+1 {{of this product}}
      %s = tile.mma %k, transpose %k, %z async : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
      // expected-error@+1 {{[handshake] needs a product to be waited for before it is used, but it is in flight}}
      %m = tile.row_reduce max %s : !tile.frag<64, 64, f32> -> !tile.rows<64, f32>
      %t = tile.wait_mma %s pending 0 : !tile.frag<64, 64, f32>
      tile.release %ch[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// The wait is for an older product than this one.
tile.kernel @older(%x: memref<?x64xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %ring = tile.make_ring : !tile.ring<2 x 64, 64, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.load_async %x, %ring[%c0] piece 64 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %row, %c1 : index, index
      } : memref<?x64xbf16>, !tile.ring<2 x 64, 64, bf16, swizzled>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    %z = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
    scf.for %i = %c0 to %n step %c1 {
      %k = tile.slot %ring[%c0] : !tile.ring<2 x 64, 64, bf16, swizzled> -> !tile.smem<64, 64, bf16, swizzled>
      tile.wait %ch[%i] : !tile.channel<2>
      // expected-note@+1 {{of this product}}
      %s = tile.mma %k, transpose %k, %z async : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<64, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
      // expected-error@+1 {{[handshake] needs a wait that leaves in flight at most the products begun since, 0, but it leaves 1}}
      %t = tile.wait_mma %s pending 1 : !tile.frag<64, 64, f32>
      tile.release %ch[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}
