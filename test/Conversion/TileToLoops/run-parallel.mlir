// A stable counting sort by sets of bits: members' ranks, sets' sizes and their prefix sums; keys that there is no set for are left out.
// RUN: %run-loops | FileCheck %s

tile.kernel @sort(%keys: memref<40xi32>, %out: memref<3x16xi32>) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c40 = arith.constant 40 : index
  %none = arith.constant -1 : i32
  %sets = tile.make_bits : !tile.bits<4, 64>
  tile.parallel %c40 {
  ^bb0(%i: index):
    %key = memref.load %keys[%i] : memref<40xi32>
    %set = arith.index_cast %key : i32 to index
    tile.set_bit %sets[%set, %i] : !tile.bits<4, 64>
    tile.yield
  }
  %counts = tile.parallel %c4 {
  ^bb0(%set: index):
    %count = tile.count_bits %sets[%set] below %c40 : !tile.bits<4, 64>
    %count32 = arith.index_cast %count : index to i32
    tile.yield %count32 : i32
  } : !tile.smem<1, 6, i32>
  %starts, %total = tile.scan %counts : !tile.smem<1, 6, i32>
  tile.parallel %c16 {
  ^bb0(%i: index):
    memref.store %none, %out[%c0, %i] : memref<3x16xi32>
    memref.store %none, %out[%c1, %i] : memref<3x16xi32>
    %total32 = arith.index_cast %total : index to i32
    memref.store %total32, %out[%c2, %i] : memref<3x16xi32>
    tile.yield
  }
  tile.parallel %c40 {
  ^bb0(%i: index):
    %key = memref.load %keys[%i] : memref<40xi32>
    %set = arith.index_cast %key : i32 to index
    %inside = arith.cmpi ult, %set, %c4 : index
    scf.if %inside {
      %start = tile.at %starts[%set] : !tile.smem<1, 6, i32>
      %rank = tile.count_bits %sets[%set] below %i : !tile.bits<4, 64>
      %start64 = arith.index_cast %start : i32 to index
      %place = arith.addi %start64, %rank : index
      %i32 = arith.index_cast %i : index to i32
      memref.store %i32, %out[%c0, %place] : memref<3x16xi32>
      memref.store %key, %out[%c1, %place] : memref<3x16xi32>
    }
    tile.yield
  }
  tile.parallel %c1 {
  ^bb0(%i: index):
    %past = tile.at %starts[%c4] : !tile.smem<1, 6, i32>
    memref.store %past, %out[%c2, %c0] : memref<3x16xi32>
    tile.yield
  }
  tile.return
}

memref.global "private" constant @keys : memref<40xi32> = dense<[3, 1, -1, 3, 9, 9, 9, 9, 9, 9, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
  9, 9, 9, 9, 9, 9, 9, 3, 1, 9, 9, 0, 9, 9, 1, 3]>
func.func @main() {
  %c1 = arith.constant 1 : index
  %keys = memref.get_global @keys : memref<40xi32>
  %out = memref.alloc() : memref<3x16xi32>
  tile.launch @sort grid(%c1, %c1, %c1) args(%keys, %out) : memref<40xi32>, memref<3x16xi32>
  %print = memref.cast %out : memref<3x16xi32> to memref<*xi32>
  call @printMemrefI32(%print) : (memref<*xi32>) -> ()
  return
}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}
// CHECK: [35, {{ *}}1, {{ *}}10, {{ *}}32, {{ *}}38, {{ *}}0, {{ *}}3, {{ *}}31, {{ *}}39, {{ *}}-1
// CHECK-NEXT: [0, {{ *}}1, {{ *}}1, {{ *}}1, {{ *}}1, {{ *}}3, {{ *}}3, {{ *}}3, {{ *}}3, {{ *}}-1
// CHECK-NEXT: [9, {{ *}}9,
