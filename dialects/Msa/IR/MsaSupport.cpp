#include "dialects/Msa/IR/MsaSupport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

namespace mlir::msa {

bool SupportRule::contains(int64_t value) const {
  if (!values.empty()) return llvm::is_contained(values, value);
  return value >= min && value <= max && value % multiple == 0;
}

std::string SupportRule::text() const {
  if (!values.empty())
    return "one of " + llvm::join(llvm::map_range(values, [](int64_t v) { return std::to_string(v); }), ", ");
  std::string range = "from " + std::to_string(min) + " to " + std::to_string(max);
  return multiple == 1 ? range : "a multiple of " + std::to_string(multiple) + " " + range;
}

const SupportRule &supportRule(Quantity quantity) {
  switch (quantity) {
#define MSA_SUPPORT_RANGE(ENUM, LABEL, NAME, UNIT, MIN, MAX, MULTIPLE)                                                 \
  case Quantity::ENUM: {                                                                                               \
    static const SupportRule rule{LABEL, NAME, UNIT, MIN, MAX, MULTIPLE, {}};                                          \
    return rule;                                                                                                       \
  }
#define MSA_SUPPORT_SET(ENUM, LABEL, NAME, UNIT, ...)                                                                  \
  case Quantity::ENUM: {                                                                                               \
    static const int64_t values[] = {__VA_ARGS__};                                                                     \
    static const SupportRule rule{LABEL, NAME, UNIT, 0, 0, 1, values};                                                 \
    return rule;                                                                                                       \
  }
#include "dialects/Msa/IR/MsaSupport.def"
  }
  llvm_unreachable("every quantity has a row in MsaSupport.def");
}

std::string supportMatrixMarkdown() {
  std::string out = "| what | supported | constraint |\n|---|---|---|\n";
  auto row = [&](llvm::StringRef name, llvm::StringRef text, llvm::StringRef label) {
    out += ("| " + name + " | " + text + " | `" + label + "` |\n").str();
  };
  auto rule = [&](Quantity quantity) {
    const SupportRule &rule = supportRule(quantity);
    row(("`" + rule.name + "`").str(), rule.text() + " (" + rule.unit.str() + ")", rule.label);
  };
#define MSA_SUPPORT_RANGE(ENUM, ...) rule(Quantity::ENUM);
#define MSA_SUPPORT_SET(ENUM, ...) rule(Quantity::ENUM);
#define MSA_SUPPORT_TEXT(LABEL, NAME, TEXT) row(NAME, TEXT, LABEL);
#include "dialects/Msa/IR/MsaSupport.def"
  return out;
}

} // namespace mlir::msa
