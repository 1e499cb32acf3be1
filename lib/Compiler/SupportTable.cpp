#include "SupportTable.h"
#include "Diagnostics.h"
#include "SupportProbes.h"
#include "mlir/Parser/Parser.h"
#include "msa/Pipelines/Compile.h"
#include "msa/Support/GpuSpec.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace mlir::msa {
namespace {

/// In the order of insertion.
template <class Key, class Value> using Listed = llvm::MapVector<Key, Value, std::map<Key, unsigned>>;

class Prober {
public:
  Prober(MLIRContext &context, const std::string &target) : context(context), target(target) {}

  /// What the target does with one op.
  std::string cell(const ProbedOp &op) {
    if (std::string id = refusalOf(op, {}); !id.empty()) return "no `[" + id + "]`";
    Listed<std::string, std::string> excepted; // id -> what
    auto except = [&](const std::string &id, const std::string &what) {
      std::string &list = excepted[id];
      list += (list.empty() ? "" : ", ") + what;
    };
    std::vector<const ProbeAxis *> axes;
    for (const ProbeAxis &axis : probeAxes())
      if (llvm::is_contained(op.axes, axis.name)) axes.push_back(&axis);
    for (const ProbeAxis *axis : axes) {
      Listed<std::string, std::vector<std::string>> refused;
      for (const std::string &value : axis->values) {
        Probe probe;
        axis->set(probe, value);
        if (std::string id = refusalOf(op, probe); !id.empty()) refused[id].push_back(value);
      }
      for (auto &[id, values] : refused) except(id, axis->name + " " + llvm::join(values, ", "));
    }
    for (auto &[id, what] : extremes(op, axes)) except(id, what);
    std::string text = "all";
    for (auto &[id, what] : excepted) text += (text == "all" ? " but " : "; ") + what + " `[" + id + "]`";
    return text;
  }

private:
  /// The extremes of every numeric axis together, where each alone is supported: what does not fit.
  std::vector<std::pair<std::string, std::string>> extremes(const ProbedOp &op, ArrayRef<const ProbeAxis *> all) {
    std::vector<const ProbeAxis *> axes;
    for (const ProbeAxis *axis : all)
      if (llvm::is_contained({"block_size", "topk", "group", "head_dim", "index_dim"}, axis->name))
        axes.push_back(axis);
    std::vector<std::pair<std::string, std::string>> found;
    for (unsigned bits = 0; bits < 1u << axes.size(); ++bits) {
      Probe probe;
      std::vector<std::string> what;
      for (auto [i, axis] : llvm::enumerate(axes)) {
        const std::string &value = bits >> i & 1 ? axis->values.back() : axis->values.front();
        axis->set(probe, value);
        what.push_back(axis->name + " " + value);
      }
      if (std::string id = refusalOf(op, probe); !id.empty()) found.push_back({id, llvm::join(what, " with ")});
    }
    return found;
  }

  /// The id of the refusal, "" for none.
  std::string refusalOf(const ProbedOp &op, const Probe &probe) {
    DiagnosticCollector collector(&context);
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(op.text(probe), ParserConfig(&context));
    if (module && succeeded(checkSupport(*module, target))) return "";
    std::string id = idOf(collector.firstError);
    return id.empty() ? "error: " + collector.firstError : id;
  }

  MLIRContext &context;
  std::string target;
};
} // namespace

std::string supportTable(MLIRContext &context, const std::string &target) {
  // Columns that say the same are one.
  Listed<std::vector<std::string>, std::vector<std::string>> columns; // cells -> targets
  SmallVector<StringRef> targets;
  std::string known = ::msa::knownTargets();
  StringRef(known).split(targets, ", ");
  for (StringRef one : targets) {
    if (!target.empty() && one != target) continue;
    Prober prober(context, one.str());
    std::vector<std::string> cells;
    for (const ProbedOp &op : probedOps()) cells.push_back(prober.cell(op));
    columns[cells].push_back("`" + one.str() + "`");
  }
  std::string head = "| op |", rule = "|---|", body;
  for (auto &[cells, names] : columns) head += " " + llvm::join(names, ", ") + " |", rule += "---|";
  for (auto [row, op] : llvm::enumerate(probedOps())) {
    auto [name, form] = StringRef(op.name).split(',');
    body += ("| `" + name + "`" + (form.empty() ? "" : "," + form) + " |").str();
    for (auto &[cells, names] : columns) body += " " + cells[row] + " |";
    body += "\n";
  }
  return head + "\n" + rule + "\n" + body;
}

} // namespace mlir::msa
