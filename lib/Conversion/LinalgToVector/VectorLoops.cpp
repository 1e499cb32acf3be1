//===- VectorLoops.cpp - structured ops to vector loops -------------------===//
//
// One loop per axis of the iteration space. At most one axis is the *vector axis*: contiguous in every operand that it
// appears in. Two shapes of loop nest follow from what it is:
//
//   parallel   for outer parallel axes: for vector axis: acc = load out; for reduction axes: acc = body(acc); store acc
//   reduction  for parallel axes: acc = neutral vector; for reduction axes, the vector axis last: acc = body(acc);
//              out = combine(out, horizontal(acc)); then the remainder as scalars
//
// Without a vector axis the first shape is written with one lane.
//
//===----------------------------------------------------------------------===//
#include "VectorLoops.h"
#include "Lanes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::msa {
namespace {

class VectorLoops {
public:
  VectorLoops(OpBuilder &builder, linalg::LinalgOp op, int64_t width)
      : b(op.getLoc(), builder),
        op(op),
        width(width),
        maps(op.getIndexingMapsArray()),
        iterators(op.getIteratorTypesArray()) {
    SmallVector<int64_t> staticSizes = op.getStaticLoopRanges();
    SmallVector<Range> ranges = op.createLoopRanges(b, b.getLoc());
    for (auto [known, range] : llvm::zip_equal(staticSizes, ranges))
      sizes.push_back(ShapedType::isDynamic(known) ? range.size : OpFoldResult(b.getIndexAttr(known)));
    ivs.resize(sizes.size());
  }

  void write() {
    chooseVectorAxis();
    SmallVector<unsigned> outer;
    for (auto [axis, kind] : llvm::enumerate(iterators)) {
      if (kind == utils::IteratorType::reduction) {
        if (int(axis) != vectorAxis) reductionAxes.push_back(axis);
      } else if (int(axis) != vectorAxis) {
        outer.push_back(axis);
      }
    }
    writeOuter(outer);
  }

private:
  bool isReduction(unsigned axis) const { return iterators[axis] == utils::IteratorType::reduction; }

  //===--------------------------------------------------------------------===//
  // The vector axis
  //===--------------------------------------------------------------------===//

