//===- MsaSupport.h - the ranges the dialect supports -----------*- C++ -*-===//
//
// One table (MsaSupport.def), two readers: the verifiers and the support matrix of the docs. They cannot disagree.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_DIALECTS_MSA_IR_MSASUPPORT_H
#define MSA_DIALECTS_MSA_IR_MSASUPPORT_H
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace mlir::msa {

/// A number the dialect bounds.
enum class Quantity { BlockSize, Topk, Group, HeadDim, IndexDim, Splits };

/// The values one quantity may have: those of `values` where there are any, else multiples of `multiple` in [min, max].
struct SupportRule {
  llvm::StringLiteral label; ///< the constraint, as in Rationale.md
  llvm::StringLiteral name;  ///< as spelled in IR
  llvm::StringLiteral unit;
  int64_t min = 0, max = 0, multiple = 1;
  llvm::ArrayRef<int64_t> values;

  bool contains(int64_t value) const;
  /// "a multiple of 16 from 16 to 256", "one of 64, 96, 128, 192, 256".
  std::string text() const;
};

const SupportRule &supportRule(Quantity quantity);

/// The support matrix as a Markdown table, one row a constraint.
std::string supportMatrixMarkdown();

} // namespace mlir::msa
#endif
