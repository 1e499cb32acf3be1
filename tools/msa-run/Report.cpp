#include "Report.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace msa {

using reference::Comparison;
using reference::Role;

static std::string format(const char *pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

static const char *nameOf(RunResult::State state) {
  switch (state) {
  case RunResult::State::Ran: return "ran";
  case RunResult::State::Passed: return "passed";
  case RunResult::State::Failed: return "FAILED";
  case RunResult::State::Skipped: return "skipped";
  }
  return "";
}

/// The largest of one kind of error over a result's outputs; absent where no output has it.
template <class Pick> static std::optional<double> largest(const RunResult &result, bool lse, Pick pick) {
  std::optional<double> most;
  for (const Comparison &comparison : result.comparisons) {
    bool isLse = comparison.role == Role::Lse || comparison.role == Role::PartialLse;
    constexpr Role integers[] = {Role::Selection, Role::RowOffsets, Role::QueryIds,
                                 Role::Slots,     Role::Worklist,   Role::NumItems};
    bool isInteger = std::find(std::begin(integers), std::end(integers), comparison.role) != std::end(integers);
    if (isLse == lse && !isInteger) most = std::max(most.value_or(0), pick(comparison));
  }
  return most;
}

static std::string selectionText(const RunResult &result) {
  std::string text;
  for (const Comparison &comparison : result.comparisons)
    if (comparison.role == Role::Selection)
      text = comparison.wrongRows ? std::to_string(comparison.wrongRows) + " wrong" : text.empty() ? "equal" : text;
  return text;
}

/// The first line holds the headings; a column that nobody fills is left out.
static void printColumns(std::vector<std::vector<std::string>> lines) {
  for (size_t column = 0; column < lines[0].size(); ++column) {
    bool empty = std::all_of(lines.begin() + 1, lines.end(), [&](const auto &line) { return line[column].empty(); });
    if (empty)
      for (auto &line : lines) line[column].clear();
  }
  std::vector<size_t> widths(lines[0].size());
  for (const auto &line : lines)
    for (size_t column = 0; column < line.size(); ++column)
      widths[column] = std::max(widths[column], line[column].size());
  for (const auto &line : lines) {
    std::string text;
    for (size_t column = 0; column < line.size(); ++column)
      if (widths[column])
        text += (text.empty() ? "" : "  ") + line[column] + std::string(widths[column] - line[column].size(), ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    std::printf("%s\n", text.c_str());
  }
}

/// Where the time of each program goes, launch by launch.
static void printLaunches(const std::vector<RunResult> &results) {
  std::vector<std::vector<std::string>> lines = {{"program", "target", "launch", "kernel", "median us", "CV", "share"}};
  for (const RunResult &result : results) {
    if (!result.timing || result.timing->launches.empty()) continue;
    double sum = 0;
    for (const LaunchTiming &launch : result.timing->launches) sum += launch.medianUs;
    size_t count = result.timing->launches.size();
    for (size_t i = 0; i < count; ++i) {
      const LaunchTiming &launch = result.timing->launches[i];
      lines.push_back({result.program, result.target, std::to_string(i + 1) + " of " + std::to_string(count),
                       launch.kernel, format("%.1f", launch.medianUs), format("%.1f%%", launch.variation * 100),
                       format("%.1f%%", sum > 0 ? launch.medianUs / sum * 100 : 0)});
    }
    lines.push_back({result.program, result.target, "sum", "", format("%.1f", sum), "", ""});
  }
  if (lines.size() > 1) printColumns(std::move(lines));
}

static void printTable(const std::vector<RunResult> &results) {
  std::vector<std::vector<std::string>> lines = {{"program", "target", "device", "sizes", "max rel err", "rms err",
                                                  "lse err", "selection", "rows verified", "median us", "CV", "GB/s",
                                                  "TFLOP/s", "result"}};
  for (const RunResult &result : results) {
    auto number = [](const char *pattern, std::optional<double> value) {
      return value ? format(pattern, *value) : std::string();
    };
    std::string rows = result.comparisons.empty() ? ""
                       : result.rows == result.totalRows
                           ? "all " + std::to_string(result.rows)
                           : std::to_string(result.rows) + " of " + std::to_string(result.totalRows);
    std::optional<double> us, variation, bandwidth, rate;
    if (result.timing) {
      us = result.timing->medianUs, variation = result.timing->variation * 100;
      if (result.work.bytes > 0 && *us > 0) bandwidth = result.work.bytes / *us * 1e-3;
      if (result.work.flops > 0 && *us > 0) rate = result.work.flops / *us * 1e-6;
    }
    lines.push_back({result.program, result.target, result.device, result.sizes,
                     number("%.2e", largest(result, false, [](const Comparison &c) { return c.maxRel; })),
                     number("%.2e", largest(result, false, [](const Comparison &c) { return c.rms; })),
                     number("%.2e", largest(result, true, [](const Comparison &c) { return c.maxAbs; })),
                     selectionText(result), rows, number("%.1f", us), number("%.1f%%", variation),
                     number("%.1f", bandwidth), number("%.2f", rate), nameOf(result.state)});
  }
  printColumns(std::move(lines));
  printLaunches(results);
  for (const RunResult &result : results)
    for (const std::string &remark : result.remarks)
      std::printf("%s, %s: %s\n", result.program.c_str(), result.target.c_str(), remark.c_str());
}

static nlohmann::ordered_json number(double value) { // JSON has no infinity
  return std::isfinite(value) ? nlohmann::ordered_json(value)
                              : nlohmann::ordered_json(value > 0   ? "inf"
                                                       : value < 0 ? "-inf"
                                                                   : "nan");
}

static void printJson(const RunResult &result) {
  nlohmann::ordered_json json = {{"program", result.program},
                                 {"target", result.target},
                                 {"device", result.device},
                                 {"sizes", result.sizes},
                                 {"result", nameOf(result.state)}};
  for (const Comparison &comparison : result.comparisons)
    json["outputs"].push_back({{"name", comparison.name},
                               {"ok", comparison.ok},
                               {"max_rel", number(comparison.maxRel)},
                               {"rms", number(comparison.rms)},
                               {"max_abs", number(comparison.maxAbs)},
                               {"wrong_rows", comparison.wrongRows}});
  if (!result.comparisons.empty()) json["rows_verified"] = result.rows, json["rows"] = result.totalRows;
  if (result.timing)
    json["time"] = {{"median_us", result.timing->medianUs},
                    {"variation", result.timing->variation},
                    {"runs", result.timing->runs},
                    {"copies", result.timing->copies},
                    {"graph", result.timing->graph}};
  if (result.timing && !result.timing->launches.empty()) {
    json["time"]["empty_us"] = result.timing->emptyUs;
    for (const LaunchTiming &launch : result.timing->launches)
      json["time"]["launches"].push_back(
          {{"kernel", launch.kernel}, {"median_us", launch.medianUs}, {"variation", launch.variation}});
  }
  if (result.timing) json["work"] = {{"flops", result.work.flops}, {"bytes", result.work.bytes}};
  if (!result.remarks.empty()) json["remarks"] = result.remarks;
  std::printf("%s\n", json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void printResults(const std::vector<RunResult> &results, bool json) {
  if (json)
    for (const RunResult &result : results) printJson(result);
  else if (!results.empty()) printTable(results);
}

void printPrograms(const Manifest &manifest) {
  std::printf("%s\n", manifest.producer.c_str());
  for (const Program &program : manifest.programs) {
    size_t bytes = 0;
    for (const ModuleSpec &module : program.modules) bytes += module.bytes.size();
    std::printf("%s for %s: %zu launches, %zu bytes of code\n", program.name.c_str(), program.target.c_str(),
                program.launches.size(), bytes);
    for (const ArgumentSpec &argument : program.arguments) {
      std::string shape;
      for (int64_t size : argument.shape) shape += (size == kDynamic ? "?" : std::to_string(size)) + "x";
      std::printf("  %s %s: %s%s\n", argument.isOutput ? "output" : "input ", argument.name.c_str(), shape.c_str(),
                  std::string(name(argument.dtype)).c_str());
    }
    for (const auto &[key, value] : program.notes)
      if (value.size() < 200 && value.find('\n') == std::string::npos)
        std::printf("  %s: %s\n", key.c_str(), value.c_str());
  }
}

} // namespace msa
