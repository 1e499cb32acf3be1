// One token's list: every warp ranks the ids by shuffles, the first one writes it; requests and members never leave registers.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @one
// CHECK:       %[[ID:.*]] = scf.if
// CHECK:         llvm.load %{{.*}} invariant : !llvm.ptr<1> -> i32
// CHECK-COUNT-16: nvvm.shfl.sync idx %{{.*}}, %[[ID]]
// CHECK:       llvm.call_intrinsic "llvm.nvvm.vote.ballot.sync"
// CHECK:       llvm.intr.ctpop
// CHECK:       nvvm.barrier
// CHECK-NOT:   nvvm.barrier
// CHECK-COUNT-2: llvm.load %{{.*}} : !llvm.ptr<3> -> i32
// CHECK-NOT:   !llvm.ptr<3> -> i32
tile.kernel @one(%lists: memref<?x16xi32>, %out: memref<?xi32>) attributes {warps = 2 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %x = tile.program_id 0
  %list = tile.visit_union %lists tokens 1 {
  ^bb0(%i: index):
    tile.yield %x, %x, %c1 : index, index, index
  } : memref<?x16xi32> -> !tile.list<16>
  %n = tile.list_size %list : !tile.list<16>
  scf.for %i = %c0 to %n step %c1 {
    %block, %request, %members = tile.list_entry %list[%i] : !tile.list<16>
    %sum = arith.addi %block, %request : index
    %sum32 = arith.index_cast %sum : index to i32
    %both = arith.addi %sum32, %members : i32
    %rows = tile.splat %both : i32 -> !tile.rows<16, i32>
    tile.store_rows %rows, %out piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c1 : index, index
    } : !tile.rows<16, i32>, memref<?xi32>
  }
  tile.return
}
