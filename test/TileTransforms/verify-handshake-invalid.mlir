// Handshakes that would hang, or let a slot be overwritten while it is read.
// RUN: msa-opt %s --split-input-file --verify-diagnostics -pass-pipeline='builtin.module(tile.kernel(verify-handshake))'

// The consumer keeps the slot: the producer waits for it in the second lap.
tile.kernel @kept(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-note@+1 {{of this channel}}
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      // expected-error@+1 {{[handshake] needs a signal for every wait, but tile.acquire of use 2 waits for ever}}
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// Nobody says that the slot is full.
tile.kernel @silent(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-note@+1 {{of this channel}}
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      // expected-error@+1 {{[handshake] needs a signal for every wait, but tile.wait of use 0 waits for ever}}
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// A consumer that leaves work out releases what it has not seen full: it may be a lap ahead.
tile.kernel @unseen(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-note@+1 {{of this channel}}
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    %rows = tile.splat %count : i32 -> !tile.rows<64, i32>
    scf.for %i = %c0 to %n step %c1 {
      %r = tile.if_rows %rows, %rows {
        tile.wait %a[%i] : !tile.channel<2>
        tile.yield %rows : !tile.rows<64, i32>
      } : !tile.rows<64, i32>, !tile.rows<64, i32>
      // expected-error@+1 {{[handshake] needs every use to be waited for before it is released, but use 0 is not}}
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// Two releases of one use.
tile.kernel @twice(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-note@+1 {{of this channel}}
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      // expected-error@+1 {{[handshake] needs use 0 of a slot to be released by all before it is filled again, but use 2 finds it still read}}
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// The copies do not wait for the slot to be empty.
tile.kernel @hasty(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-note@+1 {{of this channel}}
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      // expected-error@+1 {{[handshake] needs a slot that holds use 0, but it holds use 4}}
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// The producer waits for what the consumer hands back only after its own next step.
tile.kernel @late(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-note@+1 {{of this channel}}
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      %next = arith.addi %i, %c2 : index
      // expected-error@+1 {{[handshake] needs a signal for every wait, but tile.wait of use 2 waits for ever}}
      tile.wait %a[%next] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// The roles make different turns.
tile.kernel @turns(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    // expected-error@+1 {{[handshake] needs the same turns in both roles, but this loop has no twin in the other one}}
    scf.for %i = %c0 to %m step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// A use that only the run knows.
tile.kernel @unknown(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      %u = arith.remui %i, %m : index
      // expected-error@+1 {{[handshake] needs uses that are computed from loop counters, but this one is not}}
      tile.acquire %a[%u] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// A full slot would never be full.
tile.kernel @commits(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-error@+1 {{[handshake] needs as many arrivals at a full slot as the producer has threads, 128, but the channel counts to 1}}
  %a = tile.make_channel commits 1 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// An empty slot would be empty while half of the warps read.
tile.kernel @releases(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // expected-error@+1 {{[handshake] needs as many arrivals at an empty slot as the consumers have warps, 4, but the channel counts to 2}}
  %a = tile.make_channel commits 128 releases 2 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.acquire %a[%i] : !tile.channel<2>
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}

// -----
// Conditions of one role.
tile.kernel @condition(%n: index, %m: index, %count: i32) attributes {warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = tile.make_channel commits 128 releases 4 : !tile.channel<2>
  tile.roles producer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      %p = arith.cmpi eq, %i, %m : index
      // expected-error@+1 {{[handshake] needs handshakes in loops and in tile.if_rows only, but some stand in scf.if}}
      scf.if %p {
        tile.acquire %a[%i] : !tile.channel<2>
      }
      tile.commit %a[%i] : !tile.channel<2>
    }
    tile.yield
  } consumer warps 4 {
    scf.for %i = %c0 to %n step %c1 {
      tile.wait %a[%i] : !tile.channel<2>
      tile.release %a[%i] : !tile.channel<2>
    }
    tile.yield
  }
  tile.return
}
