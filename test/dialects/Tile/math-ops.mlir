// RUN: msa-opt %s | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @math
tile.kernel @math(%x: memref<64x128xbf16>, %offset: index) attributes {warps = 4 : i64} {
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %k = tile.load %x piece 64 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %offset, %c64 : index, index
  } : memref<64x128xbf16> -> !tile.smem<64, 128, bf16>
  // CHECK: tile.splat %{{.*}} : f32 -> !tile.frag<64, 64, f32>
  %acc = tile.splat %zero : f32 -> !tile.frag<64, 64, f32>
  // CHECK: tile.mma %{{.*}}, transpose %{{.*}}, %{{.*}} : !tile.smem<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
  %s = tile.mma %k, transpose %k, %acc : !tile.smem<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
  // CHECK: tile.map {
  // CHECK-NEXT: ^bb0(%{{.*}}: index):
  // CHECK: } : () -> !tile.rows<64, i32>
  %count = tile.map {
  ^bb0(%row: index):
    %r32 = arith.index_cast %row : index to i32
    tile.yield %r32 : i32
  } : () -> !tile.rows<64, i32>
  // CHECK: tile.mask_cols %{{.*}}, %{{.*}} : !tile.frag<64, 64, f32>, !tile.rows<64, i32>
  %t = tile.mask_cols %s, %count : !tile.frag<64, 64, f32>, !tile.rows<64, i32>
  // CHECK: tile.row_reduce max %{{.*}} : !tile.frag<64, 64, f32> -> !tile.rows<64, f32>
  %m = tile.row_reduce max %t : !tile.frag<64, 64, f32> -> !tile.rows<64, f32>
  // CHECK: tile.fold_cols max %{{.*}} : !tile.frag<64, 64, f32> -> !tile.frag<64, 8, f32>
  %fold = tile.fold_cols max %t : !tile.frag<64, 64, f32> -> !tile.frag<64, 8, f32>
  // CHECK: tile.map %{{.*}}, %{{.*}} {
  // CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: f32, %{{.*}}: f32):
  // CHECK: } : (!tile.frag<64, 64, f32>, !tile.rows<64, f32>) -> !tile.frag<64, 64, bf16>
  %p = tile.map %t, %m {
  ^bb0(%row: index, %col: index, %a: f32, %b: f32):
    %d = arith.subf %a, %b : f32
    %e = math.exp2 %d : f32
    %h = arith.truncf %e : f32 to bf16
    tile.yield %h : bf16
  } : (!tile.frag<64, 64, f32>, !tile.rows<64, f32>) -> !tile.frag<64, 64, bf16>
  %out = tile.splat %zero : f32 -> !tile.frag<64, 128, f32>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 128, f32>
  %o = tile.mma %p, %k, %out : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 128, f32>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} columns 64 : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
  %right = tile.mma %p, %k, %acc columns 64 : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 64, f32>
  // CHECK: tile.mma %{{.*}}, transpose %{{.*}}, %{{.*}} parts 4 : !tile.smem<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 16, f32>
  %quarter = tile.splat %zero : f32 -> !tile.frag<64, 16, f32>
  %parts = tile.mma %k, transpose %k, %quarter parts 4 : !tile.smem<64, 128, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 16, f32>
  // CHECK: tile.col_reduce add %{{.*}} : !tile.frag<64, 16, f32>
  %sums = tile.col_reduce add %parts : !tile.frag<64, 16, f32>
  // CHECK: tile.col_reduce max %{{.*}} : !tile.rows<64, f32>
  %top = tile.col_reduce max %m : !tile.rows<64, f32>
  // CHECK: tile.if_rows %{{.*}}, %{{.*}}, %{{.*}} {
  // CHECK:   tile.yield %{{.*}}, %{{.*}} : !tile.rows<64, f32>, !tile.frag<64, 128, f32>
  // CHECK: } : !tile.rows<64, i32>, !tile.rows<64, f32>, !tile.frag<64, 128, f32>
  %r:2 = tile.if_rows %count, %m, %o {
    %again = tile.mma %p, %k, %o : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 128, f32>
    tile.yield %m, %again : !tile.rows<64, f32>, !tile.frag<64, 128, f32>
  } : !tile.rows<64, i32>, !tile.rows<64, f32>, !tile.frag<64, 128, f32>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} async : !tile.frag<64, 64, bf16>
  // CHECK: tile.wait_mma %{{.*}} pending 0 : !tile.frag<64, 128, f32>
  %begun = tile.mma %p, %k, %o async : !tile.frag<64, 64, bf16>, !tile.smem<64, 128, bf16>, !tile.frag<64, 128, f32>
  %there = tile.wait_mma %begun pending 0 : !tile.frag<64, 128, f32>
  // CHECK: tile.any_rows %{{.*}} : !tile.rows<64, i32>
  %some = tile.any_rows %count : !tile.rows<64, i32>
  tile.return
}
