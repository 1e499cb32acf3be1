//===- Options.cpp - flags, JSON and environment into one struct ----------===//
#include "msa/Pipelines/Options.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Support/GpuSpec.h"
#include "msa/Support/Refusal.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Process.h"

namespace mlir::msa {

static std::string refuse(const std::string &id, const std::string &need, const std::string &have) {
  return ::msa::Refusal{id, need, have}.message();
}

std::string CompileOptions::fingerprint() const {
  std::string text =
      llvm::join(targets, ",") + "|" + emit + "|" + compileTo + "|" + compileFrom + "|" + std::to_string(ptxVersion);
  for (bool flag : {assemble, explain, reader}) text += flag ? "|1" : "|0";
  return text + "|" + recipeTarget + "|" + std::to_string(overlap);
}

llvm::ArrayRef<Knob> knobs() {
  static const Knob all[] = {
      {"MSA_DUMP_DIR", "dump-dir", "folder that gets one numbered file a phase, and the PTX", &CompileOptions::dumpDir},
      {"MSA_OVERRIDE_DIR", "override-dir",
       "folder whose files replace dumped ones of the same name (and NAME.ptx the kernel NAME, when it is loaded)",
       &CompileOptions::overrideDir},
      {"MSA_CACHE_DIR", "cache-dir",
       "folder of compiled artifacts, by content (and of assembled PTX, when programs are loaded)",
       &CompileOptions::cacheDir},
      {"MSA_PTXAS_PATH", "ptxas-path", "the ptxas to assemble with; else CUDA_HOME/bin, PATH, /usr/local/cuda/bin",
       &CompileOptions::ptxasPath},
      {"MSA_LLD_PATH", "lld-path", "the ld.lld that links CPU programs; else /usr/lib/llvm-22/bin, PATH",
       &CompileOptions::lldPath},
      {"MSA_LOG", "log", "error, info or debug", &CompileOptions::log},
  };
  return all;
}

CompileOptions optionsFromEnvironment() {
  CompileOptions options;
  for (const Knob &knob : knobs())
    if (auto value = llvm::sys::Process::GetEnv(knob.variable)) options.*knob.field = *value;
  if (auto value = llvm::sys::Process::GetEnv("MSA_TARGET"))
    if (!value->empty()) (void)readTargets(*value, options.targets); // an unknown name is caught by checkOptions
  if (auto value = llvm::sys::Process::GetEnv("MSA_PTX_VERSION"))
    (void)StringRef(*value).getAsInteger(10, options.ptxVersion);
  return options;
}

std::string readTargets(StringRef list, std::vector<std::string> &targets) {
  targets.clear();
  SmallVector<StringRef> parts;
  list.split(parts, ',');
  for (StringRef part : parts)
    if (!llvm::is_contained(targets, part.trim())) targets.push_back(part.trim().str());
  for (const std::string &target : targets)
    if (target != "cpu" && !::msa::lookupGpu(target))
      return refuse("unknown-target", "one of " + ::msa::knownTargets(), "got '" + target + "'");
  return "";
}

std::string readJsonOptions(StringRef json, CompileOptions &options) {
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(json);
  if (!parsed)
    return refuse("option", "options as a JSON object", "parsing failed: " + llvm::toString(parsed.takeError()));
  const llvm::json::Object *object = parsed->getAsObject();
  if (!object) return refuse("option", "options as a JSON object", "they are " + json.take_front(40).str());

  const std::map<StringRef, bool CompileOptions::*> flags = {{"assemble", &CompileOptions::assemble},
                                                             {"explain", &CompileOptions::explain},
                                                             {"reader", &CompileOptions::reader},
                                                             {"progress", &CompileOptions::progress}};
  const std::map<StringRef, std::string CompileOptions::*> texts = {{"emit", &CompileOptions::emit},
                                                                    {"compile_to", &CompileOptions::compileTo},
                                                                    {"compile_from", &CompileOptions::compileFrom},
                                                                    {"dump_dir", &CompileOptions::dumpDir},
                                                                    {"cache_dir", &CompileOptions::cacheDir},
                                                                    {"override_dir", &CompileOptions::overrideDir},
                                                                    {"ptxas_path", &CompileOptions::ptxasPath},
                                                                    {"lld_path", &CompileOptions::lldPath},
                                                                    {"recipe_target", &CompileOptions::recipeTarget},
                                                                    {"log", &CompileOptions::log}};
  for (const auto &[key, value] : *object) {
    std::string name = key.str();
    if (auto flag = flags.find(key); flag != flags.end()) {
      if (!value.getAsBoolean()) return refuse("option", "true or false for \"" + name + "\"", "it is something else");
      options.*flag->second = *value.getAsBoolean();
    } else if (auto text = texts.find(key); text != texts.end()) {
      if (!value.getAsString()) return refuse("option", "a string for \"" + name + "\"", "it is something else");
      options.*text->second = value.getAsString()->str();
    } else if (name == "ptx_version") {
      if (!value.getAsInteger()) return refuse("option", "an integer for \"ptx_version\"", "it is something else");
      options.ptxVersion = *value.getAsInteger();
    } else if (name == "overlap") {
      if (!value.getAsInteger()) return refuse("option", "an integer for \"overlap\"", "it is something else");
      options.overlap = *value.getAsInteger();
    } else if (name == "target") {
      std::string list;
      if (auto string = value.getAsString()) list = string->str();
      else if (auto *array = value.getAsArray()) {
        for (const llvm::json::Value &item : *array)
          if (auto string = item.getAsString()) list += (list.empty() ? "" : ",") + string->str();
      }
      if (std::string wrong = readTargets(list, options.targets); !wrong.empty()) return wrong;
    } else {
      return refuse("option", "options that Compiler.h lists", "got \"" + name + "\"");
    }
  }
  return "";
}

static PipelineOptions routeOptions(const CompileOptions &options, const std::string &target) {
  PipelineOptions route;
  route.target = target;
  route.reader = options.reader;
  return route;
}

std::string checkOptions(const CompileOptions &options) {
  std::vector<std::string> targets;
  if (!options.targets.empty())
    if (std::string wrong = readTargets(llvm::join(options.targets, ","), targets); !wrong.empty()) return wrong;
  if (options.reader && !::msa::lookupGpu(options.recipeTarget))
    return refuse("unknown-target", "a GPU of " + ::msa::knownTargets() + " as recipe target",
                  "got '" + options.recipeTarget + "'");
  if (!llvm::is_contained({"artifact", "mlir", "llvm", "ptx", "cubin"}, options.emit))
    return refuse("option", "one of artifact, mlir, llvm, ptx, cubin to emit", "got '" + options.emit + "'");
  if (options.overlap < 0 || options.overlap > 100)
    return refuse("option", "an overlap of 0 to 100 percent", "got " + std::to_string(options.overlap));
  if (!llvm::is_contained({"error", "info", "debug"}, options.log))
    return refuse("option", "one of error, info, debug to log", "got '" + options.log + "'");
  bool oneTarget = options.emit == "artifact" && options.compileTo.empty();
  if (!oneTarget && options.targets.size() > 1)
    return refuse("option", "one target unless an artifact is made", "got " + std::to_string(options.targets.size()));
  if (targets.empty()) targets = {"cpu"};
  for (const std::string &target : targets) {
    Route route = routeOptions(options, target).route();
    for (const std::string *flag : {&options.compileTo, &options.compileFrom}) {
      if (flag->empty()) continue;
      std::optional<Phase> phase = parsePhase(*flag);
      if (!phase || !llvm::is_contained(phasesOf(route), *phase))
        return refuse("unknown-phase", "one of " + phaseNames(char(route)) + " for " + target, "got '" + *flag + "'");
    }
    if (route != Route::Gpu && (options.emit == "ptx" || options.emit == "cubin"))
      return refuse("option", "a GPU target to emit " + options.emit, "the target is " + target);
  }
  return "";
}

} // namespace mlir::msa
