#include "msa/Reference/Interpreter.h"
#include <algorithm>

namespace msa::reference {

static int64_t integerOr(const MeaningOp &op, const char *name, int64_t otherwise) {
  auto found = op.integers.find(name);
  return found == op.integers.end() ? otherwise : found->second;
}

static double numberOr(const MeaningOp &op, const char *name, double otherwise) {
  auto found = op.numbers.find(name);
  return found == op.numbers.end() ? otherwise : found->second;
}

static SelectionContract contractOf(const MeaningOp &op, const char *name) {
  auto found = op.strings.find(name);
  std::optional<SelectionContract> contract;
  if (found != op.strings.end()) contract = parseSelection(found->second);
  return contract.value_or(SelectionContract());
}

static int64_t numValuesOf(const Program &program) {
  int64_t count = int64_t(program.arguments.size());
  for (const MeaningOp &op : program.meaning)
    for (int value : op.results) count = std::max<int64_t>(count, value + 1);
  return count;
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

const MeaningOp *producerOf(const Program &program, int value) {
  for (const MeaningOp &op : program.meaning)
    if (std::find(op.results.begin(), op.results.end(), value) != op.results.end()) return &op;
  return nullptr;
}

static std::vector<Role> resultRoles(const MeaningOp &op) {
  if (op.op == "index_scores") return {Role::Scores};
  if (op.op == "select_blocks") return {Role::Selection, Role::SelectedScores};
  if (op.op == "attend")
    return integerOr(op, "splits", 0) ? std::vector<Role>{Role::Partial, Role::PartialLse}
                                      : std::vector<Role>{Role::Output, Role::Lse};
  if (op.op == "combine") return {Role::Output, Role::Lse};
  if (op.op == "transpose_selection") {
    std::vector<Role> roles = {Role::RowOffsets, Role::QueryIds};
    if (op.results.size() % 2 == 1) roles.push_back(Role::Slots);
    if (op.results.size() >= 4) roles.insert(roles.end(), {Role::Worklist, Role::NumItems});
    return roles;
  }
  if (op.op == "relayout_selection") return {Role::Selection};
  return {};
}

static Role operandRole(const std::string &name) {
  static const std::map<std::string, Role> roles = {{"query", Role::Query},
                                                    {"key", Role::Key},
                                                    {"value", Role::Value},
                                                    {"index_query", Role::IndexQuery},
                                                    {"index_key", Role::IndexKey},
                                                    {"cu_seqlens_q", Role::CuSeqlensQ},
                                                    {"cu_seqlens_k", Role::CuSeqlensK},
                                                    {"page_table", Role::PageTable},
                                                    {"seqused_k", Role::SequsedK},
                                                    {"scores", Role::Scores},
                                                    {"selected", Role::Selection},
                                                    {"partial", Role::Partial},
                                                    {"partial_lse", Role::PartialLse}};
  auto found = roles.find(name);
  return found == roles.end() ? Role::Unknown : found->second;
}

std::vector<Role> rolesOf(const Program &program) {
  std::vector<Role> roles(size_t(numValuesOf(program)), Role::Unknown);
  for (const MeaningOp &op : program.meaning) {
    std::vector<Role> made = resultRoles(op);
    for (size_t i = 0; i < op.results.size() && i < made.size(); ++i) roles[op.results[i]] = made[i];
  }
  // Backwards, so that a slice knows its result's role before its source asks, and the first use of an input has the last word.
  std::vector<Role> made = roles;
  for (auto op = program.meaning.rbegin(); op != program.meaning.rend(); ++op)
    for (const auto &[name, value] : op->operands)
      if (made[value] == Role::Unknown)
        roles[value] = op->op == "slice" && !op->results.empty() ? roles[op->results[0]] : operandRole(name);
  return roles;
}

//===----------------------------------------------------------------------===//
// Operands as plain data
//===----------------------------------------------------------------------===//

Interpreter::Interpreter(const Program &program, std::vector<Tensor> arguments)
    : program(program), arguments(std::move(arguments)), adopted(size_t(numValuesOf(program))) {
  for (size_t i = 0; i < this->arguments.size(); ++i) // an output has no value before its op has run
    values.push_back(program.arguments[i].isOutput ? Tensor() : this->arguments[i]);
  values.resize(adopted.size());
  owned.resize(adopted.size());
}

Tensor Interpreter::operand(const MeaningOp &op, const char *name) const {
  auto found = op.operands.find(name);
  return found == op.operands.end() ? Tensor() : values[found->second];
}

BatchOperands Interpreter::batchOperands(const MeaningOp &op) const {
  return {operand(op, "cu_seqlens_q"), operand(op, "cu_seqlens_k"), operand(op, "page_table"),
          operand(op, "seqused_k")};
}

IndexScoresArgs Interpreter::indexArgs(const MeaningOp &op) const {
  return {operand(op, "index_query"),     operand(op, "index_key"),         batchOperands(op),
          integerOr(op, "block_size", 0), numberOr(op, "softmax_scale", 0), integerOr(op, "causal", 1) != 0};
}

SelectBlocksArgs Interpreter::selectArgs(const MeaningOp &op) const {
  return {operand(op, "scores"),
          indexArgs(op),
          integerOr(op, "topk", 0),
          integerOr(op, "sink_blocks", 0),
          integerOr(op, "local_blocks", 1),
          contractOf(op, "selection")};
}

AttendArgs Interpreter::attendArgs(const MeaningOp &op) const {
  return {operand(op, "query"),
          operand(op, "key"),
          operand(op, "value"),
          operand(op, "selected"),
          batchOperands(op),
          integerOr(op, "block_size", 0),
          numberOr(op, "softmax_scale", 0),
          integerOr(op, "causal", 1) != 0,
          contractOf(op, "selection"),
          integerOr(op, "splits", 0)};
}

TransposeSelectionArgs Interpreter::transposeArgs(const MeaningOp &op) const {
  return {operand(op, "selected"),        contractOf(op, "selection"), operand(op, "cu_seqlens_q"),
          integerOr(op, "max_blocks", 0), integerOr(op, "batch", 1),   integerOr(op, "max_queries", 0),
          integerOr(op, "sub_chunk", 0)};
}

RelayoutSelectionArgs Interpreter::relayoutArgs(const MeaningOp &op) const {
  return {operand(op, "selected"), contractOf(op, "from"), contractOf(op, "to")};
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

bool Interpreter::computesAllRows() const {
  std::vector<Role> roles = rolesOf(program);
  for (const MeaningOp &op : program.meaning) {
    if (op.op == "transpose_selection" && producerOf(program, op.operands.at("selected"))) return true;
    if (op.op != "slice") continue;
    // Cutting query tokens renumbers them; heads and dim are the last two dimensions. Keys and metadata are no rows.
    int source = op.operands.at("source");
    Role role = roles[op.results.at(0)];
    bool hasRows = role == Role::Query || role == Role::IndexQuery || role == Role::Scores || role == Role::Selection ||
                   role == Role::Partial || role == Role::PartialLse;
    for (size_t d = 0; hasRows && d < op.sizes.size(); ++d) {
      bool whole =
          op.sizes[d] == kDynamic || (size_t(source) < arguments.size() && op.sizes[d] == arguments[source].shape[d]);
      bool mayCut = (role == Role::Query || role == Role::IndexQuery) && d + 2 >= op.sizes.size();
      if (!whole && !mayCut) return true;
    }
  }
  return false;
}

Tensor Interpreter::result(const MeaningOp &op, size_t position, Element element, std::vector<int64_t> shape) {
  if (position >= op.results.size()) return {};
  int value = op.results[position];
  bool isArgument = size_t(value) < arguments.size();
  if (isArgument) shape = arguments[value].shape; // the ops check it; a dense output is known only here
  owned[value] = OwnedTensor(element, std::move(shape));
  values[value] = isArgument && adopted[value] ? arguments[value] : owned[value].view();
  return owned[value].view();
}

static std::vector<int64_t> selectionShape(SelectionLayout layout, int64_t heads, int64_t totalQ, int64_t topk) {
  return layout == SelectionLayout::HQK ? std::vector<int64_t>{heads, totalQ, topk}
                                        : std::vector<int64_t>{totalQ, heads, topk};
}

std::string Interpreter::execute(const MeaningOp &op, const Options &options, bool checkOnly) {
  if (op.op == "slice") {
    Tensor source = operand(op, "source");
    if (!source) return "";
    for (size_t i = 0; i < source.shape.size(); ++i) {
      int64_t offset = i < op.offsets.size() ? op.offsets[i] : 0,
              size = i < op.sizes.size() && op.sizes[i] >= 0 ? op.sizes[i] : source.shape[i];
      if (offset + size > source.shape[i])
        return "expects a slice within " + describe(source.shape) + ", but it ends at " +
               std::to_string(offset + size) + " in dimension " + std::to_string(i);
    }
    values[op.results.at(0)] = source.slice(op.offsets, op.sizes);
    return "";
  }
  if (op.op == "index_scores") {
    IndexScoresArgs args = indexArgs(op);
    if (std::string problem = msa::reference::check(args); checkOnly || !problem.empty()) return problem;
    const Tensor &query = args.indexQuery;
    return indexScores(args,
                       result(op, 0, Element::F64, {query.shape[query.rank() - 2], totalQOf(query), maxBlocksOf(args)}),
                       options);
  }
  if (op.op == "select_blocks") {
    SelectBlocksArgs args = selectArgs(op);
    if (!args.scores && !args.index.indexQuery) return ""; // scores that were not computed: --check only
    if (std::string problem = msa::reference::check(args); checkOnly || !problem.empty()) return problem;
    const Tensor &query = args.index.indexQuery;
    std::vector<int64_t> shape =
        selectionShape(args.selection.layout, args.scores ? args.scores.shape[0] : query.shape[query.rank() - 2],
                       args.scores ? args.scores.shape[1] : totalQOf(query), args.topk);
    Tensor selected = result(op, 0, Element::I32, shape), scores = result(op, 1, Element::F64, shape);
    return selectBlocks(args, selected, scores, options);
  }
  if (op.op == "attend") {
    AttendArgs args = attendArgs(op);
    if (!args.selected) return "";
    if (std::string problem = msa::reference::check(args, options.rows); checkOnly || !problem.empty()) return problem;
    std::vector<int64_t> shape = args.query.shape,
                         lseShape = {totalQOf(args.query), args.query.shape[args.query.rank() - 2]};
    if (args.splits) {
      shape = {args.splits, lseShape[0], lseShape[1], args.query.shape.back()};
      lseShape.insert(lseShape.begin(), args.splits);
    }
    Tensor output = result(op, 0, Element::F64, shape), lse = result(op, 1, Element::F64, lseShape);
    return attend(args, output, lse, options);
  }
  if (op.op == "combine") {
    CombineArgs args = {operand(op, "partial"), operand(op, "partial_lse")};
    if (!args.partial) return "";
    if (std::string problem = msa::reference::check(args); checkOnly || !problem.empty()) return problem;
    const std::vector<int64_t> &shape = args.partial.shape;
    Tensor output = result(op, 0, Element::F64, {shape[1], shape[2], shape[3]}),
           lse = result(op, 1, Element::F64, {shape[1], shape[2]});
    return combine(args, output, lse, options);
  }
  if (op.op == "transpose_selection") {
    TransposeSelectionArgs args = transposeArgs(op);
    if (!args.selected) return "";
    if (std::string problem = msa::reference::check(args); checkOnly || !problem.empty()) return problem;
    SelectionView selection{args.selected, args.selection.layout};
    std::vector<int64_t> listShape = {selection.numHeads(), selection.totalQ() * selection.topk()};
    TransposedSelection made;
    made.rowOffsets = result(op, 0, Element::I32, {selection.numHeads(), args.batch * args.maxBlocks + 1});
    made.queryIds = result(op, 1, Element::I32, listShape);
    if (op.results.size() % 2 == 1) made.slots = result(op, 2, Element::I32, listShape);
    if (args.maxQueries) {
      made.worklist = result(op, op.results.size() - 2, Element::I32, {worklistCapacity(args), 4});
      made.numItems = result(op, op.results.size() - 1, Element::I32, {1});
    }
    return transposeSelection(args, made);
  }
  if (op.op == "relayout_selection") {
    RelayoutSelectionArgs args = relayoutArgs(op);
    if (!args.selected) return "";
    if (std::string problem = msa::reference::check(args); checkOnly || !problem.empty()) return problem;
    SelectionView selection{args.selected, args.from.layout};
    return relayoutSelection(
        args,
        result(op, 0, Element::I32,
               selectionShape(args.to.layout, selection.numHeads(), selection.totalQ(), selection.topk())),
        options);
  }
  return "expects an op of the msa dialect, but it is '" + op.op + "'";
}

/// A fault of an operand that is an argument, or a slice of one, told of the argument: users know their own names.
std::string Interpreter::inArgumentNames(const MeaningOp &op, const std::string &problem) const {
  size_t end = problem.find("': ");
  if (problem.empty() || problem[0] != '\'' || end == std::string::npos) return problem;
  std::string name = problem.substr(1, end - 1);
  auto found = op.operands.find(name);
  if (found == op.operands.end()) found = op.operands.find("index_" + name); // keys and queries of the selecting ops
  if (found == op.operands.end()) return problem;
  int value = found->second;
  for (const MeaningOp *slice = producerOf(program, value); slice && slice->op == "slice";
       slice = producerOf(program, value))
    value = slice->operands.at("source");
  return size_t(value) < arguments.size() ? "'" + program.arguments[value].name + problem.substr(end) : problem;
}

std::string Interpreter::check() {
  for (const MeaningOp &op : program.meaning)
    if (std::string problem = execute(op, {}, /*checkOnly=*/true); !problem.empty())
      return "msa." + op.op + ": " + inArgumentNames(op, problem);
  return "";
}

std::string Interpreter::run(const Options &options) {
  Options allowed = options;
  if (computesAllRows()) allowed.rows = nullptr;
  for (const MeaningOp &op : program.meaning)
    if (std::string problem = execute(op, allowed, /*checkOnly=*/false); !problem.empty())
      return "msa." + op.op + ": " + inArgumentNames(op, problem);
  return "";
}

} // namespace msa::reference
