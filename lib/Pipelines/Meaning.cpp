//===- Meaning.cpp - msa ops on tensors -> MeaningOp ----------------------===//
#include "msa/Pipelines/Meaning.h"
#include "dialects/Msa/IR/MsaContracts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "msa/Target/WriteArtifact.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::msa {
namespace {
using ::msa::Expr;
using ::msa::MeaningOp;

constexpr StringLiteral kAttribute = "msa.meaning";

std::string spell(SelectionAttr selection) {
  return (stringifySelectionLayout(selection.getLayout()) + "/" + stringifySelectionOrder(selection.getOrder())).str();
}

/// Reads one function. Works on a clone, since sizes are computed by making IR.
class MeaningReader {
public:
  explicit MeaningReader(func::FuncOp original) : original(original), clone(original.clone()) {}
  ~MeaningReader() { clone->destroy(); }

  FailureOr<::msa::Program> read() {
    program.name = original.getName().str();
    for (auto [i, argument] : llvm::enumerate(clone.getArguments())) {
      if (failed(addArgument("argument " + std::to_string(i), argument.getType(), /*isOutput=*/false)))
        return failure();
      values[argument] = i;
    }
    size_t inputs = program.arguments.size();
    for (auto [i, type] : llvm::enumerate(clone.getResultTypes()))
      if (failed(addArgument("result " + std::to_string(i), type, /*isOutput=*/true))) return failure();
    nextValue = program.arguments.size();

    auto returned = cast<func::ReturnOp>(clone.getBody().front().getTerminator());
    for (auto [i, value] : llvm::enumerate(returned.getOperands())) {
      if (failed(readOutputShape(inputs + i, value))) return failure();
      bool fresh = values.try_emplace(lookThroughCasts(value), inputs + i).second;
      if (!fresh) why = "a result is an argument, or returned twice";
    }
    for (Operation &op : clone.getBody().front().without_terminator())
      if (why.empty()) readOp(op);
    if (!why.empty()) {
      program.meaning.clear();
      program.notes["meaning"] = "none: " + why;
    }
    nameArguments(inputs, returned);
    return std::move(program);
  }

private:
  LogicalResult addArgument(const std::string &what, Type type, bool isOutput) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    FailureOr<::msa::Dtype> dtype = failure();
    if (tensor) dtype = dtypeOf(tensor.getElementType());
    if (failed(dtype))
      return original.emitError("[door-type] needs ranked tensors of bf16, f16, f32 or i32, but ")
             << what << " is " << type;
    ::msa::ArgumentSpec argument;
    argument.dtype = *dtype;
    argument.isOutput = isOutput;
    for (int64_t size : tensor.getShape())
      argument.shape.push_back(ShapedType::isDynamic(size) ? ::msa::kDynamic : size);
    program.arguments.push_back(std::move(argument));
    return success();
  }

  //===--- sizes of outputs ---===//

  LogicalResult readOutputShape(size_t argument, Value value) {
    for (int64_t d = 0; d < cast<RankedTensorType>(value.getType()).getRank(); ++d) {
      FailureOr<Expr> size = sizeOf(value, d);
      if (failed(size))
        return original.emitError(
                   "[door-shape] needs results whose sizes follow from the arguments' shapes, but dimension ")
               << d << " of result " << argument - clone.getNumArguments() << " does not";
      program.arguments[argument].outputShape.push_back(*size);
    }
    return success();
  }

  FailureOr<Expr> sizeOf(Value value, int64_t dim) {
    auto type = cast<RankedTensorType>(value.getType());
    if (!type.isDynamicDim(dim)) return Expr::constant(type.getDimSize(dim));
    if (auto argument = dyn_cast<BlockArgument>(value)) return Expr::dim(argument.getArgNumber(), dim);
    Operation *op = value.getDefiningOp();
    if (auto cast = dyn_cast<tensor::CastOp>(op)) return sizeOf(cast.getSource(), dim);
    OpBuilder builder(op);
    ReifiedRankedShapedTypeDims shapes;
    if (!isa<ReifyRankedShapedTypeOpInterface>(op) || failed(reifyResultShapes(builder, op, shapes))) return failure();
    return exprOf(shapes[cast<OpResult>(value).getResultNumber()][dim]);
  }

