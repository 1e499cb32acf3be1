// RUN: msa-opt %s --pass-pipeline='builtin.module(tile.kernel(count-resources))' -o /dev/null 2>&1 | FileCheck %s

// Rows are as long as the run says: n0 entries, read and compared, of each of 4 rows. The lists: 4 x 3 x 4 bytes; lengths: 4 x 4.
// Shared memory: (256 + 32) candidates of 8 bytes for each of 2 warps.
// CHECK: remark: 'choose': 64 threads, 4608 bytes of shared memory, 40 registers a thread;
// CHECK-SAME: n0 * 4 other flops; 16 + n0 * 16 bytes read; 48 bytes written
tile.kernel @choose(%scores: memref<4x?xf32>, %lengths: memref<4xi32>, %ids: memref<4x3xi32>) attributes {warps = 2 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  tile.top_k ascending %scores into %ids rows 4 {
  ^bb0(%row: index):
    %n32 = memref.load %lengths[%row] : memref<4xi32>
    %n = arith.index_cast %n32 : i32 to index
    tile.yield %row, %row, %n, %zero, %zero, %zero, %one : index, index, index, index, index, index, index
  } : memref<4x?xf32> into memref<4x3xi32>
  tile.return
}
