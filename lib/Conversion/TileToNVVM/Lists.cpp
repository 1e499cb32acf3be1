// The union of block lists, and binary search.
#include "KernelEmitter.h"
#include <limits>

namespace mlir::tile {

// Shared memory of a list of capacity N: keys i64[N], then the entries: blocks i32[N], requests i32[N], members i32[N], size i32.
static int64_t blocksAt(int64_t n) { return 8 * n; }
static int64_t requestsAt(int64_t n) { return 12 * n; }
static int64_t membersAt(int64_t n) { return 16 * n; }
static int64_t sizeAt(int64_t n) { return 20 * n; }

/// ptxas unrolls a loop over as many as 256 entries whole, and then has no register left for what is needed behind it.
static constexpr int64_t kUnrolledEntries = 128;

static LLVM::LoopAnnotationAttr fourAtATime(MLIRContext *context) {
  auto count = IntegerAttr::get(IntegerType::get(context, 32), 4);
  auto unroll = LLVM::LoopUnrollAttr::get(context, /*disable=*/{}, count, /*runtimeDisable=*/{}, /*full=*/{},
                                          /*followupUnrolled=*/{}, /*followupRemainder=*/{}, /*followupAll=*/{});
  return LLVM::LoopAnnotationAttr::get(context, /*disableNonforced=*/{}, /*vectorize=*/{}, /*interleave=*/{}, unroll,
                                       /*unrollAndJam=*/{}, /*licm=*/{}, /*distribute=*/{}, /*pipeline=*/{},
                                       /*peeled=*/{}, /*unswitch=*/{}, /*mustProgress=*/{}, /*isVectorized=*/{},
                                       /*startLoc=*/{}, /*endLoc=*/{}, /*parallelAccesses=*/{});
}

/// Every thread owns entries tid, tid + threads, ... of the tokens x length matrix. An entry's key is (request, block); the first entry
/// with a key stands for it, its rank among the firsts is its place in the list. Quadratic in N <= 2048, but N is 16 to 64 in practice.
LogicalResult KernelEmitter::emitVisitUnion(VisitUnionOp op) {
  auto offset = op->getAttrOfType<IntegerAttr>("smem_offset");
  if (!offset) return op.emitOpError("has no place in shared memory: run plan-shared-memory first");
  Value base = shared(offset.getInt());
  if (op.getTokens() == 1) return emitVisitOne(op, base);
  int64_t n = op.getResult().getType().getCapacity(), length = n / op.getTokens(), rounds = (n + threads - 1) / threads;
  Type i64Type = b.getI64Type(), i32Type = b.getI32Type();
  Value nothing = arith::ConstantIntOp::create(b, std::numeric_limits<int64_t>::max(), 64);
  auto element = [&](int64_t start, Value i, int64_t bytes) {
    return at(base, toI32(add(mul(i, index(bytes)), index(start))));
  };
  auto guarded = [&](Value entry, auto body) { // entries beyond the matrix have no owner
    auto branch = scf::IfOp::create(b, less(entry, index(n)), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    return body();
  };
  auto overEntries = [&](int64_t begin, ValueRange init, auto body) {
    auto loop = scf::ForOp::create(b, index(begin), index(n), index(1), init);
    if (n > kUnrolledEntries) loop->setAttr("loop_annotation", fourAtATime(b.getContext()));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(b, Values(body(loop.getInductionVar(), loop.getRegionIterArgs())));
    return Values(loop.getResults());
  };

  Values owned;
  for (int64_t round = 0; round < rounds; ++round) owned.push_back(add(tid, index(round * threads)));
  // Warps that own nothing in a round leave the issue slots to the others.
  auto ofOwners = [&](int64_t round, TypeRange types, function_ref<Values()> body) -> Values {
    if ((round + 1) * threads <= n) return body();
    Value some = less(add(mul(warp, index(32)), index(round * threads)), index(n));
    auto branch = scf::IfOp::create(b, types, some, /*addThenBlock=*/true, /*addElseBlock=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, body());
    b.setInsertionPointToStart(branch.elseBlock());
    Values zeros;
    for (Type type : types) zeros.push_back(arith::ConstantIntOp::create(b, type, 0));
    scf::YieldOp::create(b, zeros);
    return Values(branch.getResults());
  };

  // 1. Keys.
  for (Value entry : owned) {
    LogicalResult ok = guarded(entry, [&]() -> LogicalResult {
      Value token = arith::DivUIOp::create(b, entry, index(length)),
            slot = arith::RemUIOp::create(b, entry, index(length));
      FailureOr<Values> place = inlineRegion(op.getTokenMap(), token);
      if (failed(place)) return failure();
      Value exists = less(index(0), place->back());
      Values coords(ArrayRef<Value>(*place).drop_front().drop_back());
      coords.push_back(slot);
      auto branch = scf::IfOp::create(b, TypeRange{i32Type}, exists, true, true);
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(branch.thenBlock());
        auto id = LLVM::LoadOp::create(b, i32Type, address(op.getLists(), coords, 0, nullptr, nullptr));
        id.setInvariant(true);
        scf::YieldOp::create(b, ValueRange{id});
        b.setInsertionPointToStart(branch.elseBlock());
        scf::YieldOp::create(b, ValueRange{i32(-1)});
      }
      Value id = branch.getResult(0);
      Value key = arith::OrIOp::create(
          b, arith::ShLIOp::create(b, i64(place->front()), arith::ConstantIntOp::create(b, 32, 64)),
          arith::ExtUIOp::create(b, i64Type, id));
      key = arith::SelectOp::create(b, less(id, i32(0)), nothing, key);
      LLVM::StoreOp::create(b, key, element(0, entry, 8));
      return success();
    });
    if (failed(ok)) return failure();
  }
  barrier();

  // 2. Is this entry the first with its key, and which tokens share the key?
  Values keys, firsts, members;
  for (auto [round, entry] : llvm::enumerate(owned)) {
    Values found = ofOwners(round, {i32Type, i32Type, i64Type}, [&, entry = entry]() -> Values {
      Value safe = arith::MinSIOp::create(b, entry, index(n - 1));
      Value key = LLVM::LoadOp::create(b, i64Type, element(0, safe, 8));
      Values found = overEntries(0, {i32(1), i32(0)}, [&](Value other, ValueRange carried) -> Values {
        Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                           LLVM::LoadOp::create(b, i64Type, element(0, other, 8)), key);
        Value earlier = arith::AndIOp::create(b, same, less(other, entry));
        Value first = arith::SelectOp::create(b, earlier, i32(0), carried[0]);
        Value bit = arith::ShLIOp::create(b, i32(1), toI32(arith::DivUIOp::create(b, other, index(length))));
        Value mask = arith::OrIOp::create(b, carried[1], arith::SelectOp::create(b, same, bit, i32(0)));
        return {first, mask};
      });
      Value real = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, key, nothing);
      return {arith::SelectOp::create(b, real, found[0], i32(0)), found[1], key};
    });
    firsts.push_back(found[0]), members.push_back(found[1]), keys.push_back(found[2]);
  }
  barrier();
  for (auto [entry, first] : llvm::zip(owned, firsts)) { // those that are not the first are nothing from now on
    Value repeats = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, first, i32(0));
    auto branch =
        scf::IfOp::create(b, arith::AndIOp::create(b, less(entry, index(n)), repeats), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    LLVM::StoreOp::create(b, nothing, element(0, entry, 8));
  }
  barrier();

  // 3. The rank of each first among the firsts, and how many there are.
  Value size;
  for (int64_t round = 0; round < rounds; ++round) {
    Value entry = owned[round], key = keys[round], first = firsts[round], mask = members[round];
    Values counted = ofOwners(round, {i32Type, i32Type}, [&] {
      return overEntries(0, {i32(0), i32(0)}, [&](Value other, ValueRange carried) -> Values {
        Value otherKey = LLVM::LoadOp::create(b, i64Type, element(0, other, 8));
        Value stands = arith::ExtUIOp::create(b, i32Type, less(otherKey, nothing));
        Value smaller = arith::ExtUIOp::create(b, i32Type, less(otherKey, key));
        return {add(carried[0], smaller), add(carried[1], stands)};
      });
    });
    if (round == 0) size = counted[1]; // which the leader writes
    Value inside = less(entry, index(n));
    Value writes = arith::AndIOp::create(b, inside, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, first, i32(0)));
    auto branch = scf::IfOp::create(b, writes, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value rank = toIndex(counted[0]);
    Value block = arith::TruncIOp::create(b, i32Type, key);
    Value request =
        arith::TruncIOp::create(b, i32Type, arith::ShRUIOp::create(b, key, arith::ConstantIntOp::create(b, 32, 64)));
    LLVM::StoreOp::create(b, block, element(blocksAt(n), rank, 4));
    LLVM::StoreOp::create(b, request, element(requestsAt(n), rank, 4));
    LLVM::StoreOp::create(b, mask, element(membersAt(n), rank, 4));
  }
  auto leader =
      scf::IfOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, tid, index(0)), /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(leader.thenBlock());
    LLVM::StoreOp::create(b, size, at(base, sizeAt(n)));
  }
  barrier();
  set(op.getResult(), {base});
  return success();
}

/// One token: a lane holds an id (or two of a row of up to 64), and every warp ranks all of them by shuffles, so that nothing but the
/// finished list goes through shared memory. The list's second value is the request: the same for all entries, in a register.
LogicalResult KernelEmitter::emitVisitOne(VisitUnionOp op, Value base) {
  int64_t n = op.getResult().getType().getCapacity(), rounds = (n + 31) / 32;
  FailureOr<Values> place = inlineRegion(op.getTokenMap(), index(0));
  if (failed(place)) return failure();
  Type i32Type = b.getI32Type();
  Value exists = less(index(0), place->back());
  Values ids;
  for (int64_t round = 0; round < rounds; ++round) {
    Value slot = add(lane, index(round * 32));
    Value inside = arith::AndIOp::create(b, exists, less(slot, index(n)));
    auto branch = scf::IfOp::create(b, TypeRange{i32Type}, inside, true, true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Values coords(ArrayRef<Value>(*place).drop_front().drop_back());
    coords.push_back(slot);
    auto id = LLVM::LoadOp::create(b, i32Type, address(op.getLists(), coords, 0, nullptr, nullptr));
    id.setInvariant(true);
    scf::YieldOp::create(b, ValueRange{id});
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, ValueRange{i32(-1)});
    ids.push_back(branch.getResult(0));
  }
  // Bit k of smaller[own][theirs]: id k of their round is below mine. An id is counted where it stands first.
  SmallVector<Values> smaller(rounds, Values(rounds, i32(0)));
  Values real, firsts, size{i32(0)};
  for (Value id : ids) real.push_back(arith::CmpIOp::create(b, arith::CmpIPredicate::sge, id, i32(0)));
  for (int64_t k = 0; k < n; ++k) {
    Value other =
        NVVM::ShflOp::create(b, i32Type, i32(-1), ids[k / 32], i32(k % 32), i32(31), NVVM::ShflKind::idx, nullptr);
    Value bit = arith::ConstantIntOp::create(b, int64_t(uint64_t(1) << (k % 32)), 32);
    for (int64_t own = 0; own < rounds; ++own) {
      Value &mask = smaller[own][k / 32];
      mask = arith::OrIOp::create(b, mask, arith::SelectOp::create(b, less(other, ids[own]), bit, i32(0)));
      Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, other, ids[own]);
      Value later = less(index(k), add(lane, index(own * 32)));
      Value repeats = arith::AndIOp::create(b, same, later);
      real[own] =
          arith::AndIOp::create(b, real[own], arith::XOrIOp::create(b, repeats, arith::ConstantIntOp::create(b, 1, 1)));
    }
  }
  for (Value first : real) {
    firsts.push_back(intrinsic("llvm.nvvm.vote.ballot.sync", i32Type, ValueRange{i32(-1), first}));
    size[0] = add(size[0], LLVM::CtPopOp::create(b, i32Type, firsts.back()));
  }
  Value writer = less(tid, index(32)); // every warp knows the list; the first one writes it
  for (int64_t own = 0; own < rounds; ++own) {
    Value rank = i32(0);
    for (int64_t theirs = 0; theirs < rounds; ++theirs)
      rank =
          add(rank, LLVM::CtPopOp::create(b, i32Type, arith::AndIOp::create(b, smaller[own][theirs], firsts[theirs])));
    auto branch = scf::IfOp::create(b, arith::AndIOp::create(b, writer, real[own]), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    LLVM::StoreOp::create(b, ids[own], at(base, add(arith::MulIOp::create(b, rank, i32(4)), i32(blocksAt(n)))));
  }
  auto leader =
      scf::IfOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, tid, index(0)), /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(leader.thenBlock());
    LLVM::StoreOp::create(b, size[0], at(base, sizeAt(n)));
  }
  barrier();
  set(op.getResult(), {base, place->front()});
  return success();
}

void KernelEmitter::emitListSize(ListSizeOp op) {
  int64_t n = op.getList().getType().getCapacity();
  set(op.getSize(), {toIndex(LLVM::LoadOp::create(b, b.getI32Type(), at(one(op.getList()), sizeAt(n))))});
}

void KernelEmitter::emitListEntry(ListEntryOp op) {
  int64_t n = op.getList().getType().getCapacity();
  Value base = one(op.getList()), offset = mul(one(op.getPosition()), index(4));
  auto read = [&](int64_t start) -> Value {
    return LLVM::LoadOp::create(b, b.getI32Type(), at(base, toI32(add(offset, index(start)))));
  };
  set(op.getBlock(), {toIndex(read(blocksAt(n)))});
  if (get(op.getList()).size() > 1) { // of one token
    Value request = get(op.getList())[1];
    set(op.getRequest(), {request});
    set(op.getMembers(), {i32(1)});
    return;
  }
  set(op.getRequest(), {toIndex(read(requestsAt(n)))});
  set(op.getMembers(), {read(membersAt(n))});
}

LogicalResult KernelEmitter::emitSearchSorted(SearchSortedOp op) {
  Value value = toI32(one(op.getValue()));
  // offsets[low] <= value, and offsets[high] > value or high is the end.
  auto loop =
      scf::WhileOp::create(b, TypeRange{b.getIndexType(), b.getIndexType()}, ValueRange{index(0), one(op.getSize())});
  OpBuilder::InsertionGuard guard(b);
  {
    Block *before = b.createBlock(&loop.getBefore(), {}, loop.getResultTypes(), {op.getLoc(), op.getLoc()});
    Value low = before->getArgument(0), high = before->getArgument(1);
    scf::ConditionOp::create(b, less(add(low, index(1)), high), before->getArguments());
  }
  {
    Block *after = b.createBlock(&loop.getAfter(), {}, loop.getResultTypes(), {op.getLoc(), op.getLoc()});
    Value low = after->getArgument(0), high = after->getArgument(1);
    Value middle = arith::DivUIOp::create(b, add(low, high), index(2));
    auto offset = LLVM::LoadOp::create(b, b.getI32Type(), address(op.getOffsets(), middle, 0, nullptr, nullptr));
    offset.setInvariant(true);
    Value right = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, offset, value);
    Value newLow = arith::SelectOp::create(b, right, middle, low),
          newHigh = arith::SelectOp::create(b, right, high, middle);
    scf::YieldOp::create(b, ValueRange{newLow, newHigh});
  }
  set(op.getPosition(), {loop.getResult(0)});
  return success();
}

} // namespace mlir::tile
