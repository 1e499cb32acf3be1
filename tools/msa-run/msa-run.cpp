//===- msa-run.cpp - runs, checks and times artifacts ----------------------===//
//
// Needs neither LLVM nor CUDA to be installed: it is meant to be carried to a GPU machine together with a .msab.
// Exit codes: 0 all ran (and passed), 1 something failed, 2 the command line or the artifact is wrong.
//
//===----------------------------------------------------------------------===//
#include "Session.h"
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>

using namespace msa;

static int fail(const std::string &problem) {
  std::fprintf(stderr, "msa-run: %s\n", problem.c_str());
  return 2;
}

static int run(const RunOptions &options) {
  std::ifstream file(options.artifact, std::ios::binary);
  if (!file) return fail("[artifact-missing] needs '" + options.artifact + "', but it cannot be opened");
  std::string text{std::istreambuf_iterator<char>(file), {}}, error;
  std::optional<Manifest> manifest = parseManifest(text, error);
  if (!manifest) return fail(error + " ('" + options.artifact + "')");
  if (options.list) {
    printPrograms(*manifest);
    return 0;
  }
  std::vector<std::string> names; // in the artifact's order
  if (!options.program.empty()) names.push_back(options.program);
  for (const Program &program : manifest->programs)
    if (options.program.empty() && std::find(names.begin(), names.end(), program.name) == names.end())
      names.push_back(program.name);
  std::vector<RunResult> results;
  bool failed = names.empty();
  for (const std::string &name : names)
    for (RunResult &result : Session(*manifest, options).run(name)) {
      failed |= result.state == RunResult::State::Failed;
      results.push_back(std::move(result));
    }
  printResults(results, options.json);
  return failed ? 1 : 0;
}

int main(int count, char **texts) try {
  RunOptions options;
  bool help = false;
  std::string problem = parseOptions(count, texts, options, help);
  if (!problem.empty()) return fail(problem);
  if (help) {
    std::fputs(helpText(), stdout);
    return 0;
  }
  return run(options);
} catch (const std::exception &problem) { // out of memory, most likely
  return fail(std::string("[internal] ") + problem.what());
}
