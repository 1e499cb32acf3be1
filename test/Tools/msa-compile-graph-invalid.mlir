// A malformed graph: the diagnostic names the op and both values, and the exit status is 1.
// REQUIRES: msa-compile
// RUN: not msa-compile %s -o %t.msab 2>&1 | FileCheck %s
// RUN: not test -e %t.msab
// CHECK: msa-compile-graph-invalid.mlir:[[@LINE+4]]:8: error: 'msa.attend' op
// CHECK-SAME: 12
// CHECK-SAME: 8
func.func @f(%q: tensor<8x12x128xbf16>, %k: tensor<512x8x128xbf16>, %v: tensor<512x8x128xbf16>, %s: tensor<8x8x4xi32>) -> tensor<8x12x128xbf16> {
  %o = msa.attend %q, %k, %v, %s {block_size = 128 : i64} : (tensor<8x12x128xbf16>, tensor<512x8x128xbf16>, tensor<512x8x128xbf16>, tensor<8x8x4xi32>) -> tensor<8x12x128xbf16>
  return %o : tensor<8x12x128xbf16>
}
