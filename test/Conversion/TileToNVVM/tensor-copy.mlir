// One thread copies a whole tile, and the channel's barrier waits for its bytes; a tile that ends early goes row by row. The map is a
// parameter of 128 bytes.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse))' | FileCheck %s --check-prefix=NVVM
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s

// NVVM: llvm.func @copies({{.*}}!llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}
// NVVM-SAME: msa.params = [{{.*}}"map:0:1:64"]
// CHECK: .param .align 64 .b8 copies_param_{{[0-9]+}}[128]
// CHECK: mbarrier.try_wait.parity
// CHECK: mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%{{.*}}], %r{{[0-9]+}};
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r{{[0-9]+}}], [%rd{{[0-9]+}}, {
// CHECK: cp.async.cg.shared.global
// CHECK: cp.async.mbarrier.arrive.noinc.shared
tile.kernel @copies(%x: memref<?x?x128xbf16, strided<[?, ?, 1], offset: ?>>, %n: index) attributes {warps = 8 : i64, mma = #tile.mma_kind<wgmma>} {
  %ring = tile.make_ring : !tile.ring<2 x 64, 128, bf16, swizzled>
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    tile.acquire %ch[%n] : !tile.channel<2>
    tile.load_async %x, %ring[%n] piece 64 row_dim 1 tensor {
    ^bb0(%row: index):
      tile.yield %n, %row, %n : index, index, index
    } : memref<?x?x128xbf16, strided<[?, ?, 1], offset: ?>>, !tile.ring<2 x 64, 128, bf16, swizzled>
    tile.commit %ch[%n] : !tile.channel<2>
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}
