// What LLVM would end the process over is an error at the module, and the pass manager lives on to say so.
// RUN: not msa-opt %s --emit-ptx=chip=sm_90 2>&1 | FileCheck %s --check-prefix=SELECT
// RUN: not msa-opt %s --emit-ptx=chip=sm_00 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not msa-opt %s --emit-ptx="chip=sm_100 ptx-version=80" 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: not msa-opt %s --emit-ptx="chip=sm_80 ptx-version=99" 2>&1 | FileCheck %s --check-prefix=NEW
// RUN: not msa-opt %s --emit-ptx 2>&1 | FileCheck %s --check-prefix=NONE

// SELECT: [[@LINE+5]]:1: error: [codegen] needs instructions that LLVM selects for sm_90 at PTX ISA 7.8, but Cannot select: {{.*}}wgmma
// CHIP: error: [unknown-target] needs one of cpu, sm_80, {{.*}}, but got 'sm_00'
// OLD: error: [ptx-version] needs PTX ISA 8.6 or later for sm_100, but got 8.0
// NEW: error: [ptx-version] needs PTX ISA 9.0 or earlier, but got 9.9
// NONE: error: [unknown-target] needs a chip as the option `chip` or as #nvvm.target, but found neither
gpu.module @k {
  llvm.func @wgmma() attributes {gpu.kernel, nvvm.kernel} {
    nvvm.wgmma.fence.aligned
    llvm.return
  }
}
