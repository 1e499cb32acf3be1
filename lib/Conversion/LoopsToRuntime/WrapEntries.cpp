//===- WrapEntries.cpp - the CPU program's ABI ----------------------------===//
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"

namespace mlir::msa {
#define GEN_PASS_DEF_WRAPENTRIES
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

constexpr StringLiteral kBodyAttr = "msa.parallel_body";
constexpr StringLiteral kParallelFor = "msa_parallel_for";
constexpr StringLiteral kCInterface = "_mlir_ciface_";

struct WrapEntries : impl::WrapEntriesBase<WrapEntries> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ImplicitLocOpBuilder b(module.getLoc(), OpBuilder::atBlockEnd(module.getBody()));
    pointer = LLVM::LLVMPointerType::get(&getContext());

    SmallVector<LLVM::LLVMFuncOp> runners, interfaces;
    for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
      if (function->hasAttr(kBodyAttr)) runners.push_back(function);
      else if (function.getName().starts_with(kCInterface)) interfaces.push_back(function);
      if (!function.isExternal()) function.setLinkage(LLVM::Linkage::Internal);
    }
    for (LLVM::LLVMFuncOp interface : interfaces)
      if (failed(writeEntry(b, interface))) return signalPassFailure();
    if (runners.empty()) return;
    LLVM::LLVMFuncOp dispatcher = writeDispatcher(b);
    for (LLVM::LLVMFuncOp runner : runners) writeRunner(b, runner, dispatcher);
  }

