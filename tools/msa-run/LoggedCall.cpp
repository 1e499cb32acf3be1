#include "LoggedCall.h"
#include "msa/Reference/RandomInputs.h"
#include "msa/Runtime/InputLog.h"
#include "msa/Support/Npy.h"
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

namespace msa {

using namespace reference;

std::optional<LoggedCall> LoggedCall::read(const std::string &folder, const Program &program, std::string &error) {
  std::string path = folder + "/" + InputLog::kFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  auto fail = [&](const std::string &expected, const std::string &found) {
    error = "[inputs] expects " + expected + " in '" + path + "', but " + found;
    return std::nullopt;
  };
  LoggedCall call;
  try {
    std::ifstream file(path);
    nlohmann::json text = nlohmann::json::parse(file);
    std::string name = text.at("program");
    if (name != program.name) return fail("a call of '" + program.name + "'", "it is of '" + name + "' (--program)");
    const nlohmann::json &arguments = text.at("arguments");
    bool fits = arguments.size() == program.arguments.size();
    for (size_t i = 0; fits && i < arguments.size(); ++i) {
      fits = arguments[i].at("name") == program.arguments[i].name;
      call.tensors.push_back(
          {arguments[i].at("shape"), arguments[i].at("strides"), arguments[i].at("contents").get<bool>()});
      const LoggedTensor &tensor = call.tensors.back();
      fits &= tensor.shape.size() == program.arguments[i].shape.size() && tensor.strides.size() == tensor.shape.size();
    }
    if (!fits) return fail("the arguments of '" + program.name + "'", "there are others");
  } catch (const nlohmann::json::exception &problem) {
    return fail("what MSA_LOG_INPUTS writes", problem.what());
  }
  return call;
}

/// Normal numbers; there is nothing better to put where contents are not known.
static void fill(const Tensor &view, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  for (int64_t i = 0, count = view.numElements(); i < count; ++i) view.set(view.offsetOf(i), normal(generator));
}

std::string LoggedCall::load(const std::string &folder, const ArgumentSpec &spec, const LoggedTensor &logged,
                             uint64_t seed, std::vector<OwnedTensor> &owned, std::vector<Tensor> &views) {
  Element element = elementOf(spec.dtype);
  Span span = spanOf(logged.shape, logged.strides);
  owned.emplace_back(element, std::vector<int64_t>{span.count});
  poison(owned.back().view()); // what lies between strided rows was another tensor's
  int64_t bytes = byteSize(spec.dtype);
  Tensor view(static_cast<char *>(owned.back().view().data) - span.lowest * bytes, element, logged.shape,
              logged.strides);
  views.push_back(view);
  if (!logged.contents) {
    if (spec.dtype == Dtype::I32)
      return "[inputs] needs the contents of '" + spec.name + "', but they were too large to be logged";
    fill(view, seed);
    std::fprintf(stderr, "msa-run: '%s' was too large to be logged: random numbers stand for it\n", spec.name.c_str());
    return "";
  }
  std::string error;
  std::optional<NpyArray> array = loadNpy(folder + "/" + spec.name + ".npy", spec.dtype, error);
  if (!array) return error;
  if (array->shape != logged.shape)
    return "[inputs] expects shape " + describe(logged.shape) + " of '" + spec.name + "', as was logged, but it is " +
           describe(array->shape);
  for (int64_t i = 0, count = view.numElements(); i < count; ++i)
    std::memcpy(static_cast<char *>(view.data) + view.offsetOf(i) * bytes, array->bytes.data() + i * bytes,
                size_t(bytes));
  return "";
}

} // namespace msa
