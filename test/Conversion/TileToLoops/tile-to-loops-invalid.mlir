// RUN: msa-opt %s --tile-to-loops --split-input-file --verify-diagnostics

tile.kernel @ring(%n: index) attributes {warps = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ring = tile.make_ring : !tile.ring<2 x 16, 8, f32>
  // expected-error@+1 {{carries '!tile.ring<2 x 16, 8, f32>', but only shared tiles, fragments and rows can be carried}}
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %ring) -> (!tile.ring<2 x 16, 8, f32>) {
    scf.yield %a : !tile.ring<2 x 16, 8, f32>
  }
  tile.return
}
func.func @host(%n: index) {
  tile.launch @ring grid(%n, %n, %n) args(%n) : index
  return
}

// -----
tile.kernel @while(%x: f32, %go: i1) attributes {warps = 1 : i64} {
  %t = tile.splat %x : f32 -> !tile.rows<16, f32>
  // expected-error@+1 {{expects no tiles as operands, arguments or results of an op that tile-to-loops does not know}}
  %r = scf.while (%a = %t) : (!tile.rows<16, f32>) -> !tile.rows<16, f32> {
    scf.condition(%go) %a : !tile.rows<16, f32>
  } do {
  ^bb0(%a: !tile.rows<16, f32>):
    scf.yield %a : !tile.rows<16, f32>
  }
  tile.return
}
func.func @host(%n: index, %x: f32, %go: i1) {
  tile.launch @while grid(%n, %n, %n) args(%x, %go) : f32, i1
  return
}
