// Folds and canonicalisations: relayouts merge or vanish, results nobody reads go, casts are seen through, no tokens are no work.
// RUN: msa-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @identity
// CHECK-SAME: %[[SEL:.*]]: tensor<4x8x16xi32>
// CHECK-NEXT: return %[[SEL]], %[[SEL]]
func.func @identity(%sel: tensor<4x8x16xi32>) -> (tensor<4x8x16xi32>, tensor<4x8x16xi32>) {
  %same = msa.relayout_selection %sel {from = #msa.selection<layout = hqk, order = any>, to = #msa.selection<layout = hqk, order = any>}
      : (tensor<4x8x16xi32>) -> tensor<4x8x16xi32>
  %weaker = msa.relayout_selection %sel {from = #msa.selection<layout = hqk, order = ascending>, to = #msa.selection<layout = hqk, order = local_last>}
      : (tensor<4x8x16xi32>) -> tensor<4x8x16xi32>
  return %same, %weaker : tensor<4x8x16xi32>, tensor<4x8x16xi32>
}

// A stronger order is not for free.
// CHECK-LABEL: @sorting
// CHECK: msa.relayout_selection
func.func @sorting(%sel: tensor<4x8x16xi32>) -> tensor<4x8x16xi32> {
  %r = msa.relayout_selection %sel {from = #msa.selection<layout = hqk, order = score>, to = #msa.selection<layout = hqk, order = local_last>}
      : (tensor<4x8x16xi32>) -> tensor<4x8x16xi32>
  return %r : tensor<4x8x16xi32>
}

// CHECK-LABEL: @merge
// CHECK-SAME: %[[SEL:.*]]: tensor<8x4x16xi32>
// CHECK-NEXT: %[[R:.*]] = msa.relayout_selection %[[SEL]] {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = qhk, order = ascending>}
// CHECK-NEXT: return %[[R]]
func.func @merge(%sel: tensor<8x4x16xi32>) -> tensor<8x4x16xi32> {
  %a = msa.relayout_selection %sel {from = #msa.selection<layout = qhk, order = any>, to = #msa.selection<layout = hqk, order = any>}
      : (tensor<8x4x16xi32>) -> tensor<4x8x16xi32>
  %b = msa.relayout_selection %a {from = #msa.selection<layout = hqk, order = any>, to = #msa.selection<layout = qhk, order = ascending>}
      : (tensor<4x8x16xi32>) -> tensor<8x4x16xi32>
  return %b : tensor<8x4x16xi32>
}

// CHECK-LABEL: @unused
// CHECK: msa.select_blocks {{.*}} -> tensor<4x8x2xi32>
// CHECK: msa.attend {{.*}} -> tensor<8x8x64xf32>
// CHECK: msa.combine {{.*}} -> tensor<8x8x64xf32>
// CHECK: msa.attention {{.*}} -> (tensor<8x8x64xf32>, tensor<4x8x2xi32>)
func.func @unused(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %iq: tensor<8x4x64xf32>, %ik: tensor<?x64xf32>, %p: tensor<2x8x8x64xf32>,
                  %l: tensor<2x8x8xf32>) -> (tensor<8x8x64xf32>, tensor<8x8x64xf32>, tensor<8x8x64xf32>, tensor<4x8x2xi32>) {
  %sel, %scores = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 2 : i64}
      : (tensor<8x4x64xf32>, tensor<?x64xf32>) -> (tensor<4x8x2xi32>, tensor<4x8x2xf32>)
  %o, %lse = msa.attend %q, %k, %k, %sel {block_size = 128 : i64}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<8x8x64xf32>, tensor<8x8xf32>)
  %c, %clse = msa.combine %p, %l : (tensor<2x8x8x64xf32>, tensor<2x8x8xf32>) -> (tensor<8x8x64xf32>, tensor<8x8xf32>)
  %a, %alse, %asel = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 128 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<8x4x64xf32>, tensor<?x64xf32>)
        -> (tensor<8x8x64xf32>, tensor<8x8xf32>, tensor<4x8x2xi32>)
  return %o, %c, %a, %asel : tensor<8x8x64xf32>, tensor<8x8x64xf32>, tensor<8x8x64xf32>, tensor<4x8x2xi32>
}

// Partial results keep their LSE: they mean nothing without it.
// CHECK-LABEL: @partial
// CHECK: msa.attend {{.*}} -> (tensor<2x8x8x64xf32>, tensor<2x8x8xf32>)
func.func @partial(%q: tensor<8x8x64xf32>, %k: tensor<?x4x64xf32>, %sel: tensor<4x8x2xi32>) -> tensor<2x8x8x64xf32> {
  %o, %lse = msa.attend %q, %k, %k, %sel {block_size = 128 : i64, splits = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> (tensor<2x8x8x64xf32>, tensor<2x8x8xf32>)
  return %o : tensor<2x8x8x64xf32>
}

// What an operand's cast forgot, the result knows.
// CHECK-LABEL: @casts
// CHECK: %[[O:.*]] = msa.attend %{{.*}} : (tensor<8x8x64xf32>, tensor<256x4x64xf32>, tensor<?x4x64xf32>, tensor<4x?x2xi32>) -> tensor<8x8x64xf32>
// CHECK: return %[[O]] : tensor<8x8x64xf32>
func.func @casts(%q: tensor<8x8x64xf32>, %k: tensor<256x4x64xf32>, %v: tensor<?x4x64xf32>, %sel: tensor<4x?x2xi32>) -> tensor<8x8x64xf32> {
  %qd = tensor.cast %q : tensor<8x8x64xf32> to tensor<?x8x64xf32>
  %kd = tensor.cast %k : tensor<256x4x64xf32> to tensor<?x4x64xf32>
  %o = msa.attend %qd, %kd, %v, %sel {block_size = 128 : i64}
      : (tensor<?x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x?x2xi32>) -> tensor<?x8x64xf32>
  %r = tensor.cast %o : tensor<?x8x64xf32> to tensor<8x8x64xf32>
  return %r : tensor<8x8x64xf32>
}

// CHECK-LABEL: @nothing
// CHECK-NOT: msa
// CHECK: tensor.empty() : tensor<0x8x64xf32>
func.func @nothing(%q: tensor<0x8x64xf32>, %k: tensor<?x4x64xf32>, %sel: tensor<4x0x2xi32>) -> tensor<0x8x64xf32> {
  %o = msa.attend %q, %k, %k, %sel {block_size = 128 : i64}
      : (tensor<0x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x0x2xi32>) -> tensor<0x8x64xf32>
  return %o : tensor<0x8x64xf32>
}
