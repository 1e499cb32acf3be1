// The meaning is taken from the input, before any pass: attention as its two parts, slices as slices, names from roles.
// REQUIRES: msa-compile
// RUN: msa-compile %s --target=cpu --compile-to=input | FileCheck %s

// CHECK: msa.meaning = "
// CHECK-SAME: \22name\22:\22whole\22
// CHECK-SAME: {\22name\22:\22q\22,
// CHECK-SAME: {\22name\22:\22kv\22,\22dtype\22:\22f32\22,\22shape\22:[-1,2,128]
// CHECK-SAME: {\22name\22:\22index_query\22
// CHECK-SAME: {\22name\22:\22index_key\22
// CHECK-SAME: {\22name\22:\22output\22,{{.*}}\22output_shape\22:[{{\[}}\22dim\22,0,0],8,64]}
// CHECK-SAME: {\22op\22:\22slice\22,\22operands\22:{\22source\22:1},\22results\22:[5],\22offsets\22:[0,0,0],\22sizes\22:[-1,2,64]}
// CHECK-SAME: {\22op\22:\22slice\22,\22operands\22:{\22source\22:1},\22results\22:[6],\22offsets\22:[0,0,64],\22sizes\22:[-1,2,64]}
// CHECK-SAME: {\22op\22:\22select_blocks\22,\22operands\22:{\22index_key\22:3,\22index_query\22:2},\22results\22:[7]
// CHECK-SAME: {\22op\22:\22attend\22,\22operands\22:{\22key\22:5,\22query\22:0,\22selected\22:7,\22value\22:6},\22results\22:[4]
// CHECK-SAME: \22softmax_scale\22:0.125
// CHECK-SAME: \22name\22:\22foreign\22
// CHECK-SAME: \22meaning\22:\22none: arith.addf is no op of the msa dialect\22
func.func @whole(%q: tensor<?x8x64xf32>, %kv: tensor<?x2x128xf32>, %iq: tensor<?x2x64xf32>, %ik: tensor<?x64xf32>) -> tensor<?x8x64xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %kv, %c0 : tensor<?x2x128xf32>
  %k = tensor.extract_slice %kv[0, 0, 0] [%n, 2, 64] [1, 1, 1] : tensor<?x2x128xf32> to tensor<?x2x64xf32>
  %v = tensor.extract_slice %kv[0, 0, 64] [%n, 2, 64] [1, 1, 1] : tensor<?x2x128xf32> to tensor<?x2x64xf32>
  %o = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 64 : i64, topk = 4 : i64}
      : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?x64xf32>) -> tensor<?x8x64xf32>
  return %o : tensor<?x8x64xf32>
}
func.func @foreign(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = arith.addf %x, %x : tensor<8xf32>
  return %y : tensor<8xf32>
}
