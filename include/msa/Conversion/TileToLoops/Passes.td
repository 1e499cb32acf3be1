#ifndef MSA_CONVERSION_TILETOLOOPS_PASSES
#define MSA_CONVERSION_TILETOLOOPS_PASSES
include "mlir/Pass/PassBase.td"

def TileToLoops : Pass<"tile-to-loops", "::mlir::ModuleOp"> {
  let summary = "Read tile kernels as loops: the CPU's reader";
  let description = [{
    Turns every `tile.launch` into an `scf.parallel` over the thread blocks of its grid (one induction variable, x
    fastest), whose body is the kernel read in order, then erases the kernels. What comes out holds upstream
    dialects only.

    *Assumes* valid `tile` kernels, sequential or staged, and launches in functions on memrefs.

    *Guarantees* the numbers of the program read in order: an asynchronous copy happens where it is issued, commits
    and waits are nothing. Every tile is a buffer of the thread block, allocated once at the top of the parallel
    body (`memref.alloca` until `stack-bytes` are used, then `memref.alloc`): whoever runs the body many times in
    one stack frame must bound its allocas there. A result takes an operand's buffer where that value is not needed
    any more; otherwise values are copied, so that loop-carried tiles mean what SSA says. Tile math is `linalg` on
    static shapes: `linalg.fill`, `linalg.copy`, contractions and elementwise or reducing `linalg.generic`; sums and
    products are in f32. Counts of valid rows are held to [0, piece]. `tile.roles` are read turn by turn: in each turn of
    their loops the producer's part, then the consumer's; what channels promise is asserted (`cf.assert`), and a slot
    that is released is filled with NaN, so that no one reads it unnoticed. Refused: tiles carried by anything but
    `scf.for` and `scf.if`; roles whose loops differ.

    Example:

    ```mlir
    tile.launch @scale grid(%n, %c1, %c1) args(%x) : memref<?x128xf32>
    // becomes
    scf.parallel (%block) = (%c0) to (%n) step (%c1) {
      %tile = memref.alloca() {alignment = 64 : i64} : memref<16x128xf32>
      scf.for %row = %c0 to %valid step %c1 {
        %from = memref.subview %x[%first, 0] [1, 128] [1, 1]
            : memref<?x128xf32> to memref<128xf32, strided<[1], offset: ?>>
        %to = memref.subview %tile[%row, 0] [1, 128] [1, 1]
            : memref<16x128xf32> to memref<128xf32, strided<[1], offset: ?>>
        linalg.copy ins(%from : memref<128xf32, strided<[1], offset: ?>>)
            outs(%to : memref<128xf32, strided<[1], offset: ?>>)
      }
    }
    ```
  }];
  let options = [Option<"stackBytes", "stack-bytes", "int64_t", /*default=*/"262144",
                        "Bytes of a thread block's tiles that may lie on the stack; the rest is allocated">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}
#endif
