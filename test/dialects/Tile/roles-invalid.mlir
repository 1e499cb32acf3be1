// RUN: msa-opt %s --split-input-file --verify-diagnostics

// roles_c1
tile.kernel @warps() attributes {warps = 4 : i64} {
  // expected-error@+1 {{deals out 4 + 4 warps, but the kernel has 4}}
  tile.roles producer warps 4 {
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}

// -----
// roles_c2
tile.kernel @after() attributes {warps = 8 : i64} {
  // expected-error@+1 {{expects to be followed by tile.return only}}
  tile.roles producer warps 4 {
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  %x = tile.program_id 0
  tile.return
}

// -----
// roles_c3
tile.kernel @yields(%x: index) attributes {warps = 8 : i64} {
  // expected-error@+1 {{expects regions without arguments that end in a tile.yield of nothing}}
  tile.roles producer warps 4 {
    tile.yield %x : index
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}

// -----
// roles_c4
tile.kernel @rows(%x: f32) attributes {warps = 8 : i64} {
  // expected-error@+1 {{expects fragments and rows in the consumers only, but the producer makes '!tile.rows<64, f32>'}}
  tile.roles producer warps 4 {
    %r = tile.splat %x : f32 -> !tile.rows<64, f32>
    tile.yield
  } consumer warps 4 {
    tile.yield
  }
  tile.return
}

// -----
// handshake_c1
tile.kernel @consumer(%x: index) attributes {warps = 8 : i64} {
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    tile.yield
  } consumer warps 4 {
    // expected-error@+1 {{expects to stand in the producer of tile.roles}}
    tile.acquire %ch[%x] : !tile.channel<2>
    tile.yield
  }
  tile.return
}

// -----
// handshake_c1
tile.kernel @outside(%x: index) attributes {warps = 8 : i64} {
  %ch = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  // expected-error@+1 {{expects to stand in the consumer of tile.roles}}
  tile.release %ch[%x] : !tile.channel<2>
  tile.return
}
