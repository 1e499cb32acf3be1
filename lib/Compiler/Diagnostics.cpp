#include "Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/JSON.h"

namespace mlir::msa {

std::string spellLocation(Location location) {
  std::string text;
  location->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file) return WalkResult::advance();
    text = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
    return WalkResult::interrupt();
  });
  return text;
}

std::string idOf(StringRef message) {
  size_t open = message.find('[');
  if (open == StringRef::npos) return "";
  // At the start, or after "'msa.attend' op " and the like; not a bracket within a sentence.
  StringRef before = message.take_front(open).rtrim();
  if (!before.empty() && !before.ends_with("op") && !before.ends_with(":")) return "";
  StringRef id = message.drop_front(open + 1).take_until([](char c) { return c == ']'; });
  bool kebab = !id.empty() && llvm::all_of(id, [](char c) { return llvm::isLower(c) || llvm::isDigit(c) || c == '-'; });
  return kebab && llvm::isLower(id.front()) ? id.str() : "";
}

std::string jsonLine(StringRef severity, StringRef message, StringRef location) {
  std::string line;
  llvm::raw_string_ostream os(line);
  os << llvm::json::Value(llvm::json::Object{{"severity", severity},
                                             {"message", llvm::json::fixUTF8(message)},
                                             {"location", llvm::json::fixUTF8(location)},
                                             {"id", idOf(message)}})
     << "\n";
  return line;
}

static StringRef spell(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error: return "error";
  case DiagnosticSeverity::Warning: return "warning";
  case DiagnosticSeverity::Remark: return "remark";
  case DiagnosticSeverity::Note: return "note";
  }
  return "";
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        add(diagnostic);
        return success();
      }) {}

void DiagnosticCollector::add(Diagnostic &diagnostic) {
  std::string message = diagnostic.str();
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error && firstError.empty()) firstError = message;
  jsonLines += jsonLine(spell(diagnostic.getSeverity()), message, spellLocation(diagnostic.getLocation()));
  for (Diagnostic &note : diagnostic.getNotes()) add(note);
}

} // namespace mlir::msa