  FailureOr<Expr> exprOf(OpFoldResult value) {
    if (std::optional<int64_t> constant = getConstantIntValue(value)) return Expr::constant(*constant);
    Operation *op = cast<Value>(value).getDefiningOp();
    if (!op) return failure();
    auto binary = [&](Expr::Kind kind) -> FailureOr<Expr> {
      FailureOr<Expr> lhs = exprOf(op->getOperand(0)), rhs = exprOf(op->getOperand(1));
      if (failed(lhs) || failed(rhs)) return failure();
      return Expr::binary(kind, *lhs, *rhs);
    };
    return TypeSwitch<Operation *, FailureOr<Expr>>(op)
        .Case<tensor::DimOp>([&](auto dim) -> FailureOr<Expr> {
          if (std::optional<int64_t> constant = dim.getConstantIndex()) return sizeOf(dim.getSource(), *constant);
          return failure();
        })
        .Case<arith::AddIOp>([&](auto) { return binary(Expr::Kind::Add); })
        .Case<arith::SubIOp>([&](auto) { return binary(Expr::Kind::Sub); })
        .Case<arith::MulIOp>([&](auto) { return binary(Expr::Kind::Mul); })
        .Case<arith::CeilDivUIOp, arith::CeilDivSIOp>([&](auto) { return binary(Expr::Kind::CeilDiv); })
        .Case<arith::DivUIOp, arith::DivSIOp, arith::FloorDivSIOp>([&](auto) { return binary(Expr::Kind::FloorDiv); })
        .Case<arith::MinUIOp, arith::MinSIOp>([&](auto) { return binary(Expr::Kind::Min); })
        .Case<arith::MaxUIOp, arith::MaxSIOp>([&](auto) { return binary(Expr::Kind::Max); })
        .Default([](Operation *) { return failure(); });
  }

  //===--- ops ---===//

  static Value lookThroughCasts(Value value) {
    while (auto cast = value.getDefiningOp<tensor::CastOp>()) value = cast.getSource();
    return value;
  }

  int numberOf(Value value) {
    auto [found, fresh] = values.try_emplace(lookThroughCasts(value), nextValue);
    nextValue += fresh;
    return found->second;
  }

  void use(MeaningOp &meaning, StringRef operand, Value value) {
    if (!value) return;
    int number = numberOf(value);
    meaning.operands[operand.str()] = number;
    bool isOutput = size_t(number) < program.arguments.size() && program.arguments[number].isOutput;
    if (!isOutput) addRole(number, operand);
  }
  template <typename OpTy> void useBatch(MeaningOp &meaning, OpTy op) {
    use(meaning, "cu_seqlens_q", op.getCuSeqlensQ());
    use(meaning, "cu_seqlens_k", op.getCuSeqlensK());
    use(meaning, "page_table", op.getPageTable());
    use(meaning, "seqused_k", op.getSequsedK());
  }
  void addResults(MeaningOp &meaning, ValueRange results, ArrayRef<StringRef> roles) {
    for (auto [i, result] : llvm::enumerate(results)) {
      meaning.results.push_back(numberOf(result));
      addRole(meaning.results.back(), roles[i]);
    }
  }
  void addRole(int value, StringRef role) {
    static const std::map<StringRef, StringRef> shortNames = {
        {"query", "q"}, {"key", "k"}, {"value", "v"}, {"selected", "selection"}};
    auto found = shortNames.find(role);
    roles[value].insert(found == shortNames.end() ? role : found->second);
  }

