// Roles: barriers are made by one thread, registers change hands, the producer's copies signal the full barrier, one lane a warp
// signals the empty one.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s

// CHECK:       .entry roles
// CHECK:       .maxntid 256
// CHECK-COUNT-4: mbarrier.init.shared.b64
// CHECK:       fence.mbarrier_init.release.cluster
// CHECK:       bar.sync
// CHECK:       setmaxnreg.dec.sync.aligned.u32
// CHECK:       mbarrier.try_wait.parity.shared::cta.b64
// CHECK:       cp.async.cg.shared.global
// CHECK:       cp.async.mbarrier.arrive.noinc.shared.b64
// CHECK:       setmaxnreg.inc.sync.aligned.u32
// CHECK:       mbarrier.try_wait.parity.shared::cta.b64
// CHECK:       ldmatrix
// CHECK:       @first mbarrier.arrive.shared::cta.b64
tile.kernel @roles(%x: memref<64x64xbf16>, %y: memref<64x64xbf16>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %ring = tile.make_ring : !tile.ring<2 x 64, 64, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 registers 40 {
    scf.for %i = %c0 to %n step %c1 {
      %slot = arith.remui %i, %c2 : index
      tile.acquire %ch[%i] : !tile.channel<2>
      tile.load_async %x, %ring[%slot] piece 64 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %c0, %c64 : index, index
      } : memref<64x64xbf16>, !tile.ring<2 x 64, 64, bf16, swizzled>
      tile.commit %ch[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 registers 240 {
    scf.for %i = %c0 to %n step %c1 {
      %slot = arith.remui %i, %c2 : index
      tile.wait %ch[%i] : !tile.channel<2>
      %t = tile.slot %ring[%slot] : !tile.ring<2 x 64, 64, bf16, swizzled> -> !tile.smem<64, 64, bf16, swizzled>
      %f = tile.to_frag %t : !tile.smem<64, 64, bf16, swizzled> -> !tile.frag<64, 64, bf16>
      tile.store %f, %y piece 64 row_dim 0 {
      ^bb0(%row: index):
        tile.yield %c0, %c64 : index, index
      } : !tile.frag<64, 64, bf16>, memref<64x64xbf16>
      tile.release %ch[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}
