// A 16x16x32 product: one cp.async a chunk, ldmatrix for both operands, two column tiles x two k-steps of mma.sync.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse,convert-scf-to-cf,finalize-nvvm),emit-ptx)' | FileCheck %s --check-prefix=PTX

// CHECK-LABEL: llvm.func @product
// CHECK-SAME:  (%{{.*}}: !llvm.ptr<1> {llvm.noalias}, %{{.*}}: i64, %{{.*}}: !llvm.ptr<1> {llvm.noalias})
// CHECK-SAME:  msa.params = ["ptr:0", "stride:0:0", "ptr:1"], msa.smem_bytes = 1280 : i64, msa.threads = 32 : i64
// CHECK-COUNT-2: nvvm.cp.async.shared.global
// CHECK:       nvvm.cp.async.wait.group 0
// CHECK-COUNT-4: nvvm.mma.sync
// CHECK-NOT:   nvvm.mma.sync
// CHECK:       llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<1>
// CHECK-NOT:   tile.
// PTX:         .entry product
// PTX:         cp.async.cg.shared.global
// PTX:         ldmatrix.sync.aligned.m8n8.x4.shared.b16
// PTX:         mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
tile.kernel @product(%x: memref<?x32xbf16, strided<[?, 1]>>, %y: memref<?x16xf32>) attributes {warps = 1 : i64} {
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %t = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x32xbf16, strided<[?, 1]>> -> !tile.smem<16, 32, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 16, f32>
  %s = tile.mma %t, transpose %t, %acc : !tile.smem<16, 32, bf16>, !tile.smem<16, 32, bf16>, !tile.frag<16, 16, f32>
  tile.store %s, %y piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 16, f32>, memref<?x16xf32>
  tile.return
}
