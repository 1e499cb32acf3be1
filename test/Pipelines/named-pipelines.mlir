// The named pipelines go the whole way by one flag.
// RUN: msa-opt %s --msa-to-ptx-pipeline=target=sm_80 | FileCheck %s --check-prefix=PTX
// RUN: msa-opt %s --msa-to-cpu-pipeline | FileCheck %s --check-prefix=CPU
// RUN: msa-opt %s --msa-to-reader-pipeline=target=sm_80 | FileCheck %s --check-prefix=READER
// RUN: not msa-opt %s --msa-to-ptx-pipeline=target=sm_00 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// PTX: gpu.binary @kernels
// PTX-SAME: .visible .entry combine
// PTX: gpu.launch_func @kernels::@combine
// CPU: llvm.func @merge(%{{.*}}: !llvm.ptr)
// READER: llvm.func @merge(%{{.*}}: !llvm.ptr)
// UNKNOWN: error: [unknown-target] needs one of cpu, sm_80, {{.*}}, but got 'sm_00'
func.func @merge(%p: tensor<4x?x64x128xf32>, %l: tensor<4x?x64xf32>) -> tensor<?x64x128xbf16> {
  %o = msa.combine %p, %l : (tensor<4x?x64x128xf32>, tensor<4x?x64xf32>) -> tensor<?x64x128xbf16>
  return %o : tensor<?x64x128xbf16>
}