  void readOp(Operation &op) {
    TypeSwitch<Operation *>(&op)
        .Case<IndexScoresOp, SelectBlocksOp, AttendOp, CombineOp, TransposeSelectionOp, RelayoutSelectionOp,
              AttentionOp, tensor::ExtractSliceOp>([&](auto typed) { readTyped(typed); })
        .Case<tensor::CastOp, tensor::DimOp, arith::ConstantOp>([](auto) {})
        .Default([&](Operation *other) {
          bool isSize = llvm::all_of(other->getResultTypes(), [](Type type) { return type.isIndex(); });
          if (!isSize) why = other->getName().getStringRef().str() + " is no op of the msa dialect";
        });
  }

  void readTyped(IndexScoresOp op) {
    MeaningOp meaning{"index_scores"};
    use(meaning, "index_query", op.getIndexQuery());
    use(meaning, "index_key", op.getIndexKey());
    useBatch(meaning, op);
    meaning.integers = {{"block_size", op.getBlockSize()}, {"causal", op.getCausal()}};
    meaning.numbers = {{"softmax_scale", softmaxScaleOf(op)}};
    addResults(meaning, op.getResults(), {"scores"});
    program.meaning.push_back(meaning);
  }

  void readTyped(SelectBlocksOp op) {
    MeaningOp meaning{"select_blocks"};
    use(meaning, "scores", op.getScores());
    use(meaning, "index_query", op.getIndexQuery());
    use(meaning, "index_key", op.getIndexKey());
    useBatch(meaning, op);
    meaning.integers = {{"block_size", op.getBlockSize()},
                        {"topk", op.getTopk()},
                        {"sink_blocks", op.getSinkBlocks()},
                        {"local_blocks", op.getLocalBlocks()},
                        {"causal", op.getCausal()}};
    if (op.getIndexQuery()) meaning.numbers = {{"softmax_scale", softmaxScaleOf(op)}};
    meaning.strings = {{"selection", spell(selectionOf(op))}};
    addResults(meaning, op.getResults(), {"selection", "selected_scores"});
    program.meaning.push_back(meaning);
  }

  void readTyped(AttendOp op) {
    MeaningOp meaning{"attend"};
    use(meaning, "query", op.getQuery());
    use(meaning, "key", op.getKey());
    use(meaning, "value", op.getValue());
    use(meaning, "selected", op.getSelected());
    useBatch(meaning, op);
    meaning.integers = {{"block_size", op.getBlockSize()}, {"causal", op.getCausal()}};
    if (op.getSplits()) meaning.integers["splits"] = op.getSplits();
    meaning.numbers = {{"softmax_scale", softmaxScaleOf(op)}};
    meaning.strings = {{"selection", spell(selectionOf(op))}};
    addResults(meaning, op.getResults(),
               op.getSplits() ? ArrayRef<StringRef>{"partial", "partial_lse"} : ArrayRef<StringRef>{"output", "lse"});
    program.meaning.push_back(meaning);
  }

  void readTyped(CombineOp op) {
    MeaningOp meaning{"combine"};
    use(meaning, "partial", op.getPartial());
    use(meaning, "partial_lse", op.getPartialLse());
    addResults(meaning, op.getResults(), {"output", "lse"});
    program.meaning.push_back(meaning);
  }

  void readTyped(TransposeSelectionOp op) {
    MeaningOp meaning{"transpose_selection"};
    use(meaning, "selected", op.getSelected());
    use(meaning, "cu_seqlens_q", op.getCuSeqlensQ());
    meaning.integers = {{"max_blocks", op.getMaxBlocks()}, {"batch", op.getBatch()}};
    SmallVector<StringRef> names = {"row_offsets", "query_ids"};
    if (op.hasSlots()) names.push_back("slots");
    if (std::optional<int64_t> maxQueries = op.getMaxQueries()) {
      names.append({"worklist", "num_items"});
      meaning.integers["max_queries"] = *maxQueries;
      meaning.integers["sub_chunk"] = op.getSubChunk();
    }
    meaning.strings = {{"selection", spell(selectionOf(op))}};
    addResults(meaning, op.getResults(), names);
    program.meaning.push_back(meaning);
  }

