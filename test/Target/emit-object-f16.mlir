// f16 is converted by F16C; a CPU without it is refused, and so is a machine without a linker. The linker is the one that is named.
// RUN: msa-opt %s -cpu-codegen -emit-object="file=%t.so cpu=x86-64-v3" -o /dev/null && llvm-nm -D --undefined-only %t.so | count 0
// RUN: not msa-opt %s -cpu-codegen -emit-object="file=%t.so cpu=x86-64-v2" 2>&1 | FileCheck %s --check-prefix=F16
// RUN: not msa-opt %s -cpu-codegen -emit-object="file=%t.so cpu=x86-64-v3 lld=%t/none" 2>&1 | FileCheck %s --check-prefix=LINKER

// F16: error: [cpu-f16] needs a CPU that converts f16 (F16C, as x86-64-v3 has), but 'x86-64-v2' does not
// LINKER: error: [linker-missing] needs ld.lld to link the CPU program, but there is none at '{{.*}}none'
func.func @widen(%from: memref<?xf16, strided<[?], offset: ?>>, %to: memref<?xf32, strided<[?], offset: ?>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %from, %c0 : memref<?xf16, strided<[?], offset: ?>>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %x = memref.load %from[%i] : memref<?xf16, strided<[?], offset: ?>>
    %y = arith.extf %x : f16 to f32
    memref.store %y, %to[%i] : memref<?xf32, strided<[?], offset: ?>>
  }
  return
}
