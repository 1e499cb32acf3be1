// The skeleton: function, arguments, control flow, scalar ops.
#include "KernelEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::tile {

static constexpr int64_t kRegistersOfSm = 65536; // of every chip since sm_80
/// Let go up to 255 registers, ptxas hoists loads until it has to spill; held to this many it stops in time.
static constexpr int32_t kAmpleRegisters = 240;

KernelEmitter::KernelEmitter(KernelOp kernel, OpBuilder &moduleBuilder)
    : kernel(kernel),
      b(kernel.getLoc(), moduleBuilder),
      warps(kernel.getWarps()),
      threads(kernel.getWarps() * 32),
      wgmma(kernel.usesWgmma()) {}

FailureOr<LLVM::LLVMFuncOp> KernelEmitter::emit() {
  MLIRContext *context = b.getContext();
  auto globalPointer = LLVM::LLVMPointerType::get(context, 1);

  // Parameters: of each memref its address and its dynamic strides; of each index its value. `msa.params` says so for the plan.
  SmallVector<Type> parameters;
  SmallVector<Attribute> descriptions;
  auto describe = [&](const Twine &text, Type type) {
    descriptions.push_back(b.getStringAttr(text));
    parameters.push_back(type);
  };
  struct Argument {
    unsigned first;
    SmallVector<int64_t> strides;
  };
  SmallVector<Argument> arguments;
  for (auto [number, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    Argument argument{unsigned(parameters.size()), {}};
    if (auto view = dyn_cast<MemRefType>(type)) {
      int64_t offset;
      if (failed(view.getStridesAndOffset(argument.strides, offset)))
        return kernel.emitOpError("expects strided arguments, but argument ") << number << " is " << type;
      describe("ptr:" + Twine(number), globalPointer);
      for (auto [dim, stride] : llvm::enumerate(argument.strides))
        if (ShapedType::isDynamic(stride)) describe("stride:" + Twine(number) + ":" + Twine(dim), b.getI64Type());
    } else if (type.isIndex()) {
      describe("size:" + Twine(number), b.getI64Type());
    } else if (type.isF32()) {
      describe("f32:" + Twine(number), type);
    } else {
      return kernel.emitOpError("expects memref, index or f32 arguments, but argument ") << number << " is " << type;
    }
    arguments.push_back(argument);
  }
  unsigned firstMap = parameters.size();
  describeTensorMaps(describe);
  auto function = LLVM::LLVMFuncOp::create(b, kernel.getSymName(),
                                           LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), parameters));
  function->setAttr("gpu.kernel", b.getUnitAttr());
  function->setAttr("nvvm.kernel", b.getUnitAttr());
  function->setAttr("nvvm.maxntid", b.getDenseI32ArrayAttr({int32_t(threads)}));
  auto resident = kernel->getAttrOfType<IntegerAttr>("blocks_per_sm");
  // setmaxnreg counts from a known number of registers.
  if (wgmma) function->setAttr("nvvm.minctasm", b.getI32IntegerAttr(resident ? int32_t(resident.getInt()) : 1));
  else if (resident && kRegistersOfSm / (resident.getInt() * threads) > kAmpleRegisters)
    function->setAttr("nvvm.maxnreg", b.getI32IntegerAttr(kAmpleRegisters));
  else if (resident) function->setAttr("nvvm.minctasm", b.getI32IntegerAttr(int32_t(resident.getInt())));
  // Left alone, ptxas holds what has no products to fewer registers than it needs, for more thread blocks, and spills a few.
  else if (!kernel.walk([](MmaOp) { return WalkResult::interrupt(); }).wasInterrupted())
    function->setAttr("nvvm.minctasm", b.getI32IntegerAttr(1));
  function->setAttr("msa.params", b.getArrayAttr(descriptions));
  function->setAttr("msa.threads", b.getI64IntegerAttr(threads));
  function->setAttr("msa.smem_bytes", b.getI64IntegerAttr(kernel.getSmemBytes().value_or(0)));
  for (auto [number, type] : llvm::enumerate(parameters))
    if (type == globalPointer) function.setArgAttr(number, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());

  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(function.addEntryBlock(b));
  takeTensorMaps(function, firstMap);
  for (auto [number, argument] : llvm::enumerate(arguments)) {
    unsigned next = argument.first;
    Value first = function.getArgument(next++);
    Values lowered;
    if (isa<MemRefType>(kernel.getArgumentTypes()[number])) {
      lowered.push_back(first);
      for (int64_t stride : argument.strides)
        lowered.push_back(ShapedType::isDynamic(stride) ? Value(function.getArgument(next++))
                                                        : Value(arith::ConstantIntOp::create(b, stride, 64)));
    } else if (first.getType().isInteger(64)) {
      lowered.push_back(arith::IndexCastOp::create(b, b.getIndexType(), first));
    } else {
      lowered.push_back(first);
    }
    set(kernel.getBody().getArgument(number), lowered);
  }
  smem = LLVM::AddressOfOp::create(b, LLVM::LLVMPointerType::get(context, 3), "smem");
  tid = toIndex(NVVM::ThreadIdXOp::create(b, b.getI32Type()));
  lane = arith::RemUIOp::create(b, tid, index(32));
  // One warp: a constant, so that row numbers fold.
  warp = warps == 1 ? index(0) : Value(arith::DivUIOp::create(b, tid, index(32)));
  quadRow = arith::DivUIOp::create(b, lane, index(4));
  quadColumn = arith::RemUIOp::create(b, lane, index(4));
  if (failed(emitBlock(kernel.getBody().front()))) return failure();
  LLVM::ReturnOp::create(b, ValueRange());
  return function;
}

