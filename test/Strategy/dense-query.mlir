// A dense query of unknown length is prefill, also when the normal phase has packed it; a single token a request is decode.
// RUN: msa-opt %s --normalize-selection --select-strategy=target=sm_90a | FileCheck %s

// CHECK-LABEL: @prefill
// CHECK: kind = prefill_query_tile
func.func @prefill(%q: tensor<?x?x8x64xbf16>, %k: tensor<?x?x4x64xbf16>, %sel: tensor<4x?x2xi32>) -> tensor<?x?x8x64xbf16> {
  %o = msa.attend %q, %k, %k, %sel {block_size = 64 : i64}
      : (tensor<?x?x8x64xbf16>, tensor<?x?x4x64xbf16>, tensor<?x?x4x64xbf16>, tensor<4x?x2xi32>) -> tensor<?x?x8x64xbf16>
  return %o : tensor<?x?x8x64xbf16>
}

// CHECK-LABEL: @decode
// CHECK: kind = decode_split_kv
func.func @decode(%q: tensor<?x1x8x64xbf16>, %k: tensor<?x?x4x64xbf16>, %sel: tensor<4x?x2xi32>) -> tensor<?x1x8x64xbf16> {
  %o = msa.attend %q, %k, %k, %sel {block_size = 64 : i64}
      : (tensor<?x1x8x64xbf16>, tensor<?x?x4x64xbf16>, tensor<?x?x4x64xbf16>, tensor<4x?x2xi32>) -> tensor<?x1x8x64xbf16>
  return %o : tensor<?x1x8x64xbf16>
}