  void readTyped(RelayoutSelectionOp op) {
    MeaningOp meaning{"relayout_selection"};
    use(meaning, "selected", op.getSelected());
    meaning.strings = {{"from", spell(op.getFrom())}, {"to", spell(op.getTo())}};
    addResults(meaning, op.getResults(), {"selection"});
    program.meaning.push_back(meaning);
  }

  /// The whole of MSA is its two parts; the selection between them is a result or a value of its own.
  void readTyped(AttentionOp op) {
    AttentionResults positions = attentionResultsOf(op);
    Value selection = positions.selection >= 0 ? op.getResult(positions.selection) : Value();
    int selected = selection ? numberOf(selection) : nextValue++;
    if (selection) addRole(selected, "selection");
    MeaningOp select{"select_blocks"};
    use(select, "index_query", op.getIndexQuery());
    use(select, "index_key", op.getIndexKey());
    useBatch(select, op);
    select.integers = {{"block_size", op.getBlockSize()},
                       {"topk", op.getTopk()},
                       {"sink_blocks", op.getSinkBlocks()},
                       {"local_blocks", op.getLocalBlocks()},
                       {"causal", op.getCausal()}};
    select.numbers = {{"softmax_scale", indexScaleOf(op)}};
    select.strings = {{"selection", "hqk/ascending"}};
    select.results = {selected};
    program.meaning.push_back(select);

    MeaningOp attend{"attend"};
    use(attend, "query", op.getQuery());
    use(attend, "key", op.getKey());
    use(attend, "value", op.getValue());
    attend.operands["selected"] = selected;
    useBatch(attend, op);
    attend.integers = {{"block_size", op.getBlockSize()}, {"causal", op.getCausal()}};
    attend.numbers = {{"softmax_scale", softmaxScaleOf(op)}};
    attend.strings = {{"selection", "hqk/ascending"}};
    addResults(attend, op.getResult(positions.output), {"output"});
    if (positions.lse >= 0) addResults(attend, op.getResult(positions.lse), {"lse"});
    program.meaning.push_back(attend);
  }

  void readTyped(tensor::ExtractSliceOp op) {
    MeaningOp meaning{"slice"};
    Value source = lookThroughCasts(op.getSource());
    meaning.operands["source"] = numberOf(source);
    for (int64_t d = 0; d < op.getSourceType().getRank(); ++d) {
      std::optional<int64_t> offset = getConstantIntValue(op.getMixedOffsets()[d]),
                             size = getConstantIntValue(op.getMixedSizes()[d]);
      auto dim = dyn_cast_if_present<Value>(op.getMixedSizes()[d]);
      auto dimOp = dim ? dim.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
      bool whole =
          dimOp && lookThroughCasts(dimOp.getSource()) == source && dimOp.getConstantIndex() == d && offset == 0;
      if (!offset || (!size && !whole) || getConstantIntValue(op.getMixedStrides()[d]) != 1 ||
          op.getDroppedDims().any()) {
        why = "a slice is not static";
        return;
      }
      meaning.offsets.push_back(*offset);
      meaning.sizes.push_back(whole ? ::msa::kDynamic : *size);
    }
    meaning.results = {numberOf(op.getResult())};
    slices.push_back({meaning.operands["source"], meaning.results[0]});
    program.meaning.push_back(meaning);
  }

  //===--- names ---===//

  void nameArguments(size_t inputs, func::ReturnOp returned) {
    // A sliced argument has the roles of all its slices: keys and values of one cache make "kv".
    for (auto [source, slice] : llvm::reverse(slices)) roles[source].insert(roles[slice].begin(), roles[slice].end());
    llvm::StringSet<> taken;
    for (auto [i, argument] : llvm::enumerate(program.arguments)) {
      const std::set<StringRef> &of = roles[i];
      std::string name = argument.isOutput ? "out" + std::to_string(i - inputs) : "arg" + std::to_string(i);
      if (of == std::set<StringRef>{"k", "v"}) name = "kv";
      else if (of == std::set<StringRef>{"cu_seqlens_k", "cu_seqlens_q"}) name = "cu_seqlens";
      else if (!of.empty()) name = of.begin()->str();
      Attribute given =
          argument.isOutput ? original.getResultAttr(i - inputs, "msa.name") : original.getArgAttr(i, "msa.name");
      if (auto text = dyn_cast_or_null<StringAttr>(given)) name = text.str();
      std::string unique = name;
      for (int n = 2; !taken.insert(unique).second; ++n) unique = name + "_" + std::to_string(n);
      argument.name = unique;
    }
  }

