// Dense queries are packed at no cost where each request's rows follow those of the one before: the plan is told to check that.
// REQUIRES: msa-compile
// RUN: msa-compile %s --target=sm_90a | FileCheck %s --check-prefixes=CHECK,VIEW
// RUN: msa-compile %s --target=cpu --reader | FileCheck %s
// RUN: msa-compile %s --target=cpu | FileCheck %s --check-prefix=LINALG

// CHECK: "name":"q",{{.*}}"adjacent":[0]},{"name":"k","dtype":"bf16","shape":[2,512,4,128],"output":false},
// CHECK-SAME: "name":"output",{{.*}}"adjacent":[0]}
// The strides of the packed view are those of [seqlen, heads].
// VIEW-SAME: "params":[{"kind":"pointer","view":{"argument":0}},{"kind":"stride","view":{"argument":0},"dimension":1},{"kind":"stride","view":{"argument":0},"dimension":2}
// LINALG-NOT: "adjacent"
func.func @dense(%q: tensor<2x48x16x128xbf16>, %k: tensor<2x512x4x128xbf16>, %v: tensor<2x512x4x128xbf16>, %sel: tensor<4x96x3xi32>)
    -> tensor<2x48x16x128xbf16> {
  %o = msa.attend %q, %k, %v, %sel {block_size = 64 : i64}
      : (tensor<2x48x16x128xbf16>, tensor<2x512x4x128xbf16>, tensor<2x512x4x128xbf16>, tensor<4x96x3xi32>) -> tensor<2x48x16x128xbf16>
  return %o : tensor<2x48x16x128xbf16>
}
