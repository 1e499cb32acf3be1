//===- Selection.cpp - selections as data: contracts, checks, relayouts ----===//
#include "Parallel.h"
#include "msa/Reference/Select.h"
#include <algorithm>

namespace msa::reference {

std::optional<SelectionContract> parseSelection(const std::string &text) {
  for (auto [layoutName, layout] : {std::pair("hqk", SelectionLayout::HQK), std::pair("qhk", SelectionLayout::QHK)})
    for (auto [orderName, order] :
         {std::pair("ascending", SelectionOrder::Ascending), std::pair("any", SelectionOrder::Any),
          std::pair("local_last", SelectionOrder::LocalLast), std::pair("score", SelectionOrder::Score)})
      if (text == std::string(layoutName) + "/" + orderName) return SelectionContract{layout, order};
  return std::nullopt;
}

std::vector<int64_t> SelectionView::row(int64_t head, int64_t token) const {
  std::vector<int64_t> ids;
  for (int64_t slot = 0; slot < topk(); ++slot) {
    int64_t id = int64_t(tensor.get(offset(head, token, slot)));
    if (id < 0) break;
    ids.push_back(id);
  }
  return ids;
}

std::string checkSelectionRow(const SelectionView &selection, SelectionOrder order, int64_t head, int64_t token,
                              int64_t maxBlocks) {
  std::vector<int64_t> ids;
  ids.reserve(size_t(selection.topk()));
  bool ended = false;
  for (int64_t slot = 0; slot < selection.topk(); ++slot) {
    int64_t id = int64_t(selection.tensor.get(selection.offset(head, token, slot)));
    if (id == -1) {
      ended = true;
      continue;
    }
    auto fault = [&](const std::string &expected, const std::string &after) {
      bool headFirst = selection.layout == SelectionLayout::HQK;
      return operandFault("selected", expected,
                          describe({headFirst ? head : token, headFirst ? token : head, slot}) + " is " +
                              std::to_string(id) + after);
    };
    if (id < 0) return fault("blocks from 0 on, and -1 behind them", "");
    if (ended) return fault("-1 only as a suffix", " after one");
    if (id >= maxBlocks) return fault("blocks below " + std::to_string(maxBlocks), "");
    // At most 64 ids, and most contracts ascend: a look at what came before is cheaper than a set.
    if ((ids.empty() || id <= ids.back() || order != SelectionOrder::Ascending) &&
        std::find(ids.begin(), ids.end(), id) != ids.end())
      return fault("each block once", " again");
    if (order == SelectionOrder::Ascending && !ids.empty() && id < ids.back())
      return fault("ascending blocks", " after " + std::to_string(ids.back()));
    ids.push_back(id);
  }
  return "";
}

/// "" or the first bad row.
static std::string checkRows(const SelectionView &selection, SelectionOrder order, int64_t maxBlocks) {
  for (int64_t head = 0; head < selection.numHeads(); ++head)
    for (int64_t token = 0; token < selection.totalQ(); ++token)
      if (std::string problem = checkSelectionRow(selection, order, head, token, maxBlocks); !problem.empty())
        return problem;
  return "";
}

std::string check(const TransposeSelectionArgs &args) {
  if (args.selected.rank() != 3)
    return "expects a selection of rank 3, but its shape is " + describe(args.selected.shape);
  SelectionView selection{args.selected, args.selection.layout};
  int64_t totalQ = selection.totalQ();
  if (args.cuSeqlensQ && args.cuSeqlensQ.shape[0] - 1 != args.batch)
    return operandFault("cu_seqlens_q", std::to_string(args.batch) + " requests",
                        "it has " + std::to_string(args.cuSeqlensQ.shape[0] - 1));
  if (args.batch < 1 || (!args.cuSeqlensQ && totalQ % args.batch))
    return "expects " + std::to_string(totalQ) + " query tokens to divide into requests, but there are " +
           std::to_string(args.batch);
  if (args.cuSeqlensQ)
    if (std::string problem = checkCumulative("cu_seqlens_q", args.cuSeqlensQ, totalQ); !problem.empty())
      return problem;
  return checkRows(selection, args.selection.order, args.maxBlocks);
}

int64_t worklistCapacity(const TransposeSelectionArgs &args) {
  SelectionView selection{args.selected, args.selection.layout};
  int64_t entries = selection.totalQ() * selection.topk(), stretches = args.batch;
  if (args.subChunk) stretches += (selection.totalQ() + args.subChunk - 1) / args.subChunk;
  return selection.numHeads() * (entries / args.maxQueries + std::min(entries, stretches * args.maxBlocks));
}

namespace {
/// A token that chose a block, and the slot of its selection that the block stood in.
struct Choice {
  int64_t token, slot;
};

/// Writes rows of a worklist in order.
class WorklistWriter {
public:
  WorklistWriter(const TransposeSelectionArgs &args, const Tensor &worklist) : args(args), worklist(worklist) {}

  /// The parts of one KV head: lists[row] of its choices, ascending.
  void addHead(int64_t head, const std::vector<std::vector<Choice>> &lists, int64_t totalQ) {
    int64_t length = args.subChunk ? args.subChunk : std::max<int64_t>(totalQ, 1);
    for (int64_t begin = 0; begin < totalQ; begin += length) {
      int64_t offset = 0; // of the row's list
      for (size_t row = 0; row < lists.size(); offset += int64_t(lists[row++].size())) {
        auto before = [](const Choice &choice, int64_t token) { return choice.token < token; };
        auto list = lists[row].begin(), end = lists[row].end();
        auto first = std::lower_bound(list, end, begin, before),
             last = std::lower_bound(first, end, begin + length, before);
        if (first != last) addParts(head, int64_t(row), offset + (first - list), last - first);
      }
    }
  }

