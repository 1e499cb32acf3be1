// The attend recipes read as loops, sequential and staged: two requests (3 of 40 and 2 of 20 keys), two KV heads of two query heads.
// RUN: msa-opt %s --pass-pipeline='builtin.module(msa-to-tile)' | %run-loops-of - | FileCheck %s
// RUN: msa-opt %s --pass-pipeline='builtin.module(msa-to-tile,canonicalize,tile.kernel(assign-stages))' | %run-loops-of - | FileCheck %s

// Queries are zero, so that every visible key of the chosen blocks weighs the same; value row j holds j: outputs are means of
// rows, LSEs the logarithms of their number.
memref.global "private" constant @selection : memref<2x5x2xi32> = dense<[
  [[0, 2], [2, 1], [1, -1], [0, 1], [0, -1]],
  [[2, 0], [-1, -1], [2, 1], [1, 0], [3, 0]]]> // block 3 of request 1 has no key
memref.global "private" constant @cuQ : memref<3xi32> = dense<[0, 3, 5]>
memref.global "private" constant @cuK : memref<3xi32> = dense<[0, 40, 60]>

!q = memref<5x4x64xf32>
!k = memref<60x2x64xf32>
func.func @main() {
  %zero = arith.constant 0.0 : f32
  %selection = memref.get_global @selection : memref<2x5x2xi32>
  %cuQ = memref.get_global @cuQ : memref<3xi32>
  %cuK = memref.get_global @cuK : memref<3xi32>
  %q = memref.alloc() : !q
  %k = memref.alloc() : !k
  %v = memref.alloc() : !k
  linalg.fill ins(%zero : f32) outs(%q : !q)
  linalg.fill ins(%zero : f32) outs(%k : !k)
  linalg.generic {indexing_maps = [affine_map<(j, h, d) -> (j, h, d)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%v : !k) {
  ^bb0(%old: f32):
    %j = linalg.index 0 : index
    %j32 = arith.index_cast %j : index to i32
    %value = arith.sitofp %j32 : i32 to f32
    linalg.yield %value : f32
  }

  %o = memref.alloc() : !q
  %lse = memref.alloc() : memref<5x4xf32>
  msa.attend %q, %k, %v, %selection cu_seqlens_q(%cuQ) cu_seqlens_k(%cuK) outs(%o, %lse) {block_size = 16 : i64,
      strategy = #msa.strategy<kind = prefill_query_tile, target = "sm_80">,
      tile_config = #msa.tile_config<query_tile = 4, kv_tile = 16, kv_stages = 2, warps = 1>}
      : (!q, !k, !k, memref<2x5x2xi32>, memref<3xi32>, memref<3xi32>, !q, memref<5x4xf32>) -> ()
  // CHECK: sizes = [2, 5]
  // CHECK-NEXT: {{\[\[}}14.8636, 27, 23.5, 49, 47.5],
  // CHECK-NEXT: [14.8636, 0, 27.5, 49, 47.5]]
  // CHECK: sizes = [2, 5]
  // CHECK-NEXT: {{\[\[}}3.09104, 3.13549, 2.77259, 2.94444, 2.77259],
  // CHECK-NEXT: [3.09104, -inf, 3.17805, 2.94444, 2.77259]]
  call @show(%o, %lse) : (!q, memref<5x4xf32>) -> ()

  // The same by two splits of each row's blocks, merged.
  %po = memref.alloc() : memref<2x5x4x64xf32>
  %pl = memref.alloc() : memref<2x5x4xf32>
  msa.attend %q, %k, %v, %selection cu_seqlens_q(%cuQ) cu_seqlens_k(%cuK) outs(%po, %pl) {block_size = 16 : i64, splits = 2 : i64,
      strategy = #msa.strategy<kind = decode_split_kv, target = "sm_80">,
      tile_config = #msa.tile_config<query_tile = 1, kv_tile = 16, kv_stages = 2, splits = 2, warps = 1>}
      : (!q, !k, !k, memref<2x5x2xi32>, memref<3xi32>, memref<3xi32>, memref<2x5x4x64xf32>, memref<2x5x4xf32>) -> ()
  msa.combine %po, %pl outs(%o, %lse) {strategy = #msa.strategy<kind = combine_rows, target = "sm_80">,
      tile_config = #msa.tile_config<warps = 2>} : (memref<2x5x4x64xf32>, memref<2x5x4xf32>, !q, memref<5x4xf32>) -> ()
  // CHECK: sizes = [2, 5]
  // CHECK-NEXT: {{\[\[}}14.8636, 27, 23.5, 49, 47.5],
  // CHECK-NEXT: [14.8636, 0, 27.5, 49, 47.5]]
  // CHECK: sizes = [2, 5]
  // CHECK-NEXT: {{\[\[}}3.09104, 3.13549, 2.77259, 2.94444, 2.77259],
  // CHECK-NEXT: [3.09104, -inf, 3.17805, 2.94444, 2.77259]]
  call @show(%o, %lse) : (!q, memref<5x4xf32>) -> ()
  return
}

// Prints the last query head of each KV head: column 63 of the output, and the LSE; a row a head.
func.func private @show(%o: !q, %lse: memref<5x4xf32>) {
  %outs = memref.reinterpret_cast %o to offset: [127], sizes: [2, 5], strides: [128, 256] : !q to memref<2x5xf32, strided<[128, 256], offset: 127>>
  %print = memref.cast %outs : memref<2x5xf32, strided<[128, 256], offset: 127>> to memref<*xf32>
  call @printMemrefF32(%print) : (memref<*xf32>) -> ()
  %lses = memref.reinterpret_cast %lse to offset: [1], sizes: [2, 5], strides: [2, 4] : memref<5x4xf32> to memref<2x5xf32, strided<[2, 4], offset: 1>>
  %print2 = memref.cast %lses : memref<2x5xf32, strided<[2, 4], offset: 1>> to memref<*xf32>
  call @printMemrefF32(%print2) : (memref<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}