LogicalResult KernelEmitter::emitBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    b.setLoc(op.getLoc());
    if (failed(emitOp(op))) return failure();
  }
  return success();
}

LogicalResult KernelEmitter::emitOp(Operation &op) {
  if (failed(checkDealt(op))) return failure();
  return TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<scf::ForOp>([&](auto loop) { return emitFor(loop); })
      .Case<scf::IfOp>([&](auto branch) { return emitIf(branch); })
      .Case<LoadOp>([&](auto load) { return emitLoad(load); })
      .Case<LoadAsyncOp>([&](auto load) { return emitLoadAsync(load); })
      .Case<LoadRowsOp>([&](auto load) { return emitLoadRows(load); })
      .Case<LoadFragOp>([&](auto load) { return emitLoadFrag(load); })
      .Case<StoreOp>([&](auto store) { return emitStore(store); })
      .Case<StoreRowsOp>([&](auto store) { return emitStoreRows(store); })
      .Case<MmaOp>([&](auto mma) { return wgmma ? emitWgmma(mma) : emitMma(mma); })
      .Case<WaitMmaOp>([&](auto wait) {
        emitWaitMma(wait);
        return success();
      })
      .Case<AnyRowsOp>([&](auto any) {
        set(any.getAny(), {anyRows(any.getCount(), wgmma)});
        return success();
      })
      .Case<ToFragOp>([&](auto convert) { return emitToFrag(convert); })
      .Case<ToRowsOp>([&](auto convert) {
        emitToRows(convert);
        return success();
      })
      .Case<ToSmemOp>([&](auto convert) {
        if (!convert->hasAttr("smem_offset"))
          return LogicalResult(convert.emitOpError("has no place in shared memory: run plan-shared-memory first"));
        emitToSmem(convert);
        return success();
      })
      .Case<MapOp>([&](auto map) { return emitMap(map); })
      .Case<IfRowsOp>([&](auto rows) { return emitIfRows(rows); })
      .Case<VisitUnionOp>([&](auto visit) { return emitVisitUnion(visit); })
      .Case<SearchSortedOp>([&](auto search) { return emitSearchSorted(search); })
      .Case<MoveListsOp>([&](auto move) { return emitMoveLists(move); })
      .Case<TopKEmptyOp>([&](auto empty) {
        emitTopKEmpty(empty);
        return success();
      })
      .Case<TopKInsertOp>([&](auto insert) {
        emitTopKInsert(insert);
        return success();
      })
      .Case<TopKStoreOp>([&](auto store) { return emitTopKStore(store); })
      .Case<TopKOp>([&](auto topK) { return emitTopK(topK); })
      .Case<SplatOp>([&](auto splat) {
        emitSplat(splat);
        return success();
      })
      .Case<MaskColsOp>([&](auto mask) {
        emitMaskCols(mask);
        return success();
      })
      .Case<RowReduceOp>([&](auto reduce) { return emitRowReduce(reduce); })
      .Case<ColReduceOp>([&](auto reduce) { return emitColReduce(reduce); })
      .Case<SlotOp>([&](auto slot) {
        emitSlot(slot);
        return success();
      })
      .Case<ListSizeOp>([&](auto size) {
        emitListSize(size);
        return success();
      })
      .Case<ListEntryOp>([&](auto entry) {
        emitListEntry(entry);
        return success();
      })
      .Case<FoldColsOp>([&](auto fold) {
        emitFoldCols(fold);
        return success();
      })
      .Case<SliceOp>([&](auto slice) {
        emitSlice(slice);
        return success();
      })
      .Case<RingOp>([&](auto ring) {
        if (!ring.getSmemOffset())
          return LogicalResult(ring.emitOpError("has no place in shared memory: run plan-shared-memory first"));
        set(ring.getRing(), {shared(*ring.getSmemOffset())});
        return success();
      })
      .Case<RolesOp>([&](auto roles) { return emitRoles(roles); })
      .Case<MakeChannelOp>([&](auto channel) { return emitMakeChannel(channel); })
      .Case<AcquireOp, CommitOp, WaitOp, ReleaseOp>([&](auto handshake) {
        emitHandshake(handshake);
        return success();
      })
      .Case<CommitGroupOp>([&](auto) {
        NVVM::CpAsyncCommitGroupOp::create(b);
        return success();
      })
      .Case<WaitGroupOp>([&](auto wait) {
        NVVM::CpAsyncWaitGroupOp::create(b, uint32_t(wait.getPending()));
        fenceCopies();
        barrier();
        return success();
      })
      .Case<arith::SelectOp>([&](auto select) { // of scalars or, made by canonicalization, of tiles
        Values chosen;
        for (auto [yes, no] : llvm::zip(get(select.getTrueValue()), get(select.getFalseValue())))
          chosen.push_back(arith::SelectOp::create(b, one(select.getCondition()), yes, no));
        set(select.getResult(), chosen);
        return success();
      })
      .Case<ProgramIdOp>([&](auto id) {
        Value value = id.getAxis() == 0   ? Value(NVVM::BlockIdXOp::create(b, b.getI32Type()))
                      : id.getAxis() == 1 ? Value(NVVM::BlockIdYOp::create(b, b.getI32Type()))
                                          : Value(NVVM::BlockIdZOp::create(b, b.getI32Type()));
        set(id.getId(), {toIndex(value)});
        return success();
      })
      .Case<memref::LoadOp>([&](auto load) {
        emitLoadScalar(*load);
        return success();
      })
      // To 2 units in the last place, over all of f32 (div.rn calls a function).
      .Case<arith::DivFOp>([&](auto div) {
        set(div.getResult(),
            {intrinsic("llvm.nvvm.div.full", b.getF32Type(), ValueRange{one(div.getLhs()), one(div.getRhs())})});
        return success();
      })
      .Case<memref::StoreOp>([&](auto store) { return emitStoreScalar(*store); })
      .Case<ParallelOp>([&](auto parallel) { return emitParallel(parallel); })
      .Case<ScanOp>([&](auto scan) { return emitScan(scan); })
      .Case<MakeBitsOp>([&](auto bits) { return emitMakeBits(bits); })
      .Case<AtOp>([&](auto at) {
        emitAt(at);
        return success();
      })
      .Case<SetBitOp>([&](auto bit) {
        emitSetBit(bit);
        return success();
      })
      .Case<CountBitsOp>([&](auto bits) {
        emitCountBits(bits);
        return success();
      })
      .Case<math::Exp2Op>([&](auto exp) {
        set(exp.getResult(), {intrinsic("llvm.nvvm.ex2.approx.ftz.f", b.getF32Type(), one(exp.getOperand()))});
        return success();
      })
      .Case<math::Log2Op>([&](auto log) {
        set(log.getResult(), {intrinsic("llvm.nvvm.lg2.approx.ftz.f", b.getF32Type(), one(log.getOperand()))});
        return success();
      })
      .Default([&](Operation *other) -> LogicalResult {
        if (other->getNumRegions() || !isa_and_nonnull<arith::ArithDialect, math::MathDialect>(other->getDialect()))
          return other->emitOpError("has no lowering to NVVM inside a tile.kernel");
        IRMapping mapping;
        for (Value operand : other->getOperands()) mapping.map(operand, one(operand));
        Operation *clone = b.clone(*other, mapping);
        for (auto [from, to] : llvm::zip(other->getResults(), clone->getResults())) set(from, {to});
        return success();
      });
}

