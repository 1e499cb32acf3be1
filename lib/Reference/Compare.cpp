#include "msa/Reference/Compare.h"
#include "Parallel.h"
#include <cmath>
#include <limits>

namespace msa::reference {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tolerance toleranceOf(Dtype dtype) {
  switch (dtype) {
  case Dtype::BF16: return {2e-2, 3e-3, 1e-3};
  case Dtype::F16: return {3e-3, 1e-3, 1e-3};
  default: return {1e-4, 1e-4, 1e-3};
  }
}

namespace {

/// Which dimensions count query tokens: one, or two in dense tensors. -1: none does.
int tokenDimension(Role role, SelectionLayout layout) {
  switch (role) {
  case Role::Output: return 0;
  case Role::Lse: return 0;
  case Role::Scores: return 1;
  case Role::Selection:
  case Role::SelectedScores: return layout == SelectionLayout::HQK ? 1 : 0;
  case Role::Partial:
  case Role::PartialLse: return 1;
  default: return -1;
  }
}

/// Calls body(offset) for the start of every innermost row of `tensor` that belongs to one of `tokens`.
template <class Body>
void forEachRow(const Tensor &tensor, int tokenDim, bool dense, const std::vector<int64_t> *tokens, Body body) {
  int64_t dim = tensor.shape.empty() ? 1 : tensor.shape.back(), rows = dim ? tensor.numElements() / dim : 0;
  if (!tokens || tokenDim < 0) {
    for (int64_t row = 0; row < rows; ++row) body(tensor.offsetOf(row * dim));
    return;
  }
  // The rows of one token: all other dimensions run.
  Tensor others = tensor;
  others.shape.back() = 1;
  int64_t seqlen = dense ? tensor.shape[1] : 1;
  others.shape[tokenDim] = 1;
  if (dense) others.shape[1] = 1;
  for (int64_t token : *tokens) {
    int64_t base = dense ? token / seqlen * tensor.strides[0] + token % seqlen * tensor.strides[1]
                         : token * tensor.strides[tokenDim];
    for (int64_t i = 0; i < others.numElements(); ++i) body(base + others.offsetOf(i));
  }
}

std::string text(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.6g", value);
  return digits;
}

/// |actual - expected|, with equal infinities equal and any NaN infinitely wrong.
double difference(double actual, double expected) {
  if (actual == expected) return 0;
  double error = std::fabs(actual - expected);
  return std::isnan(error) ? kInfinity : error;
}

/// Index of an element offset in a row-major tensor, "[3, 0, 17]".
std::string placeOf(const Tensor &tensor, int64_t offset) {
  std::vector<int64_t> index;
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    index.push_back(tensor.strides[d] ? offset / tensor.strides[d] : 0);
    offset -= index.back() * tensor.strides[d];
  }
  return describe(index);
}

void compareNumbers(Comparison &result, const Tensor &expected, const Tensor &actual, const Tensor &expectedLse,
                    int tokenDim, bool dense, const std::vector<int64_t> *rows, bool sortRows = false) {
  double largest = 0, errors = 0, squares = 0, worst = 0;
  int64_t worstAt = -1;
  std::vector<int64_t> offsets;
  forEachRow(expected, tokenDim, dense, rows, [&](int64_t offset) { offsets.push_back(offset); });
  int64_t dim = expected.shape.empty() ? 1 : expected.shape.back();
  std::vector<double> wanted(dim), found(dim);
  for (int64_t offset : offsets) { // both are row-major and of one shape, so offsets agree
    if (expectedLse && expectedLse.get(offset / dim) == -kInfinity) continue; // an empty partial may hold anything
    expected.getRow(offset, dim, wanted.data());
    actual.getRow(offset, dim, found.data());
    if (sortRows) { // a near tie exchanged two blocks, and with them their places
      std::sort(wanted.begin(), wanted.end());
      std::sort(found.begin(), found.end());
    }
    for (int64_t i = 0; i < dim; ++i) {
      double want = wanted[i], error = difference(found[i], want);
      if (std::isfinite(want)) {
        largest = std::max(largest, std::fabs(want));
        squares += want * want;
      }
      errors += error * error;
      if (error > worst) worst = error, worstAt = offset + i;
    }
  }
  result.maxAbs = worst;
  result.maxRel = worst == 0 ? 0 : largest > 0 ? worst / largest : kInfinity;
  result.rmsRows = int64_t(offsets.size());
  result.rms = errors == 0 ? 0 : squares > 0 ? std::sqrt(errors / squares) : kInfinity;
  if (worstAt >= 0)
    result.why = "the largest difference is at " + placeOf(expected, worstAt) + ": expects " +
                 text(expected.get(worstAt)) + ", but finds " + text(actual.get(worstAt));
}

/// A selection that differs from the expected one is right all the same if its blocks score as well, to within f32 rounding.
bool scoresAgree(const SelectBlocksArgs &args, const Batch &batch, const SelectionView &actual,
                 const std::vector<int64_t> &expected, int64_t head, int64_t token) {
  int64_t maxBlocks = batch.requestOf[token] < 0 ? 0 : batch.visibility(token, args.index.blockSize).numBlocks;
  if (!checkSelectionRow(actual, args.selection.order, head, token, maxBlocks).empty()) return false;
  std::vector<int64_t> ids = actual.row(head, token);
  if (ids.size() != expected.size()) return false;
  std::vector<float> scores = rowScores(args, batch, head, token), mine, theirs;
  double scale = 0;
  for (float score : scores)
    if (std::isfinite(score)) scale = std::max(scale, std::fabs(double(score)));
  for (size_t i = 0; i < ids.size(); ++i) {
    mine.push_back(scores[ids[i]]);
    theirs.push_back(scores[expected[i]]);
  }
  std::sort(mine.begin(), mine.end());
  std::sort(theirs.begin(), theirs.end());
  for (size_t i = 0; i < ids.size(); ++i)
    if (difference(mine[i], theirs[i]) > 1e-5 * scale) return false;
  Visibility seen = batch.visibility(token, args.index.blockSize); // the query's own block is not up for exchange
  return seen.localBlock < 0 || std::find(ids.begin(), ids.end(), seen.localBlock) != ids.end();
}

void compareSelection(Comparison &result, const Tensor &expected, const Tensor &actual, SelectionContract contract,
                      const SelectBlocksArgs *inexact, const std::vector<int64_t> &rows) {
  SelectionView want{expected, contract.layout}, have{actual, contract.layout};
  std::string error;
  std::optional<Batch> batch;
  if (inexact) batch = batchOf(*inexact, error);
  bool anyOrder = contract.order == SelectionOrder::Any || contract.order == SelectionOrder::LocalLast;
  for (int64_t token : rows)
    for (int64_t head = 0; head < want.numHeads(); ++head) {
      std::vector<int64_t> wanted = want.row(head, token), found = have.row(head, token);
      bool same = true;
      for (int64_t slot = 0; slot < want.topk(); ++slot)
        same &= expected.get(want.offset(head, token, slot)) == actual.get(have.offset(head, token, slot));
      if (!same && anyOrder &&
          checkSelectionRow(have, contract.order, head, token, std::numeric_limits<int64_t>::max()).empty() &&
          wanted.size() == found.size()) {
        bool lastKept = contract.order == SelectionOrder::Any || wanted.empty() || wanted.back() == found.back();
        std::vector<int64_t> a = wanted, b = found;
        std::sort(a.begin(), a.end());
        std::sort(b.begin(), b.end());
        same = lastKept && a == b;
      }
      if (!same && batch) same = scoresAgree(*inexact, *batch, have, wanted, head, token);
      if (same) continue;
      if (!result.wrongRows++)
        result.why = "token " + std::to_string(token) + ", head " + std::to_string(head) + ": expects " +
                     describe(wanted) + ", but finds " + describe(found);
    }
  result.ok = result.wrongRows == 0;
}

} // namespace

