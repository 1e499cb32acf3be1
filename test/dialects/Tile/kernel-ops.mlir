// RUN: msa-opt %s | msa-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @copy(%{{.*}}: memref<?x128xbf16>, %{{.*}}: index) attributes {smem_bytes = 4096 : i64, warps = 4 : i64}
tile.kernel @copy(%x: memref<?x128xbf16>, %n: index) attributes {warps = 4 : i64, smem_bytes = 4096 : i64} {
  // CHECK: tile.program_id 2
  %z = tile.program_id 2
  // CHECK: tile.return
  tile.return
}

// CHECK-LABEL: func.func @host
func.func @host(%x: memref<?x128xbf16>, %n: index) {
  %c1 = arith.constant 1 : index
  // CHECK: tile.launch @copy grid(%[[N:.*]], %[[ONE:.*]], %[[ONE]]) args(%{{.*}}, %[[N]]) : memref<?x128xbf16>, index
  tile.launch @copy grid(%n, %c1, %c1) args(%x, %n) : memref<?x128xbf16>, index
  return
}
