// A host function of launches becomes a plan: sizes as expressions of the arguments' shapes, temporaries, views with offsets.
// REQUIRES: msa-compile
// RUN: msa-compile %s --target=sm_80 --compile-from=nvvm | FileCheck %s

// CHECK: "temporaries":[{"dtype":"f32","shape":{{\[\[}}"mul",["dim",0,0],4],64]}]
// CHECK-SAME: "kernel":"fill","module":0,"grid":{{\[\[}}"ceildiv",["dim",0,0],16],2,1],"threads":64,"smem_bytes":512
// Keys and values of one interleaved cache are two views of it; a temporary is seen like an argument.
// CHECK-SAME: {"kind":"pointer","view":{"argument":0}},{"kind":"stride","view":{"argument":0},"dimension":0}
// CHECK-SAME: {"kind":"pointer","view":{"argument":0,"offset":[0,128]}}
// CHECK-SAME: {"kind":"pointer","view":{"temporary":0}}
// CHECK-SAME: {"kind":"size","value":["min",["dim",0,0],1024]}
// CHECK-SAME: {"kind":"f32","value":0.5}
// A tensor map: panels of 64 columns, boxes of 32 rows.
// CHECK-SAME: {"kind":"tensor_map","view":{"argument":0,"offset":[0,128]},"dims":[{"dimension":1,"step":1,"size":64,"box":64},{"dimension":0,"step":1,"size":["dim",0,0],"box":32},{"dimension":1,"step":64,"size":2,"box":2}],"swizzle_bytes":128}
// 16-bit floats are copied 16 bytes at a time; other elements one by one, unless the kernel says more.
// CHECK-SAME: "align_bytes":[16,16,4]
// CHECK-SAME: "kernel":"fill2"{{.*}}"align_bytes":[32]
// CHECK-SAME: .visible .entry fill(
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @fill(%a: !llvm.ptr<1>, %s: i64, %b: !llvm.ptr<1>, %t: !llvm.ptr<1>, %n: i64, %f: f32, %m: !llvm.ptr)
        attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 64>, msa.threads = 64 : i64, msa.smem_bytes = 512 : i64,
                    msa.params = ["ptr:0", "stride:0:0", "ptr:1", "ptr:2", "size:3", "f32:4", "map:1:0:32"]} {
      llvm.return
    }
    llvm.func @fill2(%t: !llvm.ptr<1>)
        attributes {gpu.kernel, nvvm.kernel, msa.threads = 32 : i64, msa.smem_bytes = 0 : i64, msa.params = ["ptr:0"], msa.align = [32]} {
      llvm.return
    }
  }
  func.func @host(%kv: memref<?x256xbf16, strided<[?, 1], offset: ?>>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c16 = arith.constant 16 : index
    %c64 = arith.constant 64 : index
    %c1024 = arith.constant 1024 : index
    %smem = arith.constant 512 : i32
    %half = arith.constant 5.000000e-01 : f32
    %n = memref.dim %kv, %c0 : memref<?x256xbf16, strided<[?, 1], offset: ?>>
    %rows = arith.muli %n, %c4 : index
    %t = memref.alloc(%rows) : memref<?x64xf32>
    %k = memref.subview %kv[0, 0] [%n, 128] [1, 1]
        : memref<?x256xbf16, strided<[?, 1], offset: ?>> to memref<?x128xbf16, strided<[?, 1], offset: ?>>
    %v = memref.subview %kv[0, 128] [%n, 128] [1, 1]
        : memref<?x256xbf16, strided<[?, 1], offset: ?>> to memref<?x128xbf16, strided<[?, 1], offset: ?>>
    %grid = arith.ceildivsi %n, %c16 : index
    %least = arith.minsi %n, %c1024 : index
    gpu.launch_func @kernels::@fill blocks in (%grid, %c2, %c1) threads in (%c64, %c1, %c1) dynamic_shared_memory_size %smem
        args(%k : memref<?x128xbf16, strided<[?, 1], offset: ?>>, %v : memref<?x128xbf16, strided<[?, 1], offset: ?>>,
             %t : memref<?x64xf32>, %least : index, %half : f32)
    gpu.launch_func @kernels::@fill2 blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1) args(%t : memref<?x64xf32>)
    return
  }
}