SmallVector<Type> KernelEmitter::loweredTypes(Type type) {
  if (auto frag = dyn_cast<FragType>(type)) {
    int64_t perThread = frag.getRows() * frag.getCols() / threads;
    if (frag.getElementType().getIntOrFloatBitWidth() == 16)
      return SmallVector<Type>(perThread / 2, VectorType::get({2}, frag.getElementType()));
    return SmallVector<Type>(perThread, frag.getElementType());
  }
  if (auto rows = dyn_cast<RowsType>(type))
    return SmallVector<Type>(subtiles(rows.getRows()) * 2, rows.getElementType());
  if (auto best = dyn_cast<BestType>(type)) return loweredBest(best);
  if (isa<SmemType, RingType, ListType, BitsType, ChannelType>(type))
    return {LLVM::LLVMPointerType::get(b.getContext(), 3)};
  return {type};
}

LogicalResult KernelEmitter::emitFor(scf::ForOp loop) {
  Values init;
  for (Value value : loop.getInitArgs()) llvm::append_range(init, get(value));
  auto lowered = scf::ForOp::create(b, one(loop.getLowerBound()), one(loop.getUpperBound()), one(loop.getStep()), init);
  auto spread = [&](ValueRange tile, ValueRange scalars) {
    size_t next = 0;
    for (Value value : tile) {
      size_t count = loweredTypes(value.getType()).size();
      set(value, Values(scalars.slice(next, count)));
      next += count;
    }
  };
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(lowered.getBody());
    set(loop.getInductionVar(), {lowered.getInductionVar()});
    spread(loop.getRegionIterArgs(), lowered.getRegionIterArgs());
    if (failed(emitBlock(*loop.getBody()))) return failure();
    Values yielded;
    for (Value value : loop.getBody()->getTerminator()->getOperands()) llvm::append_range(yielded, get(value));
    if (!init.empty()) scf::YieldOp::create(b, yielded);
  }
  spread(loop.getResults(), lowered.getResults());
  return success();
}

