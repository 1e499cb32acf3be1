// A gather through a page table in pieces of 4 rows: invalid rows are zero (or the pad), are not stored, and are never touched.
// RUN: %run-loops | FileCheck %s

!view = memref<3x2x4x10xbf16, strided<[96, 48, 12, 1]>> // [page, head, key of the page, dim], rows padded to 12
tile.kernel @gather(%pages: !view, %table: memref<4xi32>, %lengths: memref<4xi32>, %tags: memref<3x4xi32>,
                    %out: memref<2x16x8xbf16>, %outTags: memref<16xi32>) attributes {warps = 1 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %pad = arith.constant -7 : i32
  %tile = tile.load %pages piece 4 row_dim 2 {
  ^bb0(%row: index):
    %piece = arith.divui %row, %c4 : index
    %page32 = memref.load %table[%piece] : memref<4xi32>
    %page = arith.index_cast %page32 : i32 to index
    %valid32 = memref.load %lengths[%piece] : memref<4xi32>
    %valid = arith.index_cast %valid32 : i32 to index
    %c0 = arith.constant 0 : index
    tile.yield %page, %c1, %c0, %valid : index, index, index, index
  } : !view -> !tile.smem<16, 8, bf16>
  %f = tile.to_frag %tile : !tile.smem<16, 8, bf16> -> !tile.frag<16, 8, bf16>
  %t = tile.load_rows %tags, %pad piece 4 row_dim 1 {
  ^bb0(%row: index):
    %piece = arith.divui %row, %c4 : index
    %page32 = memref.load %table[%piece] : memref<4xi32>
    %page = arith.index_cast %page32 : i32 to index
    %valid32 = memref.load %lengths[%piece] : memref<4xi32>
    %valid = arith.index_cast %valid32 : i32 to index
    %c0 = arith.constant 0 : index
    tile.yield %page, %c0, %valid : index, index, index
  } : memref<3x4xi32>, i32 -> !tile.rows<16, i32>
  // Rows of piece p go to rows 12 - 4 p and on; row 15 of the tile is not stored.
  tile.store %f, %out piece 4 row_dim 1 {
  ^bb0(%row: index):
    %c12 = arith.constant 12 : index
    %c3 = arith.constant 3 : index
    %last = arith.cmpi eq, %row, %c12 : index
    %valid = arith.select %last, %c3, %c4 : index
    %to = arith.subi %c12, %row : index
    tile.yield %c1, %to, %valid : index, index, index
  } : !tile.frag<16, 8, bf16>, memref<2x16x8xbf16>
  tile.store_rows %t, %outTags piece 16 row_dim 0 {
  ^bb0(%row: index):
    %c16 = arith.constant 16 : index
    tile.yield %row, %c16 : index, index
  } : !tile.rows<16, i32>, memref<16xi32>
  tile.return
}

memref.global "private" constant @table : memref<4xi32> = dense<[2, 0, 9999, 1]> // the page of an empty piece does not exist
memref.global "private" constant @lengths : memref<4xi32> = dense<[4, 1, 0, 99]> // a count past the piece means all of it
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c288 = arith.constant 288 : index
  %flat = memref.alloc() : memref<288xbf16>
  scf.for %i = %c0 to %c288 step %c1 {
    %i32 = arith.index_cast %i : index to i32
    %value = arith.sitofp %i32 : i32 to bf16
    memref.store %value, %flat[%i] : memref<288xbf16>
  }
  %pages = memref.reinterpret_cast %flat to offset: [0], sizes: [3, 2, 4, 10], strides: [96, 48, 12, 1] : memref<288xbf16> to !view
  %tags = memref.alloc() : memref<3x4xi32>
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%tags : memref<3x4xi32>) {
  ^bb0(%old: i32):
    %c10 = arith.constant 10 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %ten = arith.muli %i, %c10 : index
    %tag = arith.addi %ten, %j : index
    %tag32 = arith.index_cast %tag : index to i32
    linalg.yield %tag32 : i32
  }
  %table = memref.get_global @table : memref<4xi32>
  %lengths = memref.get_global @lengths : memref<4xi32>
  %out = memref.alloc() : memref<2x16x8xbf16>
  %nine = arith.constant 9.0 : bf16
  linalg.fill ins(%nine : bf16) outs(%out : memref<2x16x8xbf16>)
  %outTags = memref.alloc() : memref<16xi32>
  tile.launch @gather grid(%c1, %c1, %c1) args(%pages, %table, %lengths, %tags, %out, %outTags)
      : !view, memref<4xi32>, memref<4xi32>, memref<3x4xi32>, memref<2x16x8xbf16>, memref<16xi32>
  %result = memref.alloc() : memref<16x2xf32> // columns 0 and 7
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%result : memref<16x2xf32>) {
  ^bb0(%old: f32):
    %c7 = arith.constant 7 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %col = arith.muli %j, %c7 : index
    %x = memref.load %out[%c1, %i, %col] : memref<2x16x8xbf16>
    %y = arith.extf %x : bf16 to f32
    linalg.yield %y : f32
  }
  %print = memref.cast %result : memref<16x2xf32> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  %print2 = memref.cast %outTags : memref<16xi32> to memref<*xi32>
  call @printMemrefI32(%print2) : (memref<*xi32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI32(memref<*xi32>) attributes {llvm.emit_c_interface}

// Piece 3 (page 1, head 1: from 144) but for its last row, where 9 stays.
// CHECK:      {{\[\[}}144, 151],
// CHECK-NEXT: [156, 163],
// CHECK-NEXT: [168, 175],
// CHECK-NEXT: [9, 9],
// Piece 2: empty.
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// Piece 1 (page 0: from 48): one row.
// CHECK-NEXT: [48, 55],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// CHECK-NEXT: [0, 0],
// Piece 0 (page 2: from 240).
// CHECK-NEXT: [240, 247],
// CHECK-NEXT: [252, 260],
// CHECK-NEXT: [264, 272],
// CHECK-NEXT: [276, 284]]
// CHECK: [20, 21, 22, 23, 0, -7, -7, -7, -7, -7, -7, -7, 10, 11, 12, 13]
