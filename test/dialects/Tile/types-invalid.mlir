// RUN: msa-opt %s --split-input-file --verify-diagnostics

// element_c1
// expected-error@+1 {{expects elements of bf16, f16, f32 or i32, but got 'f64'}}
func.func private @element(!tile.frag<16, 8, f64>)

// -----
// smem_c1
// expected-error@+1 {{expects at least one row and one column, but got 16x0}}
func.func private @smem(!tile.smem<16, 0, f32>)

// -----
// frag_c1
// expected-error@+1 {{expects rows in multiples of 16 and columns in multiples of 8, but got 24x8}}
func.func private @fragRows(!tile.frag<24, 8, f32>)

// -----
// frag_c1
// expected-error@+1 {{expects rows in multiples of 16 and columns in multiples of 8, but got 16x12}}
func.func private @fragCols(!tile.frag<16, 12, f32>)

// -----
// rows_c1
// expected-error@+1 {{expects rows in multiples of 16, but got 8}}
func.func private @rows(!tile.rows<8, f32>)

// -----
// list_c1
// expected-error@+1 {{expects room for at least one entry, but got 0}}
func.func private @list(!tile.list<0>)

// -----
// ring_c1
// expected-error@+1 {{expects at least one stage, row and column, but got 0 x 16x8}}
func.func private @ring(!tile.ring<0 x 16, 8, f32>)

// -----
// best_c1
// expected-error@+1 {{expects rows in multiples of 16, but got 8}}
func.func private @rows_of_best(!tile.best<8, 16>)

// -----
// best_c2
// expected-error@+1 {{expects room for 1 to 64 entries a row, but got 65}}
func.func private @room_of_best(!tile.best<16, 65>)

// -----
// layout_c1
// expected-error@+1 {{swizzles 16-bit elements, rows in multiples of 8 and columns in multiples of 16, but got 64x24 of 'bf16'}}
func.func private @swizzle(!tile.smem<64, 24, bf16, swizzled>)

// -----
// layout_c1
// expected-error@+1 {{swizzles 16-bit elements, rows in multiples of 8 and columns in multiples of 16, but got 64x64 of 'f32'}}
func.func private @swizzleRing(!tile.ring<2 x 64, 64, f32, swizzled>)

// -----
// channel_c1
// expected-error@+1 {{expects at least one stage, but got 0}}
func.func private @channel(!tile.channel<0>)