LogicalResult KernelEmitter::emitIf(scf::IfOp branch) {
  SmallVector<Type> types;
  for (Type type : branch.getResultTypes()) llvm::append_range(types, loweredTypes(type));
  bool hasElse = !branch.getElseRegion().empty();
  auto lowered =
      scf::IfOp::create(b, types, one(branch.getCondition()), /*addThenBlock=*/true, /*addElseBlock=*/hasElse);
  auto fill = [&](Region &from, Region &to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to.front());
    if (failed(emitBlock(from.front()))) return failure();
    Values yielded;
    for (Value value : from.front().getTerminator()->getOperands()) llvm::append_range(yielded, get(value));
    if (to.front().empty() || !to.front().back().hasTrait<OpTrait::IsTerminator>()) scf::YieldOp::create(b, yielded);
    return success();
  };
  if (failed(fill(branch.getThenRegion(), lowered.getThenRegion()))) return failure();
  if (hasElse && failed(fill(branch.getElseRegion(), lowered.getElseRegion()))) return failure();
  size_t next = 0;
  for (Value value : branch.getResults()) {
    size_t count = loweredTypes(value.getType()).size();
    set(value, Values(lowered.getResults().slice(next, count)));
    next += count;
  }
  return success();
}

FailureOr<Values> KernelEmitter::inlineRegion(Region &region, ValueRange arguments) {
  for (auto [argument, value] : llvm::zip(region.getArguments(), arguments)) set(argument, {value});
  if (failed(emitBlock(region.front()))) return failure();
  Values yielded;
  for (Value value : region.front().getTerminator()->getOperands()) yielded.push_back(one(value));
  return yielded;
}

