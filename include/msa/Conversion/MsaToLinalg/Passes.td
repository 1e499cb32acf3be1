// The CPU target's lowering of msa ops, and their meaning in upstream dialects for any other compiler.
#ifndef MSA_CONVERSION_MSATOLINALG_PASSES_TD
#define MSA_CONVERSION_MSATOLINALG_PASSES_TD
include "mlir/Pass/PassBase.td"

def MsaToLinalg : Pass<"msa-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "Decompose msa ops on tensors into linalg, tensor, scf, arith and math";
  let description = [{
    Assumes: msa ops in tensor form, `msa.attention` decomposed. Strategies and tile configs are not looked at.

    Guarantees: no msa op is left. Each is one `scf.forall` (attend: over query tokens, KV heads and splits; index_scores and
    select_blocks from index queries: over tiles of tokens; the others over rows) whose body works on tiles of static size:
      * attend is the online softmax over the selected blocks, a KV tile of at most 128 keys at a time, scores kept transposed
        ([keys, rows]) so that row maxima and sums are elementwise. One body serves one token, so what it may see is a prefix
        of each block: no mask, and no key, value or page past the visible keys is read, whatever they hold;
      * scores are masked only in tiles that some token sees in part;
      * selection is exact: a sorted list of the best, ties to the lower id, NaN last.
    Arithmetic is f32. No score matrix is made for select_blocks from index queries but for the tile at hand.

    Example:

    ```mlir
    %o = msa.attend %q, %k, %v, %sel {block_size = 64 : i64}
        : (tensor<8x16x128xbf16>, tensor<512x2x128xbf16>, tensor<512x2x128xbf16>, tensor<2x8x4xi32>) -> tensor<8x16x128xbf16>
    // becomes
    %o = scf.forall (%t, %h) in (8, 2) shared_outs(%out = %empty) -> (tensor<8x16x128xbf16>) {
      ...
      %state:3 = scf.for %slot = %c0 to %slots step %c1 iter_args(%max = %neg_inf, %sum = %zero, %acc = %zeros) {
        %id = tensor.extract %sel[%h, %t, %slot] : tensor<2x8x4xi32>
        ...
        %s = linalg.matmul ins(%keys, %qt : tensor<?x128xbf16>, tensor<128x8xf32>) outs(%s0 : tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}
#endif
