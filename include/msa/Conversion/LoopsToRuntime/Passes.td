// Passes between loops over buffers and the CPU runtime's ABI. They know no msa and no tile op.
#ifndef MSA_CONVERSION_LOOPSTORUNTIME_PASSES_TD
#define MSA_CONVERSION_LOOPSTORUNTIME_PASSES_TD
include "mlir/Pass/PassBase.td"

def BufferizeProgram : Pass<"bufferize-program", "::mlir::ModuleOp"> {
  let summary = "Bufferize a program's functions; tensors at the door may have any strides";
  let description = [{
    One-shot bufferisation across function boundaries, after empty tensors have been replaced by the destinations their
    contents end up in.

    Assumes: functions return no tensors; results are written to memref parameters by
    `bufferization.materialize_in_destination`.

    Guarantees: no tensor is left. A tensor parameter is a memref of any offset and any strides, but floating-point ones have
    a last stride of 1. Copies are `linalg.copy`, which vectorises, or `memref.copy`, which `forward-copies-to-outputs` knows.

    Example:

    ```mlir
    func.func @f(%q: tensor<8x64x128xbf16>)
    // becomes
    func.func @f(%q: memref<8x64x128xbf16, strided<[?, ?, 1], offset: ?>>)
    ```
  }];
  let options = [Option<"memrefCopies", "memref-copies", "bool", "false", "make memref.copy instead of linalg.copy">];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect"];
}

def PlaceTemporaries : Pass<"place-temporaries", "::mlir::func::FuncOp"> {
  let summary = "Put small temporaries on the stack of the parallel body that uses them, free the others";
  let description = [{
    Assumes: every `memref.alloc` dies inside the block that made it (no loop carries it round, none is returned).

    Guarantees: a `memref.alloc` of static size inside an `scf.parallel` or `scf.forall`, of at most `max-stack-bytes`, is a
    `memref.alloca` at the start of the outermost such body, so that it costs nothing a turn and never grows the stack in a
    loop. Every other one has a `memref.dealloc` at the end of its block. A temporary that outlives its block is an error.

    Example:

    ```mlir
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      scf.for %j = %c0 to %m step %c1 {
        %t = memref.alloc() : memref<64x16xf32>
        ...
    // becomes
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %t = memref.alloca() {alignment = 64 : i64} : memref<64x16xf32>
      scf.for %j = %c0 to %m step %c1 {
        ...
    ```
  }];
  let options = [
    Option<"maxStackBytes", "max-stack-bytes", "int64_t", "524288", "largest temporary that may lie on the stack">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def LowerReshapes : Pass<"lower-reshapes", "::mlir::func::FuncOp"> {
  let summary = "Turn memref.expand_shape and memref.collapse_shape into views with sizes and strides written out";
  let description = [{
    Upstream's expand-strided-metadata reads memory that is not there where a group has two dynamic sizes, as
    `[batch, seqlen]` has.

    Assumes: strided memrefs. Guarantees: no memref.expand_shape and no memref.collapse_shape is left.

    Example:

    ```mlir
    %d = memref.expand_shape %m [[0, 1], [2]] output_shape [%b, %s, 64] : memref<?x64xf32> into memref<?x?x64xf32>
    // becomes
    %base, %offset, %sizes:2, %strides:2 = memref.extract_strided_metadata %m : memref<?x64xf32> -> ...
    %row = arith.muli %s, %c64 : index
    %d = memref.reinterpret_cast %base to offset: [0], sizes: [%b, %s, 64], strides: [%row, 64, 1] : memref<f32> to memref<?x?x64xf32, ...>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def OutlineParallel : Pass<"outline-parallel", "::mlir::ModuleOp"> {
  let summary = "Move the bodies of parallel loops into functions that the runtime calls";
  let description = [{
    Assumes: `scf.parallel` without reductions (those are left alone, and run in sequence).

    Guarantees: every outermost `scf.parallel` is a call of a private declaration `NAME_parallel_N(count, values...)`, whose
    attribute `msa.parallel_body` names the new private function `NAME_parallel_N_body(i, values...)` that does turn `i` of
    `count`; several dimensions are counted as one. `values` are what the body uses from outside; constants are copied in.
    Loops inside a body stay, and run in sequence. Public functions are marked for `wrap-entries`, which gives the
    declarations their meaning once everything is in the llvm dialect.

    Example:

    ```mlir
    func.func @f(%m: memref<?xf32>, %n: index) {
      scf.parallel (%i) = (%c0) to (%n) step (%c1) { memref.store %zero, %m[%i] : memref<?xf32> }
    // becomes
    func.func @f(%m: memref<?xf32>, %n: index) {
      call @f_parallel_0(%n, %m) : (index, memref<?xf32>) -> ()
    func.func private @f_parallel_0(index, memref<?xf32>) attributes {msa.parallel_body = @f_parallel_0_body}
    func.func private @f_parallel_0_body(%i: index, %m: memref<?xf32>) { memref.store %zero, %m[%i] : memref<?xf32> ... }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def ApproximateMath : Pass<"approximate-math", "::mlir::func::FuncOp"> {
  let summary = "Replace exponentials, logarithms and their like by polynomials in vector registers";
  let description = [{
    Assumes: nothing.

    Guarantees: no f32, f16 or bf16 math op that LLVM would turn into a call of libm is left where there is a polynomial for it.
    `math.exp2` is good to 2e-7 relative, is exactly 0 below -127 (no denormals) and infinite from 127.5 on, and keeps NaN.

    Example:

    ```mlir
    %e = math.exp2 %x : vector<8xf32>
    // becomes
    %biased = arith.addf %clamped, %magic : vector<8xf32>  // 1.5 * 2^23: the low bits are round(x)
    ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def ExpandBf16 : Pass<"expand-bf16", "::mlir::func::FuncOp"> {
  let summary = "Convert between f32 and bf16 with integer instructions";
  let description = [{
    x86-64 without AVX512-BF16 has no such conversions: LLVM would call a function, and `arith-expand` selects on 16-bit lanes, which LLVM
    takes apart into scalars.

    Assumes: nothing. Guarantees: no `arith.extf` of bf16 to f32 and no `arith.truncf` of f32 to bf16 is left, scalar or vector. Truncation
    rounds to nearest even and keeps infinities; NaN stays NaN.

    Example:

    ```mlir
    %n = arith.truncf %x : vector<8xf32> to vector<8xbf16>
    // becomes
    %bits = arith.bitcast %x : vector<8xf32> to vector<8xi32>
    %odd = arith.andi (arith.shrui %bits, 16), 1
    %rounded = arith.addi (arith.addi %bits, 0x7fff), %odd
    ...
    %n = arith.bitcast (arith.trunci (arith.shrui (arith.select %nan, %quiet, %rounded), 16) : vector<8xi16>) : vector<8xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def WrapEntries : Pass<"wrap-entries", "::mlir::ModuleOp"> {
  let summary = "Give functions in the llvm dialect the CPU program's ABI";
  let description = [{
    Assumes: the module is in the llvm dialect, converted from what `outline-parallel` made.

    Guarantees: each public function NAME of memrefs is `void NAME(void **descriptors)`, one pointer to a memref descriptor
    an argument; nothing else is exported but the variable `void (*msa_parallel_for)(int64_t n, void (*body)(int64_t i, void
    *context), void *context)`, which the loader sets. While it is null, turns run in sequence in the calling thread.

    Example:

    ```mlir
    llvm.func @f(%descriptors: !llvm.ptr)
    llvm.mlir.global external @msa_parallel_for() : !llvm.ptr
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}
#endif
