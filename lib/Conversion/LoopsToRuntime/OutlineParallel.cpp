//===- OutlineParallel.cpp - parallel bodies as functions -----------------===//
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"
#include "msa/Conversion/LoopsToRuntime/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::msa {
#define GEN_PASS_DEF_OUTLINEPARALLEL
#include "msa/Conversion/LoopsToRuntime/Passes.h.inc"

namespace {

/// What the body uses from outside, in order of first use. Constants are left out: they are copied in.
struct Captures {
  llvm::SetVector<Value> values;
  llvm::SetVector<Operation *> constants;
};

Captures capturesOf(scf::ParallelOp loop) {
  Captures captures;
  auto capture = [&](Value value) {
    Operation *producer = value.getDefiningOp();
    if (producer && producer->hasTrait<OpTrait::ConstantLike>()) captures.constants.insert(producer);
    else captures.values.insert(value);
  };
  // The bounds are needed to turn a count into induction variables.
  for (auto [lower, step, upper] : llvm::zip(loop.getLowerBound(), loop.getStep(), loop.getUpperBound())) {
    capture(lower);
    capture(step);
    capture(upper);
  }
  visitUsedValuesDefinedAbove(loop.getRegion(), [&](OpOperand *use) { capture(use->get()); });
  return captures;
}

struct OutlineParallel : impl::OutlineParallelBase<OutlineParallel> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions) {
      if (function.isDeclaration()) continue;
      if (function.isPublic())
        function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(), UnitAttr::get(&getContext()));
      SmallVector<scf::ParallelOp> loops;
      function.walk<WalkOrder::PreOrder>([&](scf::ParallelOp loop) {
        if (loop.getNumReductions() == 0) loops.push_back(loop);
        return WalkResult::skip();
      });
      for (auto [number, loop] : llvm::enumerate(loops))
        outline(loop, (function.getName() + "_parallel_" + Twine(number)).str(), symbols);
    }
  }

private:
  void outline(scf::ParallelOp loop, const std::string &name, SymbolTable &symbols) {
    Captures captures = capturesOf(loop);
    ImplicitLocOpBuilder b(loop.getLoc(), loop);

    SmallVector<Type> types = {b.getIndexType()};
    for (Value value : captures.values) types.push_back(value.getType());
    auto type = b.getFunctionType(types, {});
    auto body = func::FuncOp::create(loop.getLoc(), name + "_body", type);
    body.setPrivate();
    symbols.insert(body);
    auto runner = func::FuncOp::create(loop.getLoc(), name, type);
    runner.setPrivate();
    symbols.insert(runner);
    runner->setAttr("msa.parallel_body", FlatSymbolRefAttr::get(body));

    fillBody(loop, body, captures);

    Value count = arith::ConstantIndexOp::create(b, 1);
    for (auto [lower, upper, step] : llvm::zip(loop.getLowerBound(), loop.getUpperBound(), loop.getStep()))
      count = arith::MulIOp::create(b, count, turns(b, lower, upper, step));
    SmallVector<Value> operands = {count};
    operands.append(captures.values.begin(), captures.values.end());
    func::CallOp::create(b, runner, operands);
    loop.erase();
  }

  /// max(0, ceil((upper - lower) / step))
  static Value turns(ImplicitLocOpBuilder &b, Value lower, Value upper, Value step) {
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value span = b.createOrFold<arith::SubIOp>(upper, lower);
    Value count = b.createOrFold<arith::CeilDivSIOp>(span, step);
    return b.createOrFold<arith::MaxSIOp>(count, zero);
  }

  static void fillBody(scf::ParallelOp loop, func::FuncOp body, const Captures &captures) {
    Block *entry = body.addEntryBlock();
    ImplicitLocOpBuilder b(loop.getLoc(), OpBuilder::atBlockEnd(entry));
    IRMapping mapping;
    mapping.map(captures.values.getArrayRef(), entry->getArguments().drop_front());
    for (Operation *constant : captures.constants) b.clone(*constant, mapping);
    // The count runs fastest along the last dimension.
    Value rest = entry->getArgument(0);
    for (int dim = int(loop.getNumLoops()) - 1; dim >= 0; --dim) {
      Value lower = mapping.lookupOrDefault(loop.getLowerBound()[dim]);
      Value upper = mapping.lookupOrDefault(loop.getUpperBound()[dim]);
      Value step = mapping.lookupOrDefault(loop.getStep()[dim]);
      Value at = rest;
      if (dim > 0) {
        Value count = turns(b, lower, upper, step);
        at = arith::RemUIOp::create(b, rest, count);
        rest = arith::DivUIOp::create(b, rest, count);
      }
      Value iv = b.createOrFold<arith::AddIOp>(lower, b.createOrFold<arith::MulIOp>(at, step));
      mapping.map(loop.getInductionVars()[dim], iv);
    }
    for (Operation &op : loop.getBody()->without_terminator()) b.clone(op, mapping);
    func::ReturnOp::create(b);
  }
};

} // namespace
} // namespace mlir::msa