  /// True where `axis` is absent from the operand, or is exactly its innermost, contiguous index.
  bool isContiguous(OpOperand &operand, unsigned axis) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isFunctionOfDim(axis)) return true;
    if (!isa<MemRefType>(operand.get().getType()) || !hasUnitStride(operand.get()) ||
        getElementTypeOrSelf(operand.get()).isInteger(1)) // i1 is a byte in memory and a bit in a vector
      return false;
    for (AffineExpr index : map.getResults().drop_back())
      if (index.isFunctionOfDim(axis)) return false;
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    return last && last.getPosition() == axis;
  }

  /// True where every op of the body that depends on `axis` has a vector form.
  bool bodyHasVectorForm(unsigned axis) {
    llvm::SetVector<Value> varying;
    for (OpOperand &operand : op->getOpOperands())
      if (op.isDpsInit(&operand) || op.getMatchingIndexingMap(&operand).isFunctionOfDim(axis))
        varying.insert(op.getMatchingBlockArgument(&operand));
    for (Operation &inner : op.getBlock()->without_terminator()) {
      auto index = dyn_cast<linalg::IndexOp>(inner);
      bool varies = (index && index.getDim() == axis) ||
                    llvm::any_of(inner.getOperands(), [&](Value value) { return varying.contains(value); });
      if (!varies) continue;
      if (!index && !OpTrait::hasElementwiseMappableTraits(&inner)) return false;
      for (Value result : inner.getResults()) {
        if (!VectorType::isValidElementType(result.getType())) return false;
        varying.insert(result);
      }
    }
    return true;
  }

  /// The single op by which output `number` is reduced, or null.
  Operation *combinerOf(unsigned number) {
    SmallVector<Operation *> combiners;
    if (!matchReduction(op.getRegionOutputArgs(), number, combiners) || combiners.size() != 1) return nullptr;
    if (!linalg::getCombinerOpKind(combiners.front()) || !arith::getNeutralElement(combiners.front())) return nullptr;
    return combiners.front();
  }

  bool canVectorize(unsigned axis) {
    std::optional<int64_t> known = getConstantIntValue(sizes[axis]);
    if (known && *known < 2) return false;
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isContiguous(operand, axis)) return false;
      // A parallel axis missing from an output would be written many times; a reduction axis in one is no reduction.
      if (op.isDpsInit(&operand) && op.getMatchingIndexingMap(&operand).isFunctionOfDim(axis) == isReduction(axis))
        return false;
    }
    if (isReduction(axis))
      for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i)
        if (!combinerOf(i)) return false;
    return bodyHasVectorForm(axis);
  }

  void chooseVectorAxis() {
    for (bool reduction : {false, true})
      for (int axis = int(iterators.size()) - 1; axis >= 0; --axis)
        if (isReduction(axis) == reduction && canVectorize(axis)) {
          vectorAxis = axis;
          return;
        }
  }

  /// Lane counts for the vector axis, widest first. Reductions run on 2 or 4 registers at once, to hide their latency.
  SmallVector<int64_t> laneSteps() {
    int64_t widest = width;
    if (isReduction(vectorAxis)) widest = 4 * width;
    else if (!reductionAxes.empty()) widest = 2 * width;
    std::optional<int64_t> known = getConstantIntValue(sizes[vectorAxis]);
    SmallVector<int64_t> steps;
    for (int64_t lanes = widest; lanes > 1; lanes /= 2) {
      if (known ? lanes <= *known : lanes == widest || lanes == width) // a dynamic size gets fewer loops
        steps.push_back(lanes);
    }
    steps.push_back(1);
    return steps;
  }

  //===--------------------------------------------------------------------===//
  // Operands and body
  //===--------------------------------------------------------------------===//

  SmallVector<Value> indicesOf(OpOperand &operand) {
    SmallVector<Value> indices;
    for (AffineExpr index : op.getMatchingIndexingMap(&operand).getResults()) {
      if (auto axis = dyn_cast<AffineDimExpr>(index)) indices.push_back(ivs[axis.getPosition()]);
      else if (auto constant = dyn_cast<AffineConstantExpr>(index))
        indices.push_back(indexConstant(b, constant.getValue()));
      else indices.push_back(affine::AffineApplyOp::create(b, AffineMap::get(ivs.size(), 0, index), ivs));
    }
    return indices;
  }

  Value load(OpOperand &operand, int64_t lanes) {
    if (!isa<MemRefType>(operand.get().getType())) return operand.get(); // a scalar operand, as linalg.fill has
    bool varies = vectorAxis >= 0 && op.getMatchingIndexingMap(&operand).isFunctionOfDim(vectorAxis);
    return loadLanes(b, operand.get(), indicesOf(operand), varies ? lanes : 1);
  }

  /// Loads what does not change in the loops inside the outer ones, once.
  void preload() {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      bool inner = vectorAxis >= 0 && map.isFunctionOfDim(vectorAxis);
      for (unsigned axis : reductionAxes) inner |= map.isFunctionOfDim(axis);
      if (!inner) preloaded[operand] = load(*operand, 1);
    }
  }

  /// One turn of the body with `accs` as the output arguments (null where the body does not read them).
  SmallVector<Value> writeBody(ArrayRef<Value> accs, int64_t lanes) {
    IRMapping mapping;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto found = preloaded.find(operand);
      mapping.map(op.getMatchingBlockArgument(operand),
                  found != preloaded.end() ? found->second : load(*operand, lanes));
    }
    for (auto [arg, acc] : llvm::zip_equal(op.getRegionOutputArgs(), accs))
      if (acc) mapping.map(arg, acc);
    for (Operation &inner : op.getBlock()->without_terminator()) {
      if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
        Value value = ivs[index.getDim()];
        if (int(index.getDim()) == vectorAxis && lanes > 1) {
          auto type = cast<VectorType>(laneType(b.getIndexType(), lanes));
          value = arith::AddIOp::create(b, broadcastLanes(b, value, lanes), vector::StepOp::create(b, type));
        }
        mapping.map(index.getResult(), value);
        continue;
      }
      bool varies = llvm::any_of(
          inner.getOperands(), [&](Value value) { return isa<VectorType>(mapping.lookupOrDefault(value).getType()); });
      SmallVector<Value> operands;
      for (Value value : inner.getOperands()) {
        Value mapped = mapping.lookupOrDefault(value);
        operands.push_back(varies ? broadcastLanes(b, mapped, lanes) : mapped);
      }
      Operation *clone = b.clone(inner, mapping);
      clone->setOperands(operands);
      if (varies)
        for (Value result : clone->getResults()) result.setType(laneType(result.getType(), lanes));
    }
    SmallVector<Value> results;
    for (Value value : op.getBlock()->getTerminator()->getOperands()) results.push_back(mapping.lookupOrDefault(value));
    return results;
  }

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  void writeOuter(ArrayRef<unsigned> axes) {
    if (axes.empty()) {
      preload();
      if (vectorAxis < 0) return writeStrip(1);
      if (isReduction(vectorAxis)) return writeVectorReduction();
      forSteps(b, sizes[vectorAxis], laneSteps(), /*exactRest=*/false, [&](Value at, int64_t lanes) {
        ivs[vectorAxis] = at;
        writeStrip(lanes);
      });
      return;
    }
    forSteps(b, sizes[axes.front()], {1}, /*exactRest=*/false, [&](Value at, int64_t) {
      ivs[axes.front()] = at;
      writeOuter(axes.drop_front());
    });
  }

  /// Loops over `axes` from the front, carrying `accs` in registers.
  SmallVector<Value> writeReductions(ArrayRef<unsigned> axes, ArrayRef<Value> accs,
                                     function_ref<SmallVector<Value>(ArrayRef<Value>)> body) {
    if (axes.empty()) return body(accs);
    Value size = getValueOrCreateConstantIndexOp(b, b.getLoc(), sizes[axes.front()]);
    return writeLoop(indexConstant(b, 0), size, 1, axes.front(), accs,
                     [&](ArrayRef<Value> inner) { return writeReductions(axes.drop_front(), inner, body); });
  }

  SmallVector<Value> writeLoop(Value lo, Value hi, int64_t step, unsigned axis, ArrayRef<Value> accs,
                               function_ref<SmallVector<Value>(ArrayRef<Value>)> body) {
    auto loop = scf::ForOp::create(b, lo, hi, indexConstant(b, step), accs);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    ivs[axis] = loop.getInductionVar();
    SmallVector<Value> inner(loop.getRegionIterArgs());
    SmallVector<Value> results = body(inner);
    if (accs.empty()) // no results: the loop was built with its terminator
      return {};
    scf::YieldOp::create(b, results);
    return SmallVector<Value>(loop.getResults());
  }

  void writeStrip(int64_t lanes) {
    SmallVector<Value> accs;
    for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i) {
      bool isRead = !reductionAxes.empty() || !op.getRegionOutputArgs()[i].use_empty();
      accs.push_back(isRead ? load(*op.getDpsInitOperand(i), lanes) : Value());
    }
    SmallVector<Value> results = writeReductions(reductionAxes, accs, [&](ArrayRef<Value> inner) {
      SmallVector<Value> next = writeBody(inner, lanes);
      for (Value &value : next) value = broadcastLanes(b, value, lanes);
      return next;
    });
    for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i) {
      OpOperand &init = *op.getDpsInitOperand(i);
      storeLanes(b, results[i], init.get(), indicesOf(init), lanes);
    }
  }

  void writeVectorReduction() {
    unsigned count = op.getNumDpsInits();
    SmallVector<Value> totals;
    for (unsigned i = 0; i < count; ++i) totals.push_back(load(*op.getDpsInitOperand(i), 1));
    Value lo = indexConstant(b, 0);
    Value size = getValueOrCreateConstantIndexOp(b, b.getLoc(), sizes[vectorAxis]);
    std::optional<int64_t> known = getConstantIntValue(sizes[vectorAxis]);
    int64_t begin = 0;
    for (int64_t lanes : laneSteps()) {
      Value hi = size;
      if (known) {
        int64_t end = begin + (*known - begin) / lanes * lanes;
        if (end == begin) continue;
        hi = indexConstant(b, end);
        begin = end;
      } else if (lanes > 1) {
        hi = arith::SubIOp::create(b, size, arith::RemUIOp::create(b, size, indexConstant(b, lanes)));
      }
      SmallVector<Value> accs = totals;
      if (lanes > 1)
        for (unsigned i = 0; i < count; ++i)
          accs[i] = broadcastLanes(b, arith::ConstantOp::create(b, *arith::getNeutralElement(combinerOf(i))), lanes);
      accs = writeReductions(reductionAxes, accs, [&](ArrayRef<Value> inner) {
        return writeLoop(lo, hi, lanes, vectorAxis, inner, [&](ArrayRef<Value> deepest) {
          SmallVector<Value> next = writeBody(deepest, lanes);
          for (Value &value : next) value = broadcastLanes(b, value, lanes);
          return next;
        });
      });
      if (lanes > 1)
        for (unsigned i = 0; i < count; ++i) accs[i] = combine(combinerOf(i), accs[i], totals[i], lanes);
      totals = accs;
      lo = hi;
    }
    for (unsigned i = 0; i < count; ++i) {
      OpOperand &init = *op.getDpsInitOperand(i);
      storeLanes(b, totals[i], init.get(), indicesOf(init), 1);
    }
  }

  /// The lanes of `vector` folded into `total`: halves are combined until one lane is left, so that a sum needs log2(lanes)
  /// steps and no licence to reassociate from LLVM.
  Value combine(Operation *combiner, Value vector, Value total, int64_t lanes) {
    auto apply = [&](Value lhs, Value rhs) -> Value {
      IRMapping mapping;
      mapping.map(combiner->getOperand(0), lhs);
      mapping.map(combiner->getOperand(1), rhs);
      Operation *clone = b.clone(*combiner, mapping);
      clone->getResult(0).setType(lhs.getType());
      return clone->getResult(0);
    };
    for (int64_t half = lanes / 2; half >= 1; half /= 2) {
      SmallVector<int64_t> low, high;
      for (int64_t i = 0; i < half; ++i) {
        low.push_back(i);
        high.push_back(half + i);
      }
      vector =
          apply(vector::ShuffleOp::create(b, vector, vector, low), vector::ShuffleOp::create(b, vector, vector, high));
    }
    return apply(total, vector::ExtractOp::create(b, vector, ArrayRef<int64_t>{0}));
  }

  ImplicitLocOpBuilder b;
  linalg::LinalgOp op;
  int64_t width;
  SmallVector<AffineMap> maps;
  SmallVector<utils::IteratorType> iterators;
  SmallVector<OpFoldResult> sizes;
  SmallVector<Value> ivs; ///< of the loops written so far
  int vectorAxis = -1;
  SmallVector<unsigned> reductionAxes; ///< without the vector axis
  DenseMap<OpOperand *, Value> preloaded;
};

} // namespace

void writeVectorLoops(OpBuilder &builder, linalg::LinalgOp op, int64_t width) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  VectorLoops(builder, op, width).write();
}

} // namespace mlir::msa
