//===- Report.h - what msa-run prints ---------------------------*- C++ -*-===//
#ifndef MSA_TOOLS_MSA_RUN_REPORT_H
#define MSA_TOOLS_MSA_RUN_REPORT_H
#include "msa/Artifact/Manifest.h"
#include "msa/Reference/Compare.h"
#include "msa/Reference/Work.h"
#include "msa/Runtime/Measure.h"
#include <optional>

namespace msa {

/// One program on one target.
struct RunResult {
  std::string program, target, device, sizes;
  enum class State { Ran, Passed, Failed, Skipped } state = State::Ran;
  std::vector<std::string> remarks; ///< why it failed or was skipped, and what else a reader should know
  std::vector<reference::Comparison> comparisons;
  int64_t rows = 0, totalRows = 0; ///< query tokens verified, of how many
  std::optional<Timing> timing;
  reference::Work work;
};

/// A table on stdout, remarks below it; or one JSON object a line.
void printResults(const std::vector<RunResult> &results, bool json);
/// What --list prints.
void printPrograms(const Manifest &manifest);

} // namespace msa
#endif