  /// How many there are; the rest is filled.
  int64_t finish() {
    for (int64_t row = next; row < worklist.shape[0]; ++row)
      for (int64_t column = 0; column < 4; ++column) worklist.set(worklist.offset({row, column}), -1);
    return next;
  }

private:
  void addParts(int64_t head, int64_t row, int64_t first, int64_t count) {
    int64_t parts = (count + args.maxQueries - 1) / args.maxQueries, size = (count + parts - 1) / parts;
    for (int64_t begin = 0; begin < count; begin += size, ++next) {
      int64_t item[4] = {head, row, first + begin, std::min(size, count - begin)};
      for (int64_t column = 0; column < 4; ++column)
        worklist.set(worklist.offset({next, column}), double(item[column]));
    }
  }

  const TransposeSelectionArgs &args;
  const Tensor &worklist;
  int64_t next = 0;
};
} // namespace

std::string transposeSelection(const TransposeSelectionArgs &args, const TransposedSelection &result) {
  if (std::string problem = check(args); !problem.empty()) return problem;
  SelectionView selection{args.selected, args.selection.layout};
  int64_t heads = selection.numHeads(), totalQ = selection.totalQ(), numRows = args.batch * args.maxBlocks;
  std::vector<int64_t> listShape = {heads, totalQ * selection.topk()};
  std::pair<const Tensor *, std::vector<int64_t>> shapes[] = {
      {&result.rowOffsets, {heads, numRows + 1}}, {&result.queryIds, listShape}, {&result.slots, listShape}};
  for (const auto &[tensor, shape] : shapes)
    if ((*tensor || tensor != &result.slots) && tensor->shape != shape)
      return "expects row offsets of shape " + describe({heads, numRows + 1}) + ", query ids and slots of shape " +
             describe(listShape) + ", but one is " + describe(tensor->shape);
  if (result.worklist && result.worklist.shape != std::vector<int64_t>{worklistCapacity(args), 4})
    return "expects a worklist of shape " + describe({worklistCapacity(args), 4}) + ", but it is " +
           describe(result.worklist.shape);
  WorklistWriter worklist(args, result.worklist);
  for (int64_t head = 0; head < heads; ++head) {
    std::vector<std::vector<Choice>> chosenBy(numRows);
    int64_t request = 0;
    for (int64_t token = 0; token < totalQ; ++token) {
      if (args.cuSeqlensQ)
        while (request < args.batch && token >= int64_t(args.cuSeqlensQ.at({request + 1}))) ++request;
      else request = token / (totalQ / args.batch);
      if (request >= args.batch) break;
      int64_t slot = 0;
      for (int64_t block : selection.row(head, token))
        chosenBy[request * args.maxBlocks + block].push_back({token, slot++});
    }
    int64_t next = 0;
    auto put = [&](Choice choice) {
      result.queryIds.set(result.queryIds.offset({head, next}), double(choice.token));
      if (result.slots) result.slots.set(result.slots.offset({head, next}), double(choice.slot));
      ++next;
    };
    for (int64_t row = 0; row < numRows; ++row) {
      result.rowOffsets.set(result.rowOffsets.offset({head, row}), double(next));
      for (Choice choice : chosenBy[row]) put(choice);
    }
    result.rowOffsets.set(result.rowOffsets.offset({head, numRows}), double(next));
    while (next < listShape[1]) put({-1, -1});
    if (result.worklist) worklist.addHead(head, chosenBy, totalQ);
  }
  if (result.worklist) {
    int64_t numItems = worklist.finish();
    if (result.numItems) result.numItems.set(result.numItems.offset({0}), double(numItems));
  }
  return "";
}

std::string check(const RelayoutSelectionArgs &args) {
  if (args.selected.rank() != 3)
    return "expects a selection of rank 3, but its shape is " + describe(args.selected.shape);
  if (args.to.order == SelectionOrder::Score && args.from.order != SelectionOrder::Score)
    return "expects an order that ids alone decide, but the result wants score order";
  return checkRows({args.selected, args.from.layout}, args.from.order, INT64_MAX);
}

std::string relayoutSelection(const RelayoutSelectionArgs &args, const Tensor &result, const Options &options) {
  if (std::string problem = check(args); !problem.empty()) return problem;
  SelectionView from{args.selected, args.from.layout}, to{result, args.to.layout};
  if (result.rank() != 3 || to.numHeads() != from.numHeads() || to.totalQ() != from.totalQ() ||
      to.topk() != from.topk())
    return "expects a result of " + std::to_string(from.numHeads()) + " heads, " + std::to_string(from.totalQ()) +
           " tokens and " + std::to_string(from.topk()) + " slots, but its shape is " + describe(result.shape);
  for (int64_t token : rowsToDo(options.rows, from.totalQ()))
    for (int64_t head = 0; head < from.numHeads(); ++head) {
      std::vector<int64_t> ids = from.row(head, token);
      if (args.to.order == SelectionOrder::Ascending || args.to.order == SelectionOrder::LocalLast)
        std::sort(ids.begin(), ids.end());
      for (int64_t slot = 0; slot < from.topk(); ++slot)
        result.set(to.offset(head, token, slot), slot < int64_t(ids.size()) ? double(ids[slot]) : -1);
    }
  return "";
}

} // namespace msa::reference
