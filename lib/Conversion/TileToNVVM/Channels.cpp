// Roles of warps, and the barriers in shared memory through which they hand slots to each other.
#include "KernelEmitter.h"
#include "dialects/Tile/IR/TileContracts.h"

namespace mlir::tile {

Values KernelEmitter::inlineAsm(StringRef text, const Twine &constraints, ValueRange operands, TypeRange results) {
  Type type = results.empty()       ? Type(LLVM::LLVMVoidType::get(b.getContext()))
              : results.size() == 1 ? results.front()
                                    : LLVM::LLVMStructType::getLiteral(b.getContext(), llvm::to_vector(results));
  auto op = LLVM::InlineAsmOp::create(b, type, operands, text, constraints.str(), /*has_side_effects=*/true,
                                      /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
                                      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT), ArrayAttr());
  if (results.size() <= 1) return Values(op->getResults());
  Values parts;
  for (size_t n = 0; n < results.size(); ++n) parts.push_back(LLVM::ExtractValueOp::create(b, op->getResult(0), n));
  return parts;
}

Value KernelEmitter::opaque(Value value) {
  bool isIndex = value.getType().isIndex(), isWide = isa<LLVM::LLVMPointerType>(value.getType());
  Value word = isIndex ? toI32(value) : value;
  Value same = inlineAsm("", isWide ? "=l,0" : "=r,0", word, word.getType()).front();
  return isIndex ? toIndex(same) : same;
}

//===----------------------------------------------------------------------===//
// Channels: `stages` full barriers, then as many empty ones, 8 bytes each
//===----------------------------------------------------------------------===//

LogicalResult KernelEmitter::emitMakeChannel(MakeChannelOp op) {
  if (!op.getSmemOffset()) return op.emitOpError("has no place in shared memory: run plan-shared-memory first");
  Value base = shared(*op.getSmemOffset());
  int64_t stages = op.getType().getStages();
  auto leader =
      scf::IfOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, tid, index(0)), /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(leader.thenBlock());
    for (int64_t n = 0; n < 2 * stages; ++n)
      NVVM::MBarrierInitOp::create(b, at(base, n * 8), i32(n < stages ? op.getCommits() : op.getReleases()), Value());
  }
  set(op.getChannel(), {base}); // the barrier at the roles' start makes the counts known to all
  return success();
}

/// The full or the empty barrier of use `use`.
Value KernelEmitter::barrierOf(Value channel, Value use, bool full) {
  int64_t stages = cast<ChannelType>(channel.getType()).getStages();
  Value slot = arith::RemUIOp::create(b, use, index(stages));
  return at(one(channel), toI32(add(mul(slot, index(8)), index(full ? 0 : stages * 8))));
}

/// One opaque block of assembly: a loop that LLVM or ptxas could see would cut the straight line that wgmma needs.
void KernelEmitter::waitForPhase(Value barrier, Value parity) {
  inlineAsm("{\n\t.reg .pred done;\nAGAIN:\n\tmbarrier.try_wait.parity.shared::cta.b64 done, [$0], $1;\n\t@done bra "
            "DONE;\n\tbra "
            "AGAIN;\nDONE:\n}",
            "r,r,~{memory}", ValueRange{addressOf(barrier), parity});
}

/// Use n is of lap n / stages: the lap's parity.
static Value parityOf(ImplicitLocOpBuilder &b, Value channel, Value use, bool odd) {
  auto number = [&](int64_t n) { return arith::ConstantIndexOp::create(b, n).getResult(); };
  Value lap = arith::DivUIOp::create(b, use, number(cast<ChannelType>(channel.getType()).getStages()));
  Value parity = arith::RemUIOp::create(b, odd ? arith::AddIOp::create(b, lap, number(1)).getResult() : lap, number(2));
  return arith::IndexCastOp::create(b, b.getI32Type(), parity);
}

void KernelEmitter::emitHandshake(Operation *op) {
  Value channel = op->getOperand(0), use = one(op->getOperand(1));
  bool full = isa<CommitOp, WaitOp>(op);
  Value barrier = barrierOf(channel, use, full);
  if (isa<CommitOp>(op)) {
    // Each thread's arrival waits for its own copies. It counts as one of the channel's arrivals (noinc).
    NVVM::CpAsyncMBarrierArriveOp::create(b, barrier, /*noinc=*/true);
  } else if (isa<ReleaseOp>(op)) {
    // One lane tells for its warp, without a branch: control flow between wgmma and what reads its results makes ptxas serialise.
    if (!wgmma) NVVM::SyncWarpOp::create(b, i32(-1)); // all lanes have read
    Value first = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lane, index(0));
    inlineAsm(
        "{\n\t.reg .pred first;\n\tsetp.ne.b32 first, $1, 0;\n\t@first mbarrier.arrive.shared::cta.b64 _, [$0];\n}",
        "r,r,~{memory}", ValueRange{addressOf(barrier), arith::ExtUIOp::create(b, b.getI32Type(), first)});
  } else {
    // In the first lap nothing was released: the producer waits for the phase before the first, which counts as over.
    waitForPhase(barrier, parityOf(b, channel, use, /*odd=*/!full));
    if (full) fenceCopies();
  }
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

LogicalResult KernelEmitter::emitRoles(RolesOp op) {
  inlineAsm("fence.mbarrier_init.release.cluster;", "~{memory}", {});
  NVVM::CpAsyncWaitGroupOp::create(b, uint32_t(0));
  fenceCopies(); // of tiles that all warps brought
  barrier();
  // From lane 0: ptxas then knows that it is the same in the whole warp.
  warp = toIndex(
      NVVM::ShflOp::create(b, b.getI32Type(), i32(-1), toI32(warp), i32(0), i32(31), NVVM::ShflKind::idx, nullptr));
  int64_t producers = op.getProducerWarps();
  auto branch = scf::IfOp::create(b, less(warp, index(producers)), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  role = 1;
  if (failed(emitRole(op.getProducer(), 0, producers, op.getProducerRegisters(), false))) return failure();
  b.setInsertionPointToStart(branch.elseBlock());
  role = 2;
  return emitRole(op.getConsumer(), producers, op.getConsumerWarps(), op.getConsumerRegisters(), true);
}

/// Threads and warps are numbered within the role.
LogicalResult KernelEmitter::emitRole(Region &region, int64_t firstWarp, int64_t count,
                                      std::optional<int64_t> registers, bool more) {
  if (registers)
    NVVM::SetMaxRegisterOp::create(b, uint32_t(*registers),
                                   more ? NVVM::SetMaxRegisterAction::increase : NVVM::SetMaxRegisterAction::decrease);
  Value blockTid = tid, blockWarp = warp;
  int64_t blockWarps = warps, blockThreads = threads;
  if (firstWarp) {
    tid = arith::SubIOp::create(b, tid, index(firstWarp * 32));
    warp = arith::SubIOp::create(b, warp, index(firstWarp));
  }
  warps = count, threads = count * 32;
  LogicalResult emitted = emitBlock(region.front());
  tid = blockTid, warp = blockWarp, warps = blockWarps, threads = blockThreads;
  return emitted;
}

} // namespace mlir::tile