  func::FuncOp original, clone;
  ::msa::Program program;
  DenseMap<Value, int> values;
  int nextValue = 0;
  std::string why; ///< there is no meaning
  std::map<int, std::set<StringRef>> roles;
  std::vector<std::pair<int, int>> slices; ///< source, slice
};
} // namespace

FailureOr<::msa::Program> readMeaning(func::FuncOp function) { return MeaningReader(function).read(); }

LogicalResult attachMeaning(ModuleOp module) {
  if (module->hasAttr(kAttribute)) return success();
  ::msa::Manifest manifest;
  manifest.producer = "meaning";
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal()) continue;
    FailureOr<::msa::Program> program = readMeaning(function);
    if (failed(program)) return failure();
    manifest.programs.push_back(std::move(*program));
  }
  if (manifest.programs.empty())
    return emitError(module.getLoc(), "[no-program] needs a public function with a body, but the module has none");
  module->setAttr(kAttribute, StringAttr::get(module.getContext(), ::msa::serialize(manifest)));
  return success();
}

LogicalResult noteAdjacency(ModuleOp module) {
  if (!module->hasAttr(kAttribute)) return success();
  FailureOr<std::vector<::msa::Program>> programs = takeMeaning(module);
  if (failed(programs)) return failure();
  WalkResult result = module.walk([&](memref::CollapseShapeOp op) {
    Value source = op.getSrc();
    while (auto cast = source.getDefiningOp<memref::CastOp>()) source = cast.getSource();
    auto function = op->getParentOfType<func::FuncOp>();
    auto program = llvm::find_if(*programs, [&](const auto &p) { return function && p.name == function.getName(); });
    if (program == programs->end() || source.getDefiningOp<memref::AllocOp>()) return WalkResult::advance();
    auto argument = dyn_cast<BlockArgument>(source);
    if (!argument || argument.getOwner() != &function.getBody().front()) {
      emitError(op.getLoc(), "[host-function] needs whole arguments where axes are merged, but this is a part of one");
      return WalkResult::interrupt();
    }
    std::vector<int64_t> &adjacent = program->arguments[argument.getArgNumber()].adjacent;
    for (const ReassociationIndices &group : op.getReassociationIndices())
      for (int64_t d : ArrayRef(group).drop_back())
        if (!llvm::is_contained(adjacent, d)) adjacent.push_back(d);
    return WalkResult::advance();
  });
  ::msa::Manifest manifest;
  manifest.producer = "meaning";
  manifest.programs = std::move(*programs);
  module->setAttr(kAttribute, StringAttr::get(module.getContext(), ::msa::serialize(manifest)));
  return failure(result.wasInterrupted());
}

FailureOr<std::vector<::msa::Program>> takeMeaning(ModuleOp module) {
  std::vector<::msa::Program> programs;
  if (auto text = module->getAttrOfType<StringAttr>(kAttribute)) {
    std::string error;
    std::optional<::msa::Manifest> manifest = ::msa::parseManifest(text.str(), error);
    if (!manifest) return emitError(module.getLoc(), "the attribute msa.meaning: ") << error;
    module->removeAttr(kAttribute);
    return std::move(manifest->programs);
  }
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal()) continue;
    FailureOr<std::vector<::msa::ArgumentSpec>> arguments = readArguments(function);
    if (failed(arguments)) return failure();
    ::msa::Program program;
    program.name = function.getName().str();
    program.arguments = std::move(*arguments);
    program.notes["meaning"] = "none: the program did not come from the input phase";
    programs.push_back(std::move(program));
  }
  return programs;
}

} // namespace mlir::msa
