// Scalar work that a thread block shares out round-trips.
// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s --mlir-print-op-generic | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @histogram
tile.kernel @histogram(%keys: memref<?xi32>, %out: memref<64xi32>, %n: index) attributes {warps = 2 : i64} {
  %c64 = arith.constant 64 : index
  // CHECK: %[[SETS:.*]] = tile.make_bits : !tile.bits<64, 128>
  %sets = tile.make_bits : !tile.bits<64, 128>
  // CHECK: tile.parallel %{{.*}} {
  tile.parallel %n {
  ^bb0(%i: index):
    %key = memref.load %keys[%i] : memref<?xi32>
    %set = arith.index_cast %key : i32 to index
    // CHECK: tile.set_bit %[[SETS]][%{{.*}}, %{{.*}}] : !tile.bits<64, 128>
    tile.set_bit %sets[%set, %i] : !tile.bits<64, 128>
    tile.yield
  }
  %counts = tile.parallel %c64 {
  ^bb0(%set: index):
    // CHECK: tile.count_bits %[[SETS]][%{{.*}}] below %{{.*}} : !tile.bits<64, 128>
    %count = tile.count_bits %sets[%set] below %n : !tile.bits<64, 128>
    %count32 = arith.index_cast %count : index to i32
    tile.yield %count32 : i32
    // CHECK: } : !tile.smem<1, 64, i32>
  } : !tile.smem<1, 64, i32>
  // CHECK: %{{.*}}, %{{.*}} = tile.scan %{{.*}} : !tile.smem<1, 64, i32>
  %starts, %total = tile.scan %counts : !tile.smem<1, 64, i32>
  tile.parallel %c64 {
  ^bb0(%set: index):
    // CHECK: tile.at %{{.*}}[%{{.*}}] : !tile.smem<1, 64, i32>
    %start = tile.at %starts[%set] : !tile.smem<1, 64, i32>
    memref.store %start, %out[%set] : memref<64xi32>
    tile.yield
  }
  tile.return
}
