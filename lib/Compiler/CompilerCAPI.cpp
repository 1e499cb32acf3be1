//===- CompilerCAPI.cpp - libmsac's door ----------------------------------===//
#include "Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "msa-c/Compiler.h"
#include "msa/Pipelines/Compile.h"
#include "msa/Pipelines/Registration.h"
#include "msa/Support/GpuSpec.h"
#include <cstdlib>
#include <cstring>
#include <mutex>

using namespace mlir;

/// A NUL-terminated copy that free() takes back.
static char *copyOut(StringRef text) {
  auto *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (!copy) return nullptr;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = 0;
  return copy;
}

/// A context that knows our dialects. One a call: contexts are not shared, so calls may run side by side.
static std::unique_ptr<MLIRContext> makeContext() {
  static std::once_flag once;
  std::call_once(once, mlir::msa::registerPassesAndPipelines);
  DialectRegistry registry;
  mlir::msa::registerDialects(registry);
  auto context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->printOpOnDiagnostic(false);
  return context;
}

static void addSource(llvm::SourceMgr &source, const char *text, size_t length) {
  source.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(StringRef(text ? text : "", text ? length : 0), "input"), llvm::SMLoc());
}

int msacCompile(const char *text, size_t length, const char *options_json, char **artifact_text,
                size_t *artifact_length, char **diagnostics) {
  if (artifact_text) *artifact_text = nullptr;
  if (artifact_length) *artifact_length = 0;
  if (diagnostics) *diagnostics = nullptr;
  auto finish = [&](int status, StringRef lines) {
    if (diagnostics) *diagnostics = copyOut(lines);
    return status;
  };
  mlir::msa::CompileOptions options = mlir::msa::optionsFromEnvironment();
  options.progress = false; // a library is silent unless asked
  if (options_json)
    if (std::string wrong = mlir::msa::readJsonOptions(options_json, options); !wrong.empty())
      return finish(1, mlir::msa::jsonLine("error", wrong, ""));

  std::unique_ptr<MLIRContext> context = makeContext();
  mlir::msa::DiagnosticCollector collector(context.get());
  llvm::SourceMgr source;
  addSource(source, text, length);
  FailureOr<std::string> result = mlir::msa::compileText(*context, source, options);
  if (failed(result)) {
    if (collector.firstError.empty())
      collector.jsonLines +=
          mlir::msa::jsonLine("error", "[internal] needs a reason for a failure, but none was given", "");
    return finish(1, collector.jsonLines);
  }
  if (artifact_text) *artifact_text = copyOut(*result);
  if (artifact_length) *artifact_length = result->size();
  return finish(0, collector.jsonLines);
}

int msacCheckSupport(const char *text, size_t length, const char *target, char **reason) {
  if (reason) *reason = nullptr;
  std::unique_ptr<MLIRContext> context = makeContext();
  mlir::msa::DiagnosticCollector collector(context.get());
  llvm::SourceMgr source;
  addSource(source, text, length);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(source, ParserConfig(context.get()));
  int status = !module ? 2 : succeeded(mlir::msa::checkSupport(*module, target ? target : "cpu")) ? 0 : 1;
  // What is no refusal of the target is a fault of the program.
  if (status == 1 && mlir::msa::idOf(collector.firstError).empty()) status = 2;
  if (status && reason) *reason = copyOut(collector.firstError);
  return status;
}

void msacFree(void *pointer) { std::free(pointer); }

const char *msacVersion(void) {
  static const std::string version = mlir::msa::versionText();
  return version.c_str();
}

const char *msacTargets(void) {
  static const std::string targets = ::msa::knownTargets();
  return targets.c_str();
}
