// RUN: msa-opt %s --split-input-file --verify-diagnostics

// mma_c1
func.func @contraction(%a: !tile.smem<16, 32, f16>, %b: !tile.smem<16, 8, f16>, %c: !tile.frag<16, 8, f32>) {
  // expected-error@+1 {{contracts over 32 columns of a, but b has 16}}
  %d = tile.mma %a, %b, %c : !tile.smem<16, 32, f16>, !tile.smem<16, 8, f16>, !tile.frag<16, 8, f32>
  return
}

// -----
// mma_c2
func.func @shape(%a: !tile.smem<16, 32, f16>, %b: !tile.smem<16, 32, f16>, %c: !tile.frag<16, 8, f32>) {
  // expected-error@+1 {{accumulates 16x16, but acc is '!tile.frag<16, 8, f32>'}}
  %d = tile.mma %a, transpose %b, %c : !tile.smem<16, 32, f16>, !tile.smem<16, 32, f16>, !tile.frag<16, 8, f32>
  return
}

// -----
// mma_c3
func.func @element(%a: !tile.frag<16, 32, f16>, %b: !tile.smem<32, 8, bf16>, %c: !tile.frag<16, 8, f32>) {
  // expected-error@+1 {{multiplies 'f16' by 'bf16'}}
  %d = tile.mma %a, %b, %c : !tile.frag<16, 32, f16>, !tile.smem<32, 8, bf16>, !tile.frag<16, 8, f32>
  return
}

// -----
// mma_c4
func.func @accumulator(%a: !tile.frag<16, 32, f16>, %b: !tile.smem<32, 8, f16>, %c: !tile.frag<16, 8, f16>) {
  // expected-error@+1 {{accumulates in f32, but acc is '!tile.frag<16, 8, f16>'}}
  %d = tile.mma %a, %b, %c : !tile.frag<16, 32, f16>, !tile.smem<32, 8, f16>, !tile.frag<16, 8, f16>
  return
}

// -----
// mma_c5
func.func @parts(%a: !tile.frag<32, 32, f16>, %b: !tile.smem<48, 32, f16>, %c: !tile.frag<32, 16, f32>) {
  // expected-error@+1 {{expects parts to divide the rows of acc and b, but got 3 parts of 32 and 48 rows}}
  %d = tile.mma %a, transpose %b, %c parts 3 : !tile.frag<32, 32, f16>, !tile.smem<48, 32, f16>, !tile.frag<32, 16, f32>
  return
}

// -----
// splat_c1
func.func @splat(%x: f32) {
  // expected-error@+1 {{fills '!tile.rows<16, i32>' with 'f32'}}
  %r = tile.splat %x : f32 -> !tile.rows<16, i32>
  return
}

// -----
// mask_cols_c1
func.func @count(%s: !tile.frag<16, 8, f32>, %n: !tile.rows<32, i32>) {
  // expected-error@+1 {{expects an i32 count for each of 16 rows, but got '!tile.rows<32, i32>'}}
  %t = tile.mask_cols %s, %n : !tile.frag<16, 8, f32>, !tile.rows<32, i32>
  return
}

// -----
// mask_cols_c2
func.func @masked(%s: !tile.frag<16, 8, bf16>, %n: !tile.rows<16, i32>) {
  // expected-error@+1 {{masks f32 fragments, but got '!tile.frag<16, 8, bf16>'}}
  %t = tile.mask_cols %s, %n : !tile.frag<16, 8, bf16>, !tile.rows<16, i32>
  return
}

// -----
// row_reduce_c1
func.func @reduce(%s: !tile.frag<16, 8, f32>) {
  // expected-error@+1 {{reduces '!tile.frag<16, 8, f32>' to '!tile.rows<32, f32>'}}
  %t = tile.row_reduce add %s : !tile.frag<16, 8, f32> -> !tile.rows<32, f32>
  return
}

// -----
// col_reduce_c1
func.func @columns(%s: !tile.frag<16, 8, bf16>) {
  // expected-error@+1 {{reduces f32, but got '!tile.frag<16, 8, bf16>'}}
  %t = tile.col_reduce add %s : !tile.frag<16, 8, bf16>
  return
}

// -----
// if_rows_c1
func.func @counts(%n: !tile.rows<16, f32>, %x: !tile.rows<16, f32>) {
  // expected-error@+1 {{expects i32 counts, but got '!tile.rows<16, f32>'}}
  %r = tile.if_rows %n, %x {
    tile.yield %x : !tile.rows<16, f32>
  } : !tile.rows<16, f32>, !tile.rows<16, f32>
  return
}

// -----
// if_rows_c2
func.func @arguments(%n: !tile.rows<16, i32>, %x: !tile.rows<16, f32>) {
  // expected-error@+1 {{expects a region without arguments, but it has 1}}
  %r = tile.if_rows %n, %x {
  ^bb0(%row: index):
    tile.yield %x : !tile.rows<16, f32>
  } : !tile.rows<16, i32>, !tile.rows<16, f32>
  return
}

// -----
// if_rows_c3
func.func @yields(%n: !tile.rows<16, i32>, %x: !tile.rows<16, f32>) {
  // expected-error@+1 {{expects its region to yield '!tile.rows<16, f32>'}}
  %r = tile.if_rows %n, %x {
    tile.yield %n : !tile.rows<16, i32>
  } : !tile.rows<16, i32>, !tile.rows<16, f32>
  return
}

// -----
// if_rows_c4
func.func @rows(%n: !tile.rows<16, i32>, %x: !tile.rows<32, f32>) {
  // expected-error@+1 {{counts 16 rows, but makes '!tile.rows<32, f32>'}}
  %r = tile.if_rows %n, %x {
    tile.yield %x : !tile.rows<32, f32>
  } : !tile.rows<16, i32>, !tile.rows<32, f32>
  return
}

// -----
// fold_cols_c1
func.func @foldRows(%s: !tile.frag<32, 64, f32>) {
  // expected-error@+1 {{folds '!tile.frag<32, 64, f32>' to '!tile.frag<16, 8, f32>'}}
  %f = tile.fold_cols max %s : !tile.frag<32, 64, f32> -> !tile.frag<16, 8, f32>
  return
}

// -----
// fold_cols_c2
func.func @foldColumns(%s: !tile.frag<16, 24, f32>) {
  // expected-error@+1 {{folds 24 columns to 16, which does not divide them}}
  %f = tile.fold_cols max %s : !tile.frag<16, 24, f32> -> !tile.frag<16, 16, f32>
  return
}

// -----
// fold_cols_c3
func.func @foldElements(%s: !tile.frag<16, 16, bf16>) {
  // expected-error@+1 {{folds f32 fragments, but got '!tile.frag<16, 16, bf16>'}}
  %f = tile.fold_cols add %s : !tile.frag<16, 16, bf16> -> !tile.frag<16, 8, bf16>
  return
}

// -----
// mma_c6
func.func @columns(%p: !tile.frag<16, 32, bf16>, %v: !tile.smem<32, 96, bf16>, %o: !tile.frag<16, 64, f32>) {
  // expected-error@+1 {{takes columns in sixteens of a b that is not transposed, but 64 from 48 are taken of 96}}
  %r = tile.mma %p, %v, %o columns 48 : !tile.frag<16, 32, bf16>, !tile.smem<32, 96, bf16>, !tile.frag<16, 64, f32>
  return
}
