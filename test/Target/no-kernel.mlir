// A program whose sizes leave nothing to compute has PTX without kernels and a plan without launches.
// REQUIRES: msa-compile, msa-run
// RUN: msa-compile %s --target=sm_80 --emit=ptx | FileCheck %s
// RUN: msa-compile %s --target=sm_80 -o %t.msab
// RUN: msa-run %t.msab --list | FileCheck %s --check-prefix=LIST

// CHECK: .target sm_80
// CHECK-NOT: .entry
// LIST: merge for sm_80: 0 launches
// LIST: output {{.*}}: 0x8x64xbf16
func.func @merge(%partial: tensor<4x0x8x64xf32>, %partial_lse: tensor<4x0x8xf32>) -> tensor<0x8x64xbf16> {
  %o = msa.combine %partial, %partial_lse : (tensor<4x0x8x64xf32>, tensor<4x0x8xf32>) -> tensor<0x8x64xbf16>
  return %o : tensor<0x8x64xbf16>
}