Comparison compareOutput(const Program &program, const Interpreter &interpreter, int argument, const Tensor &actual,
                         const std::vector<int64_t> *rows, bool exactScores) {
  Comparison result;
  const ArgumentSpec &spec = program.arguments[argument];
  result.name = spec.name;
  result.role = rolesOf(program)[argument];
  const MeaningOp *op = producerOf(program, argument);
  if (!op) {
    result.ok = false, result.why = "no op of the meaning makes this output";
    return result;
  }
  const Tensor &expected = interpreter.expected(argument);
  auto text = op->strings.find(op->op == "relayout_selection" ? "to" : "selection");
  SelectionContract contract =
      text == op->strings.end() ? SelectionContract() : parseSelection(text->second).value_or(SelectionContract());
  if (interpreter.computesAllRows()) rows = nullptr;
  int tokenDim = tokenDimension(result.role, contract.layout);
  bool dense = result.role == Role::Output && expected.rank() == 4;
  int64_t totalQ = tokenDim < 0 ? 0 : dense ? expected.shape[0] * expected.shape[1] : expected.shape[tokenDim];
  std::vector<int64_t> compared = rowsToDo(rows, totalQ);
  result.rows = int64_t(compared.size());
  Tolerance allowed = toleranceOf(spec.dtype);
  switch (result.role) {
  case Role::Selection: {
    bool inexact = !exactScores && op->op == "select_blocks";
    SelectBlocksArgs args;
    if (inexact) args = interpreter.selectArgs(*op);
    compareSelection(result, expected, actual, contract, inexact ? &args : nullptr, compared);
    return result;
  }
  case Role::Lse:
  case Role::PartialLse:
    compareNumbers(result, expected, actual, {}, tokenDim, dense, rows);
    result.ok = result.maxAbs <= allowed.lseAbs;
    return result;
  case Role::Partial: {
    Tensor lse;
    if (op->results.size() > 1) lse = interpreter.expected(op->results[1]);
    compareNumbers(result, expected, actual, lse, tokenDim, dense, rows);
    // Partials are f32 whatever the inputs are, and carry the probabilities' rounding: they are judged as the inputs' type.
    auto query = op->operands.find("query");
    if (query != op->operands.end() && size_t(query->second) < program.arguments.size())
      allowed = toleranceOf(program.arguments[query->second].dtype);
    break;
  }
  case Role::RowOffsets:
  case Role::QueryIds:
  case Role::Slots:
  case Role::Worklist:
  case Role::NumItems:
    compareNumbers(result, expected, actual, {}, -1, false, nullptr);
    result.ok = result.maxAbs == 0;
    return result;
  default:
    compareNumbers(result, expected, actual, {}, tokenDim, dense, rows,
                   result.role == Role::SelectedScores && !exactScores);
    break;
  }
  result.ok = result.maxRel <= allowed.maxRel && (result.rmsRows < kFewestRmsRows || result.rms <= allowed.rms);
  return result;
}

} // namespace msa::reference
