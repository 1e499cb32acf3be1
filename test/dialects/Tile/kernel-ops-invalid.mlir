// RUN: msa-opt %s --split-input-file --verify-diagnostics

// kernel_c1
// expected-error@+1 {{expects 1 to 32 warps, but got 33}}
tile.kernel @warps() attributes {warps = 33 : i64} {
  tile.return
}

// -----
// kernel_c2
// expected-error@+1 {{expects no results, but got 'f32'}}
tile.kernel @results() -> f32 attributes {warps = 1 : i64} {
  tile.return
}

// -----
// kernel_c3
// expected-error@+1 {{expects one block, but got 2}}
tile.kernel @blocks() attributes {warps = 1 : i64} {
  cf.br ^end
^end:
  tile.return
}

// -----
// kernel_c4
// expected-error@+1 {{expects memrefs and scalars as arguments, but got 'tensor<4xf32>'}}
tile.kernel @arguments(%x: tensor<4xf32>) attributes {warps = 1 : i64} {
  tile.return
}

// -----
// launch_c1
func.func @missing(%n: index) {
  // expected-error@+1 {{launches 'nothing', which is no tile.kernel}}
  tile.launch @nothing grid(%n, %n, %n) args(%n) : index
  return
}

// -----
// launch_c2
tile.kernel @copy(%x: memref<4xf32>) attributes {warps = 1 : i64} {
  tile.return
}
func.func @types(%n: index) {
  // expected-error@+1 {{passes arguments of types 'index', but 'copy' takes 'memref<4xf32>'}}
  tile.launch @copy grid(%n, %n, %n) args(%n) : index
  return
}

// -----
// launch_c3
tile.kernel @inner(%n: index) attributes {warps = 1 : i64} {
  tile.return
}
tile.kernel @outer(%n: index) attributes {warps = 1 : i64} {
  // expected-error@+1 {{expects to stand in a host function, but stands in a kernel}}
  tile.launch @inner grid(%n, %n, %n) args(%n) : index
  tile.return
}
