//===- Compare.h - a program's outputs against what they should be -*- C++ -*-===//
#ifndef MSA_REFERENCE_COMPARE_H
#define MSA_REFERENCE_COMPARE_H
#include "msa/Reference/Interpreter.h"

namespace msa::reference {

/// What an output may differ by. The numbers are the project's contract (README, "Numbers").
struct Tolerance {
  double maxRel; ///< max |o - ref| / max |ref|
  double rms;    ///< rms(o - ref) / rms(ref)
  double lseAbs;
};
/// bf16 2e-2 and 3e-3; f16 3e-3 and 1e-3; f32 1e-4 and 1e-4; LSE 1e-3.
Tolerance toleranceOf(Dtype dtype);

/// Rows (of one token and head) below which an rms error is shown and not judged: it is a statistic of many rounding errors. One
/// row alone, rounded correctly in bf16 (P once, O once), reaches 3.1e-3 where many rows together have 2.0e-3.
inline constexpr int64_t kFewestRmsRows = 16;

/// How one output compares.
struct Comparison {
  std::string name; ///< the argument's
  Role role = Role::Unknown;
  double maxRel = 0, rms = 0; ///< floating outputs other than an LSE; infinite where one is NaN or misses an infinity
  int64_t rmsRows = 0;        ///< rows that `rms` is of
  double maxAbs = 0;          ///< the same errors without the division: what an LSE is judged by
  int64_t rows = 0;           ///< query tokens compared
  int64_t wrongRows = 0;      ///< selections: (token, head) rows that differ
  bool ok = true;
  std::string why; ///< the first difference, if not ok
};

/// Compares output `argument` after interpreter.run. `rows`: the tokens to compare, all if null. Selections must be equal; where
/// `exactScores` is false, a row may instead hold blocks of equal score to within f32 rounding, in the contract's order.
Comparison compareOutput(const Program &program, const Interpreter &interpreter, int argument, const Tensor &actual,
                         const std::vector<int64_t> *rows, bool exactScores);

} // namespace msa::reference
#endif