private:
  Type pointer;

  /// Starts a function at the end of the module and leaves the builder in its entry block.
  LLVM::LLVMFuncOp startFunction(ImplicitLocOpBuilder &b, StringRef name, ArrayRef<Type> arguments,
                                 LLVM::Linkage linkage) {
    b.setInsertionPointToEnd(getOperation().getBody());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()), arguments);
    auto function = LLVM::LLVMFuncOp::create(b, name, type, linkage);
    b.setInsertionPointToStart(function.addEntryBlock(b));
    return function;
  }

  /// void NAME(void **descriptors): hands each descriptor to `_mlir_ciface_NAME`.
  LogicalResult writeEntry(ImplicitLocOpBuilder &b, LLVM::LLVMFuncOp interface) {
    std::string name = interface.getName().drop_front(kCInterface.size()).str();
    for (Type type : interface.getArgumentTypes())
      if (type != pointer)
        return interface.emitError("wrap-entries: expects memref arguments only, but '")
               << name << "' has one of " << type;
    if (auto flat = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(name)) {
      std::string inner = name + "_flat";
      if (failed(SymbolTable::replaceAllSymbolUses(flat, b.getStringAttr(inner), getOperation())))
        return flat.emitError("wrap-entries: cannot rename '") << name << "'";
      flat.setName(inner);
    }
    startFunction(b, name, {pointer}, LLVM::Linkage::External);
    Value descriptors = b.getInsertionBlock()->getArgument(0);
    SmallVector<Value> operands;
    for (int32_t i = 0, e = interface.getNumArguments(); i < e; ++i) {
      Value place = LLVM::GEPOp::create(b, pointer, pointer, descriptors, ArrayRef<LLVM::GEPArg>{i});
      operands.push_back(LLVM::LoadOp::create(b, pointer, place));
    }
    LLVM::CallOp::create(b, interface, operands);
    LLVM::ReturnOp::create(b, ValueRange());
    return success();
  }

  /// msa_run_turns(n, body, context): through the loader's msa_parallel_for, or in sequence where there is none.
  LLVM::LLVMFuncOp writeDispatcher(ImplicitLocOpBuilder &b) {
    Type i64 = b.getI64Type();
    b.setInsertionPointToEnd(getOperation().getBody());
    auto variable =
        LLVM::GlobalOp::create(b, pointer, /*isConstant=*/false, LLVM::Linkage::External, kParallelFor, Attribute());
    b.setInsertionPointToStart(b.createBlock(&variable.getInitializerRegion()));
    LLVM::ReturnOp::create(b, LLVM::ZeroOp::create(b, pointer).getResult());

    auto dispatcher = startFunction(b, "msa_run_turns", {i64, pointer, pointer}, LLVM::Linkage::Internal);
    Block *entry = b.getInsertionBlock();
    Value n = entry->getArgument(0), body = entry->getArgument(1), context = entry->getArgument(2);
    Block *shared = b.createBlock(&dispatcher.getBody());
    Block *loop = b.createBlock(&dispatcher.getBody(), {}, {i64}, {b.getLoc()});
    Block *turn = b.createBlock(&dispatcher.getBody());
    Block *exit = b.createBlock(&dispatcher.getBody());
    auto bodyType = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()), {i64, pointer});
    auto sharedType = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()), {i64, pointer, pointer});

    b.setInsertionPointToEnd(entry);
    Value parallelFor = LLVM::LoadOp::create(b, pointer, LLVM::AddressOfOp::create(b, variable));
    Value isSet = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, parallelFor, LLVM::ZeroOp::create(b, pointer));
    Value zero = LLVM::ConstantOp::create(b, b.getI64IntegerAttr(0));
    LLVM::CondBrOp::create(b, isSet, shared, ValueRange(), loop, ValueRange(zero));

    b.setInsertionPointToEnd(shared);
    LLVM::CallOp::create(b, sharedType, ValueRange{parallelFor, n, body, context});
    LLVM::BrOp::create(b, ValueRange(), exit);

    b.setInsertionPointToEnd(loop);
    Value more = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::slt, loop->getArgument(0), n);
    LLVM::CondBrOp::create(b, more, turn, ValueRange(), exit, ValueRange());

    b.setInsertionPointToEnd(turn);
    LLVM::CallOp::create(b, bodyType, ValueRange{body, loop->getArgument(0), context});
    Value one = LLVM::ConstantOp::create(b, b.getI64IntegerAttr(1));
    LLVM::BrOp::create(b, ValueRange(LLVM::AddOp::create(b, loop->getArgument(0), one).getResult()), loop);

    b.setInsertionPointToEnd(exit);
    LLVM::ReturnOp::create(b, ValueRange());
    return dispatcher;
  }

  /// Defines `runner(count, values...)`: the values in a struct on the stack, a thunk that unpacks it for each turn.
  void writeRunner(ImplicitLocOpBuilder &b, LLVM::LLVMFuncOp runner, LLVM::LLVMFuncOp dispatcher) {
    auto bodyName = runner->getAttrOfType<FlatSymbolRefAttr>(kBodyAttr);
    auto body = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(bodyName.getAttr());
    runner->removeAttr(kBodyAttr);
    SmallVector<Type> types(llvm::drop_begin(runner.getArgumentTypes()));
    auto packed = LLVM::LLVMStructType::getLiteral(&getContext(), types);
    auto place = [&](Value context, int32_t i) -> Value {
      return LLVM::GEPOp::create(b, pointer, packed, context, ArrayRef<LLVM::GEPArg>{0, i});
    };

    auto thunk =
        startFunction(b, (runner.getName() + "_thunk").str(), {b.getI64Type(), pointer}, LLVM::Linkage::Internal);
    Block *entry = &thunk.getBody().front();
    SmallVector<Value> operands = {entry->getArgument(0)};
    for (auto [i, type] : llvm::enumerate(types))
      operands.push_back(LLVM::LoadOp::create(b, type, place(entry->getArgument(1), i)));
    LLVM::CallOp::create(b, body, operands);
    LLVM::ReturnOp::create(b, ValueRange());

    entry = runner.addEntryBlock(b);
    runner.setLinkage(LLVM::Linkage::Internal);
    b.setInsertionPointToStart(entry);
    Value one = LLVM::ConstantOp::create(b, b.getI64IntegerAttr(1));
    Value context = LLVM::AllocaOp::create(b, pointer, packed, one);
    for (auto [i, value] : llvm::enumerate(entry->getArguments().drop_front()))
      LLVM::StoreOp::create(b, value, place(context, i));
    Value address = LLVM::AddressOfOp::create(b, thunk);
    LLVM::CallOp::create(b, dispatcher, ValueRange{entry->getArgument(0), address, context});
    LLVM::ReturnOp::create(b, ValueRange());
  }
};

} // namespace
} // namespace mlir::msa
