// In native order a lane stores (past what the L2 keeps) and loads four tiles' columns of a row as 16 bytes; an address of a tile that stays in shared memory
// is taken anew in each turn of a loop, and offsets stand in the instructions.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(plan-shared-memory),tile-to-nvvm,gpu.module(canonicalize,cse))' | FileCheck %s

// CHECK-LABEL: llvm.func @native
// CHECK:       scf.for
// CHECK:         llvm.inline_asm has_side_effects {{.*}}"=l,0" %{{.*}} : (!llvm.ptr<3>) -> !llvm.ptr<3>
// CHECK:         nvvm.ldmatrix
// CHECK-COUNT-2: llvm.inline_asm has_side_effects {{.*}}"st.global.cs.v4.b32 [$0], {$1, $2, $3, $4};"
// CHECK:       llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
tile.kernel @native(%x: memref<?x64xbf16>, %partial: memref<?x64xbf16>, %n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : bf16
  %p = tile.splat %one : bf16 -> !tile.frag<16, 16, bf16>
  %acc = tile.splat %zero : f32 -> !tile.frag<16, 32, f32>
  %v = tile.load %x piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.smem<16, 64, bf16>
  scf.for %i = %c0 to %n step %c1 {
    %o = tile.mma %p, %v, %acc columns 32 : !tile.frag<16, 16, bf16>, !tile.smem<16, 64, bf16>, !tile.frag<16, 32, f32>
    %h = tile.map %o {
    ^bb0(%row: index, %col: index, %a: f32):
      %t = arith.truncf %a : f32 to bf16
      tile.yield %t : bf16
    } : (!tile.frag<16, 32, f32>) -> !tile.frag<16, 32, bf16>
    tile.store %h, %partial native 32 piece 16 row_dim 0 {
    ^bb0(%row: index):
      tile.yield %i, %c16 : index, index
    } : !tile.frag<16, 32, bf16>, memref<?x64xbf16>
  }
  %back = tile.load_frag %partial native piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : memref<?x64xbf16> -> !tile.frag<16, 32, bf16>
  tile.store %back, %partial piece 16 row_dim 0 {
  ^bb0(%row: index):
    tile.yield %row, %c16 : index, index
  } : !tile.frag<16, 32, bf16>, memref<?x64xbf16>
  tile.return
}
