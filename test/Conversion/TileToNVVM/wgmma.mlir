// O += (Q K^T) V for 64 rows: Q and K from shared memory, the product in registers as the left operand of the second one.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse))' | FileCheck %s
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm{chip=sm_90a},gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s --check-prefix=PTX

// The first step adds to nothing; rows of 64 elements are one panel of 128 bytes, in which steps of 16 columns are 32 bytes apart (2 in
// a descriptor). In V a step is 16 rows, 2048 bytes (128).
// CHECK-LABEL: llvm.func @product
// CHECK:       "fence.proxy.async.shared::cta;"
// CHECK:       nvvm.wgmma.fence.aligned
// CHECK:       "wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {{{.*}}}, $16, $17, 0, 1, 1, 0, 0;"
// CHECK-COUNT-3: "wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {{{.*}}}, $32, $33, 1, 1, 1, 0, 0;"
// CHECK:       nvvm.wgmma.commit.group.sync.aligned
// CHECK:       "wgmma.wait_group.sync.aligned 0;"
// CHECK:       nvvm.wgmma.fence.aligned
// CHECK:       "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {{{.*}}}, {$32, $33, $34, $35}, $36, 0, 1, 1, 1;"
// CHECK:       "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {{{.*}}}, {$64, $65, $66, $67}, $68, 1, 1, 1, 1;"
// CHECK:       "wgmma.wait_group.sync.aligned 0;"
// PTX:         .entry product
// PTX:         wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16
// PTX:         wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16
tile.kernel @product(%q: memref<64x64xbf16>, %k: memref<32x64xbf16>, %o: memref<64x64xf32>) attributes {warps = 4 : i64, mma = #tile.mma_kind<wgmma>} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %qt = tile.load %q piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c64 : index, index
  } : memref<64x64xbf16> -> !tile.smem<64, 64, bf16, swizzled>
  %kt = tile.load %k piece 32 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c32 : index, index
  } : memref<32x64xbf16> -> !tile.smem<32, 64, bf16, swizzled>
  %acc = tile.splat %zero : f32 -> !tile.frag<64, 32, f32>
  %s = tile.mma %qt, transpose %kt, %acc : !tile.smem<64, 64, bf16, swizzled>, !tile.smem<32, 64, bf16, swizzled>, !tile.frag<64, 32, f32>
  %p = tile.map %s {
  ^bb0(%row: index, %col: index, %x: f32):
    %y = arith.truncf %x : f32 to bf16
    tile.yield %y : bf16
  } : (!tile.frag<64, 32, f32>) -> !tile.frag<64, 32, bf16>
  %out = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  %r = tile.mma %p, %kt, %out : !tile.frag<64, 32, bf16>, !tile.smem<32, 64, bf16, swizzled>, !tile.frag<64, 64, f32>
  tile.store %r, %o piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %c0, %c64 : index, index
  } : !tile.frag<64, 64, f32>, memref<64x64xf32>
  tile.return
}