static bool isWritten(Value view) {
  return llvm::any_of(view.getUsers(), [&](Operation *user) { return hasEffect<MemoryEffects::Write>(user, view); });
}

/// memref.load of metadata. What the kernel does not write is invariant (ld.global.nc).
void KernelEmitter::emitLoadScalar(Operation &op) {
  auto load = cast<memref::LoadOp>(op);
  Values indices;
  for (Value i : load.getIndices()) indices.push_back(one(i));
  Value pointer = address(load.getMemRef(), indices, 0, nullptr, nullptr);
  auto value = LLVM::LoadOp::create(b, load.getType(), pointer);
  value.setInvariant(!isWritten(load.getMemRef()));
  set(load.getResult(), {value});
}

LogicalResult KernelEmitter::emitStoreScalar(Operation &op) {
  auto store = cast<memref::StoreOp>(op);
  if (!store->getParentOfType<ParallelOp>())
    return store.emitOpError("expects to stand in a turn of tile.parallel: all threads would write");
  Values indices;
  for (Value i : store.getIndices()) indices.push_back(one(i));
  LLVM::StoreOp::create(b, one(store.getValue()), address(store.getMemRef(), indices, 0, nullptr, nullptr));
  return success();
}

/// `value` (an index or an address in shared memory), but not known to be the same in every turn of a loop. LLVM would else compute
/// all that follows from it before the loop and keep each: the addresses of all ldmatrix of a tile that stays, say, where one and the
/// offsets in the instructions do.
Value KernelEmitter::ofThisTurn(Value value) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  if (!isa<scf::ForOp>(parent) && !parent->getParentOfType<scf::ForOp>()) return value;
  bool isIndex = value.getType().isIndex();
  Value known = isIndex ? toI32(value) : value;
  Value unknown = LLVM::InlineAsmOp::create(b, known.getType(), known, "", isIndex ? "=r,0" : "=l,0",
                                            /*has_side_effects=*/true, /*is_align_stack=*/false,
                                            LLVM::TailCallKind::None, nullptr, nullptr)
                      .getResult(0);
  return isIndex ? toIndex(unknown) : unknown;
}

Value KernelEmitter::i64(Value index) { return arith::IndexCastOp::create(b, b.getI64Type(), index); }

Value KernelEmitter::intrinsic(StringRef name, Type result, ValueRange arguments) {
  return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(name), arguments).getResult(0);
}

void KernelEmitter::barrier() {
  if (warps == 1) NVVM::SyncWarpOp::create(b, i32(-1));
  else if (role == 0) NVVM::BarrierOp::create(b);
  else NVVM::BarrierOp::create(b, TypeRange(), i32(role), i32(threads), NVVM::BarrierReductionAttr(), Value());
}

} // namespace mlir::tile
