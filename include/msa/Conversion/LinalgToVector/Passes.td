// Passes of the linalg-to-vector conversion: linalg on memrefs in, scf + vector loops out. They know no msa and no tile op.
#ifndef MSA_CONVERSION_LINALGTOVECTOR_PASSES_TD
#define MSA_CONVERSION_LINALGTOVECTOR_PASSES_TD
include "mlir/Pass/PassBase.td"

def LinalgToVector : Pass<"linalg-to-vector", "::mlir::func::FuncOp"> {
  let summary = "Lower linalg ops on memrefs to scf loops over vector registers";
  let description = [{
    The one code generator of the CPU target: `msa-to-linalg` (after bufferisation) and `tile-to-loops` both end here.

    Assumes: linalg ops have buffer semantics. Everything else is left alone, except `memref.copy`, which becomes loops too.

    Guarantees: no linalg op and no `memref.copy` is left, for any shapes, strides and element types:
      * 2-D contractions `C[m, n] += A . B`, whatever the axis order of A and B, of bf16, f16 or f32 into f32, become
        register-blocked loops (4 rows by 2 vectors of fused multiply-adds) over operands that are packed to f32 where they
        are narrow or lie the wrong way;
      * other structured ops become one loop per axis, the contiguous axis in vectors, column and row reductions held in
        registers; what has no contiguous axis becomes scalar loops;
      * sizes that are no multiple of the vector width, or dynamic, get narrower remainder loops; nothing is read or written
        out of bounds.
    A contraction adds its products in another order than a naive loop would.

    Example:

    ```mlir
    linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
        ins(%a : memref<16xf32>) outs(%o : memref<16x64xf32>) { ^bb0(%x: f32, %y: f32): %p = arith.mulf %x, %y : f32  linalg.yield %p : f32 }
    // becomes
    scf.for %i = %c0 to %c16 step %c1 {
      %x = memref.load %a[%i] : memref<16xf32>
      scf.for %j = %c0 to %c64 step %c8 {
        %v = vector.broadcast %x : f32 to vector<8xf32>
        %y = vector.load %o[%i, %j] : memref<16x64xf32>, vector<8xf32>
        ...
    ```
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 lanes of a vector register: 4, 8 (AVX2) or 16 (AVX-512)">
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}
#endif
