#include "Session.h"
#include "LoggedCall.h"
#include "Progress.h"
#include "msa/Support/Npy.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>

namespace msa {

using namespace reference;

/// Reference work of about this many operations takes a few seconds on two cores.
constexpr double kVerifyFlops = 1.5e10;

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

std::string Session::loadInputs(const Program &program) {
  std::string error;
  std::optional<LoggedCall> call = LoggedCall::read(options.inputs, program, error);
  if (!error.empty()) return error;
  std::vector<std::vector<int64_t>> shapes;
  loaded.clear();
  for (const ArgumentSpec &spec : program.arguments) {
    Element element = elementOf(spec.dtype);
    if (spec.isOutput) {
      shapes.emplace_back();
      for (const Expr &size : spec.outputShape) shapes.back().push_back(std::max<int64_t>(evaluate(size, shapes), 0));
      loaded.emplace_back(element, shapes.back());
      poison(loaded.back().view());
      tensors.push_back(loaded.back().view());
    } else if (call) {
      const LoggedTensor &logged = call->tensors[tensors.size()];
      if (std::string problem = call->load(options.inputs, spec, logged, options.random.seed, loaded, tensors);
          !problem.empty())
        return problem;
      shapes.push_back(logged.shape);
    } else {
      std::optional<NpyArray> array = loadNpy(options.inputs + "/" + spec.name + ".npy", spec.dtype, error);
      if (!array) return error;
      shapes.push_back(array->shape);
      loaded.emplace_back(element, shapes.back());
      std::memcpy(loaded.back().view().data, array->bytes.data(), array->bytes.size());
      tensors.push_back(loaded.back().view());
    }
  }
  sizes = "from " + options.inputs;
  return "";
}

std::string Session::makeInputs(const Program &program) {
  tensors.clear();
  refs.clear();
  Progress progress("making the inputs of '" + program.name + "'");
  if (!options.inputs.empty()) {
    if (std::string problem = loadInputs(program); !problem.empty()) return problem;
  } else {
    auto why = program.notes.find("meaning");
    if (program.meaning.empty())
      return "[no-meaning] needs a program whose ops are known, to make inputs for it, but there is " +
             (why == program.notes.end() ? std::string("none") : why->second) + " (give --inputs)";
    if (std::string problem = random.make(program, options.random); !problem.empty())
      return "[sizes] '" + program.name + "' " + problem;
    tensors = random.tensors();
    sizes = random.summary();
  }
  for (size_t i = 0; i < tensors.size(); ++i)
    refs.push_back({tensors[i].data, program.arguments[i].dtype, int32_t(tensors[i].rank()), tensors[i].shape.data(),
                    tensors[i].strides.data()});
  return "";
}

std::string Session::saveTensors(const Program &program) const {
  std::error_code problem;
  std::filesystem::create_directories(options.outputs, problem);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor &tensor = tensors[i];
    std::string bytes;
    copyElements(nullptr, nullptr, refs[i], bytes);
    std::string error = saveNpy(options.outputs + "/" + program.arguments[i].name + ".npy",
                                {program.arguments[i].dtype, tensor.shape, std::move(bytes)});
    if (!error.empty()) return error;
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

std::vector<int64_t> Session::chooseRows(const Program &program, const Interpreter &interpreter, int64_t totalQ,
                                         double flops) const {
  int64_t wanted = options.verifyRows     ? options.verifyRows
                   : flops > kVerifyFlops ? std::max<int64_t>(16, int64_t(double(totalQ) * kVerifyFlops / flops))
                                          : totalQ;
  std::set<int64_t> rows;
  if (wanted < totalQ && !interpreter.computesAllRows()) {
    // The ends of the token range and of requests first: that is where masks and tails are.
    std::vector<int64_t> edges = {0, totalQ - 1};
    for (size_t i = 0; i < program.arguments.size(); ++i)
      if (rolesOf(program)[i] == Role::CuSeqlensQ)
        for (int64_t b = 0; b < tensors[i].shape[0]; ++b)
          for (int64_t token : {int64_t(tensors[i].at({b})) - 1, int64_t(tensors[i].at({b}))})
            if (token >= 0 && token < totalQ) edges.push_back(token);
    for (int64_t token : edges)
      if (int64_t(rows.size()) * 2 < wanted) rows.insert(token);
    std::mt19937_64 draw(options.random.seed);
    while (int64_t(rows.size()) < wanted) rows.insert(int64_t(draw() % uint64_t(totalQ)));
    return {rows.begin(), rows.end()};
  }
  std::vector<int64_t> all(static_cast<size_t>(totalQ));
  for (int64_t i = 0; i < totalQ; ++i) all[i] = i;
  return all;
}

/// Query tokens of the program, from the first op that has any.
static int64_t totalQOf(const Program &program, const std::vector<Tensor> &tensors) {
  std::vector<Role> roles = rolesOf(program);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor &tensor = tensors[i];
    if (roles[i] == Role::Query || roles[i] == Role::IndexQuery || roles[i] == Role::Output)
      return reference::totalQOf(tensor);
    if (roles[i] == Role::Scores || roles[i] == Role::Partial || roles[i] == Role::PartialLse) return tensor.shape[1];
    if (roles[i] == Role::Selection)
      return std::max(tensor.shape[0], tensor.shape[1]); // heads are fewer than tokens, or there is little to do
  }
  return 0;
}

void Session::verify(const Program &program, RunResult &result) {
  if (program.meaning.empty()) {
    result.remarks.push_back("[no-meaning] the program's ops are not known, so nothing was verified");
    return;
  }
  Interpreter interpreter(program, tensors);
  bool exact = options.inputs.empty() && options.random.kind != RandomSettings::Kind::Normal;
  std::vector<Role> roles = rolesOf(program);
  if (!exact) // near ties may fall either way: what follows is judged by the selection that was taken
    for (size_t i = 0; i < program.arguments.size(); ++i)
      if (program.arguments[i].isOutput && roles[i] == Role::Selection) interpreter.adoptOutput(int(i));
  std::string problem = interpreter.check();
  result.totalRows = totalQOf(program, tensors);
  std::vector<int64_t> rows = chooseRows(program, interpreter, result.totalRows, workOf(program, interpreter).flops);
  result.rows = int64_t(rows.size());
  if (problem.empty()) {
    Progress progress("computing the reference of " + std::to_string(rows.size()) + " query tokens");
    problem = interpreter.run({&rows});
  }
  result.state = RunResult::State::Passed;
  if (!problem.empty()) {
    result.state = RunResult::State::Failed;
    result.remarks.push_back("[inputs] " + problem);
    return;
  }
  for (size_t i = 0; i < program.arguments.size(); ++i) {
    if (!program.arguments[i].isOutput) continue;
    result.comparisons.push_back(compareOutput(program, interpreter, int(i), tensors[i], &rows, exact));
    const Comparison &last = result.comparisons.back();
    if (last.ok) continue;
    result.state = RunResult::State::Failed;
    result.remarks.push_back("[mismatch] '" + last.name + "': " + last.why);
  }
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

std::string Session::execute(std::shared_ptr<const Executable> executable, RunResult &result) {
  const Program &program = executable->program;
  std::vector<std::string> first;
  for (int round = 0; round < options.repeat; ++round) {
    for (size_t i = 0; i < tensors.size(); ++i)
      if (program.arguments[i].isOutput) poison(tensors[i]);
    Progress progress("running '" + program.name + "' for " + program.target);
    if (std::string problem = runOnHostTensors(executable, refs.data(), refs.size()); !problem.empty()) return problem;
    for (size_t i = 0, output = 0; i < tensors.size() && options.repeat > 1; ++i) {
      if (!program.arguments[i].isOutput) continue;
      std::string bytes(static_cast<const char *>(tensors[i].data),
                        size_t(tensors[i].numElements() * byteSize(tensors[i].element)));
      if (round == 0) first.push_back(std::move(bytes));
      else if (bytes != first[output]) {
        std::string what = "[nondeterministic] '" + program.arguments[i].name + "' differs between run 1 and run " +
                           std::to_string(round + 1);
        if (options.deterministic) return what;
        result.remarks.push_back(what);
      }
      ++output;
    }
  }
  return "";
}

std::string Session::runAndCompare(std::shared_ptr<const Executable> executable, RunResult &result) {
  const Program &program = executable->program;
  if (std::string problem = execute(executable, result); !problem.empty()) return problem;
  if (!options.outputs.empty())
    if (std::string problem = saveTensors(program); !problem.empty()) return problem;
  if (options.verify) verify(program, result);
  if (!options.bench || result.state == RunResult::State::Failed) return ""; // how fast a wrong program is says nothing
  Interpreter interpreter(program, tensors);
  if (interpreter.check().empty()) result.work = workOf(program, interpreter);
  for (auto [key, slot] : {std::pair("flops", &result.work.flops),
                           std::pair("bytes", &result.work.bytes)}) // the compiler knows better, where it says
    if (auto note = program.notes.find(key); note != program.notes.end()) {
      char *end = nullptr;
      double value = std::strtod(note->second.c_str(), &end);
      if (end != note->second.c_str() && !*end) *slot = value;
    }
  Progress progress("timing '" + program.name + "' for " + program.target);
  MeasureOptions measure;
  measure.bytesTouched = int64_t(result.work.bytes);
  measure.perLaunch = options.perLaunch;
  std::string error;
  result.timing = measureOnHostTensors(executable, refs.data(), refs.size(), measure, error);
  return error;
}

RunResult Session::runOn(const std::string &name, const std::string &target) {
  RunResult result;
  result.program = name, result.target = target, result.sizes = sizes;
  std::string error;
  std::shared_ptr<const Executable> executable;
  {
    Progress progress("loading '" + name + "' for " + target);
    executable = openProgram(manifest, name, target, options.device, error);
  }
  if (!executable) {
    // With --target=all, a target that this machine cannot run is no failure.
    result.state = options.target == "all" ? RunResult::State::Skipped : RunResult::State::Failed;
    result.remarks.push_back(error);
    return result;
  }
  result.target = executable->program.target;
  result.device = executable->device ? executable->device->name : "CPU";
  error = runAndCompare(executable, result);
  if (!error.empty()) {
    result.state = RunResult::State::Failed;
    result.remarks.push_back(error);
  }
  return result;
}

std::vector<RunResult> Session::run(const std::string &name) {
  std::vector<std::string> targets;
  const Program *any = nullptr;
  for (const Program &program : manifest.programs) {
    if (program.name != name) continue;
    any = &program;
    targets.push_back(program.target);
  }
  if (options.target != "all") targets = {options.target};
  RunResult failure;
  failure.program = name, failure.target = options.target, failure.state = RunResult::State::Failed;
  if (!any) {
    failure.remarks.push_back("[no-program] needs a program '" + name +
                              "', but the artifact has none of that name (see --list)");
    return {failure};
  }
  std::string problem = makeInputs(*any);
  if (problem.empty() && options.check) {
    problem = Interpreter(*any, tensors).check();
    if (problem.empty()) {
      failure.state = RunResult::State::Passed, failure.sizes = sizes;
      failure.remarks.push_back("the inputs are valid");
      return {failure};
    }
    problem = "[inputs] " + problem;
  }
  if (!problem.empty()) {
    failure.remarks.push_back(problem);
    return {failure};
  }
  std::vector<RunResult> results;
  for (const std::string &target : targets) results.push_back(runOn(name, target));
  return results;
}

} // namespace msa
