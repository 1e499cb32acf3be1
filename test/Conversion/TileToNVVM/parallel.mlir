// Turns are dealt to threads, four at a time where there are enough; sets are filled with atomic ors, which do not tell their order;
// sums go up the lanes of a warp; what the kernel writes is read back as it is.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @parallel
// CHECK:       llvm.store %{{.*}}, %{{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<3>
// CHECK:       nvvm.barrier
// CHECK:       scf.for %{{.*}} = %{{.*}} to %c1024 step %c256
// CHECK-COUNT-4: llvm.atomicrmw _or %{{.*}}, %{{.*}} monotonic : !llvm.ptr<3>, i32
// CHECK:       nvvm.barrier
// CHECK:       scf.for %{{.*}} step %c64
// CHECK-COUNT-2: llvm.intr.ctpop
// CHECK:       nvvm.barrier
// CHECK-COUNT-5: nvvm.shfl.sync up
// CHECK:       nvvm.barrier
// CHECK:       llvm.load %{{.*}} : !llvm.ptr<1> -> i32
// CHECK-NOT:   tile.
tile.kernel @parallel(%keys: memref<?xi32>, %out: memref<?xi32>, %n: index) attributes {warps = 2 : i64} {
  %c64 = arith.constant 64 : index
  %c1024 = arith.constant 1024 : index
  %sets = tile.make_bits : !tile.bits<64, 64>
  tile.parallel %c1024 {
  ^bb0(%i: index):
    %key = memref.load %keys[%i] : memref<?xi32>
    %set = arith.index_cast %key : i32 to index
    %member = arith.remui %i, %c64 : index
    tile.set_bit %sets[%set, %member] : !tile.bits<64, 64>
    tile.yield
  }
  %counts = tile.parallel %n {
  ^bb0(%set: index):
    %count = tile.count_bits %sets[%set] below %c64 : !tile.bits<64, 64>
    %count32 = arith.index_cast %count : index to i32
    tile.yield %count32 : i32
  } : !tile.smem<1, 64, i32>
  %starts, %total = tile.scan %counts : !tile.smem<1, 64, i32>
  tile.parallel %n {
  ^bb0(%i: index):
    %old = memref.load %out[%i] : memref<?xi32>
    %start = tile.at %starts[%i] : !tile.smem<1, 64, i32>
    %new = arith.addi %old, %start : i32
    memref.store %new, %out[%i] : memref<?xi32>
    tile.yield
  }
  tile.return
}
