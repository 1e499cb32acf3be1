// One kernel of everything we emit, for the oldest and newest chip of the table and one between: each at the lowest PTX that knows it.
// RUN: msa-opt %s --emit-ptx=chip=sm_80 | FileCheck %s --check-prefixes=CHECK,SM80
// RUN: msa-opt %s --emit-ptx=chip=sm_121 | FileCheck %s --check-prefixes=CHECK,SM121
// RUN: msa-opt %s --emit-ptx="chip=sm_90a ptx-version=83" | FileCheck %s --check-prefixes=CHECK,SM90A

// CHECK: gpu.binary @k
// SM80-SAME: .version 7.0\0A.target sm_80
// SM121-SAME: .version 8.8\0A.target sm_121
// SM90A-SAME: .version 8.3\0A.target sm_90a
// CHECK-SAME: .extern .shared .align 1024 .b8 smem[];
// CHECK-SAME: .visible .entry copy(
// CHECK-SAME: .maxntid 128
// CHECK-SAME: cp.async.cg.shared.global
// CHECK-SAME: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-SAME: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-SAME: ex2.approx.f32
gpu.module @k {
  llvm.mlir.global external @smem() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
  llvm.func @copy(%p: !llvm.ptr<1>, %n: i64, %s: f32) attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 128>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %base = llvm.mlir.addressof @smem : !llvm.ptr<3>
    %c16 = llvm.mlir.constant(16 : i32) : i32
    %o = llvm.mul %tid, %c16 : i32
    %sp = llvm.getelementptr %base[%o] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
    %gp = llvm.getelementptr %p[%o] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i8
    nvvm.cp.async.shared.global %sp, %gp, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
    nvvm.cp.async.commit.group
    nvvm.cp.async.wait.group 0
    nvvm.barrier0
    %r = nvvm.ldmatrix %sp {num = 4 : i32, layout = #nvvm.mma_layout<row>, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = #nvvm.ld_st_matrix_elt_type<b16>} : (!llvm.ptr<3>) -> !llvm.struct<(i32, i32, i32, i32)>
    %a0 = llvm.extractvalue %r[0] : !llvm.struct<(i32, i32, i32, i32)>
    %a1 = llvm.extractvalue %r[1] : !llvm.struct<(i32, i32, i32, i32)>
    %a2 = llvm.extractvalue %r[2] : !llvm.struct<(i32, i32, i32, i32)>
    %a3 = llvm.extractvalue %r[3] : !llvm.struct<(i32, i32, i32, i32)>
    %z = llvm.mlir.constant(0.0 : f32) : f32
    %d = nvvm.mma.sync A[%a0, %a1, %a2, %a3] B[%a0, %a1] C[%z, %z, %z, %z] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 16>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    %d0 = llvm.extractvalue %d[0] : !llvm.struct<(f32, f32, f32, f32)>
    %e = llvm.intr.exp2(%d0) : (f32) -> f32
    %f = llvm.fmul %e, %s : f32
    %h = llvm.fptrunc %f : f32 to bf16
    %gp2 = llvm.getelementptr %p[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, bf16
    llvm.store %h, %gp2 : bf16, !llvm.ptr<1>
    llvm.return
  }
}
