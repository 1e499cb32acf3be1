// RUN: msa-opt %s | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @moves
tile.kernel @moves(%k: memref<?x4x128x128xbf16, strided<[?, ?, ?, 1], offset: ?>>, %lse: memref<?x64xf32>, %out: memref<?x64x128xbf16>,
                   %selection: memref<4x?x16xi32>, %cu: memref<?xi32>, %i: index, %wide: memref<?x?x192xbf16>) attributes {warps = 4 : i64} {
  %pad = arith.constant 0.0 : f32
  // CHECK: tile.load %{{.*}} piece 16 row_dim 2 {
  // CHECK-NEXT: ^bb0(%[[ROW:.*]]: index):
  // CHECK-NEXT:   tile.yield %{{.*}}, %{{.*}}, %[[ROW]], %{{.*}} : index, index, index, index
  // CHECK-NEXT: } : memref<?x4x128x128xbf16, strided<[?, ?, ?, 1], offset: ?>> -> !tile.smem<64, 128, bf16>
  %t = tile.load %k piece 16 row_dim 2 {
  ^bb0(%row: index):
    tile.yield %i, %i, %row, %i : index, index, index, index
  } : memref<?x4x128x128xbf16, strided<[?, ?, ?, 1], offset: ?>> -> !tile.smem<64, 128, bf16>
  // CHECK: tile.load_frag %{{.*}} piece 64 row_dim 1 {
  // CHECK: } : memref<?x64x128xbf16> -> !tile.frag<64, 128, bf16>
  %f = tile.load_frag %out piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : memref<?x64x128xbf16> -> !tile.frag<64, 128, bf16>
  // CHECK: tile.load_rows %{{.*}}, %{{.*}} piece 64 row_dim 1
  %l = tile.load_rows %lse, %pad piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : memref<?x64xf32>, f32 -> !tile.rows<64, f32>
  // CHECK: tile.to_frag %{{.*}} : !tile.smem<64, 128, bf16> -> !tile.frag<64, 128, bf16>
  %g = tile.to_frag %t : !tile.smem<64, 128, bf16> -> !tile.frag<64, 128, bf16>
  // CHECK: tile.to_frag %{{.*}} from 16 : !tile.smem<64, 128, bf16> -> !tile.frag<16, 128, bf16>
  %part = tile.to_frag %t from 16 : !tile.smem<64, 128, bf16> -> !tile.frag<16, 128, bf16>
  // CHECK: tile.to_frag %{{.*}} : !tile.smem<64, 128, bf16> -> !tile.frag<128, 128, bf16>
  %twice = tile.to_frag %t : !tile.smem<64, 128, bf16> -> !tile.frag<128, 128, bf16>
  // CHECK: tile.to_smem %{{.*}} : !tile.rows<64, f32> -> !tile.smem<64, 1, f32>
  %ls = tile.to_smem %l : !tile.rows<64, f32> -> !tile.smem<64, 1, f32>
  // CHECK: tile.to_smem %{{.*}} : !tile.frag<16, 128, bf16> -> !tile.smem<16, 128, bf16>
  %ps = tile.to_smem %part : !tile.frag<16, 128, bf16> -> !tile.smem<16, 128, bf16>
  // CHECK: tile.to_rows %{{.*}} from 32 : !tile.smem<64, 1, f32> -> !tile.rows<16, f32>
  %lp = tile.to_rows %ls from 32 : !tile.smem<64, 1, f32> -> !tile.rows<16, f32>
  // CHECK: tile.store %{{.*}}, %{{.*}} piece 64 row_dim 1
  tile.store %g, %out piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : !tile.frag<64, 128, bf16>, memref<?x64x128xbf16>
  // CHECK: tile.store %{{.*}}, %{{.*}} columns(%{{.*}}, %{{.*}}) piece 64 row_dim 1
  tile.store %g, %out columns(%i, %i) piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : !tile.frag<64, 128, bf16>, memref<?x64x128xbf16>
  // CHECK: tile.slice %{{.*}} from 32 : !tile.smem<64, 128, bf16> -> !tile.smem<16, 128, bf16>
  %slice = tile.slice %t from 32 : !tile.smem<64, 128, bf16> -> !tile.smem<16, 128, bf16>
  // CHECK: tile.store_rows %{{.*}}, %{{.*}} piece 64 row_dim 1
  tile.store_rows %l, %lse piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : !tile.rows<64, f32>, memref<?x64xf32>
  // CHECK: tile.store %{{.*}}, %{{.*}} native 64 piece 64 row_dim 1
  tile.store %g, %wide native 64 piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : !tile.frag<64, 128, bf16>, memref<?x?x192xbf16>
  // CHECK: tile.load_frag %{{.*}} native piece 64 row_dim 1
  %native = tile.load_frag %wide native piece 64 row_dim 1 {
  ^bb0(%row: index):
    tile.yield %i, %row, %i : index, index, index
  } : memref<?x?x192xbf16> -> !tile.frag<64, 128, bf16>
  // CHECK: tile.visit_union %{{.*}} tokens 4 {
  %list = tile.visit_union %selection tokens 4 {
  ^bb0(%token: index):
    // CHECK: tile.search_sorted %{{.*}}[%{{.*}}], %{{.*}} : memref<?xi32>
    %request = tile.search_sorted %cu[%i], %token : memref<?xi32>
    tile.yield %request, %i, %token, %i : index, index, index, index
  } : memref<4x?x16xi32> -> !tile.list<64>
  // CHECK: tile.list_size %{{.*}} : !tile.list<64>
  %n = tile.list_size %list : !tile.list<64>
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = tile.list_entry %{{.*}}[%{{.*}}] : !tile.list<64>
  %block, %request, %members = tile.list_entry %list[%n] : !tile.list<64>
  tile.return
}
