// Structured ops that are no contraction: the axis that is contiguous everywhere runs in vectors.
// RUN: msa-opt %s -linalg-to-vector -canonicalize -cse | FileCheck %s

#rows = affine_map<(i, j) -> (i)>
#cols = affine_map<(i, j) -> (j)>
#both = affine_map<(i, j) -> (i, j)>
#turn = affine_map<(i, j) -> (j, i)>

// 20 columns: two vectors of 8 and one of 4. The row's scalar is loaded once.
// CHECK-LABEL: func.func @scale_rows
// CHECK:       scf.for %[[I:.*]] = %c0 to %c16 step %c1
// CHECK-NEXT:    %[[X:.*]] = memref.load %arg0[%[[I]]]
// CHECK:         scf.for %[[J:.*]] = %c0 to %c16 step %c8
// CHECK:           vector.broadcast %[[X]] : f32 to vector<8xf32>
// CHECK:         vector.load %arg1[%[[I]], %c16] : memref<16x20xf32>, vector<4xf32>
func.func @scale_rows(%a: memref<16xf32>, %o: memref<16x20xf32>) {
  linalg.generic {indexing_maps = [#rows, #both], iterator_types = ["parallel", "parallel"]} ins(%a : memref<16xf32>) outs(%o : memref<16x20xf32>) {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  return
}

// A mask from linalg.index: the vector axis counts lanes.
// CHECK-LABEL: func.func @mask
// CHECK-DAG:   %[[LANES:.*]] = vector.step : vector<8xindex>
// CHECK:       arith.cmpi sle, %{{.*}} : vector<8xindex>
// CHECK:       arith.select %{{.*}} : vector<8xi1>, vector<8xf32>
func.func @mask(%o: memref<16x8xf32>, %low: f32) {
  linalg.generic {indexing_maps = [#both], iterator_types = ["parallel", "parallel"]} outs(%o : memref<16x8xf32>) {
  ^bb0(%y: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %sees = arith.cmpi sle, %j, %i : index
    %m = arith.select %sees, %y, %low : f32
    linalg.yield %m : f32
  }
  return
}

// A sum down the columns stays in one register a strip, and needs no horizontal step.
// CHECK-LABEL: func.func @column_sum
// CHECK:       %[[SUM:.*]] = scf.for %{{.*}} = %c0 to %{{.*}} step %c1 iter_args(%{{.*}}) -> (vector<16xf32>)
// CHECK-NOT:   vector.shuffle
// CHECK:       vector.store %[[SUM]], %arg1[%c0]
func.func @column_sum(%a: memref<?x16xf32>, %o: memref<16xf32>) {
  linalg.generic {indexing_maps = [#both, #cols], iterator_types = ["reduction", "parallel"]} ins(%a : memref<?x16xf32>) outs(%o : memref<16xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  }
  return
}

// A maximum along the rows: four registers, halved until one lane is left, then the columns that are left over.
// CHECK-LABEL: func.func @row_max
// CHECK:       %[[OLD:.*]] = memref.load %arg1
// CHECK:       scf.for %{{.*}} = %c0 to %c64 step %c32 iter_args(%{{.*}} = %cst{{.*}}) -> (vector<32xf32>)
// CHECK-COUNT-10: vector.shuffle
// CHECK:       %[[TOP:.*]] = vector.extract %{{.*}}[0]
// CHECK:       %[[TOTAL:.*]] = arith.maximumf %[[OLD]], %[[TOP]]
// CHECK:       memref.load %arg0[%{{.*}}, %c64]
// CHECK:       memref.store
func.func @row_max(%a: memref<4x65xf32>, %o: memref<4xf32>) {
  linalg.generic {indexing_maps = [#both, #rows], iterator_types = ["parallel", "reduction"]} ins(%a : memref<4x65xf32>) outs(%o : memref<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.maximumf %x, %y : f32
    linalg.yield %s : f32
  }
  return
}

// No axis is contiguous on both sides, and a load in the body has no vector form: scalar loops.
// CHECK-LABEL: func.func @transpose
// CHECK-NOT:   vector
// CHECK:       memref.store
// CHECK-LABEL: func.func @gather
// CHECK-NOT:   vector
// CHECK:       memref.store
func.func @transpose(%a: memref<16x8xf32>, %o: memref<8x16xf32>) {
  linalg.generic {indexing_maps = [#both, #turn], iterator_types = ["parallel", "parallel"]} ins(%a : memref<16x8xf32>) outs(%o : memref<8x16xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}
func.func @gather(%a: memref<?xf32>, %ids: memref<8xindex>, %o: memref<8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%ids : memref<8xindex>) outs(%o : memref<8xf32>) {
  ^bb0(%i: index, %y: f32):
    %x = memref.load %a[%i] : memref<?xf32>
    linalg.yield %x : f32
  }
  return
}

// CHECK-LABEL: func.func @copy
// CHECK-NOT:   memref.copy
// CHECK:       vector.load
// CHECK-NEXT:  vector.store
func.func @copy(%a: memref<8x16xbf16>, %o: memref<8x16xbf16, strided<[64, 1]>>) {
  memref.copy %a, %o : memref<8x16xbf16> to memref<8x16xbf16, strided<[64, 1]>>
  return
}
