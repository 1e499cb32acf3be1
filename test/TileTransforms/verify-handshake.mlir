// A handshake that is right passes and is left as it is: a ring of two, work that rows may leave out, and two loops in a row.
// RUN: msa-opt %s -pass-pipeline='builtin.module(tile.kernel(verify-handshake))' | FileCheck %s

// CHECK-LABEL: tile.kernel @right
// CHECK: tile.roles
tile.kernel @right(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  %b = tile.make_channel commits 128 releases 4 : !tile.channel<3>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    %end = scf.for %i = %c0 to %m step %c1 iter_args(%use = %c0) -> index {
      tile.acquire %b[%use] : !tile.channel<3>
      tile.commit %b[%use] : !tile.channel<3>
      %next = arith.addi %use, %c1 : index
      scf.yield %next : index
    }
    tile.yield
  } consumer warps 4 {
    %rows = tile.splat %count : i32 -> !tile.rows<64, i32>
    scf.for %i = %c0 to %n step %c1 {
      %r = tile.if_rows %rows, %rows {
        tile.wait %a[%i] : !tile.channel<2>
        tile.yield %rows : !tile.rows<64, i32>
      } : !tile.rows<64, i32>, !tile.rows<64, i32>
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    %end = scf.for %i = %c0 to %m step %c1 iter_args(%use = %c0) -> index {
      tile.wait %b[%use] : !tile.channel<3>
      tile.release %b[%use] : !tile.channel<3>
      %next = arith.addi %use, %c1 : index
      scf.yield %next : index
    }
    tile.yield
  }
  tile.return
}
