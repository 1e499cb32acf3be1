//===- CompileMain.cpp - msa-compile's flags, files and report ------------===//
#include "msa/Compiler/CompileMain.h"
#include "SupportTable.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/FileUtilities.h"
#include "msa/Artifact/Manifest.h"
#include "msa/Pipelines/Compile.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Pipelines/Registration.h"
#include "msa/Support/GpuSpec.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/ToolOutputFile.h"

namespace mlir::msa {
namespace {
namespace cl = llvm::cl;

cl::OptionCategory category("msa-compile");

/// Flags over what the environment says: a flag that is not given leaves the variable's value.
struct Flags {
  cl::opt<std::string> input{cl::Positional, cl::desc("FILE"), cl::init("-"), cl::cat(category)};
  cl::opt<std::string> output{"o", cl::desc("Where to write; - is standard output"), cl::value_desc("FILE"),
                              cl::init("-"), cl::cat(category)};
  cl::opt<std::string> target{"target", cl::desc("One or more of the targets below, as cpu,sm_90a (MSA_TARGET)"),
                              cl::cat(category)};
  cl::opt<std::string> emit{"emit", cl::desc("artifact (default), or of one target: mlir, llvm, ptx, cubin"),
                            cl::cat(category)};
  cl::opt<std::string> compileTo{"compile-to", cl::desc("Stop after a phase and print it"), cl::value_desc("PHASE"),
                                 cl::cat(category)};
  cl::opt<std::string> compileFrom{"compile-from", cl::desc("FILE is already in this phase"), cl::value_desc("PHASE"),
                                   cl::cat(category)};
  cl::opt<int> ptxVersion{"ptx-version",
                          cl::desc("PTX ISA times 10, as 83; at least what the chip needs (MSA_PTX_VERSION)"),
                          cl::cat(category)};
  cl::opt<int> overlap{"overlap",
                       cl::desc("Percent of its KV blocks that a query token shares with the one before it, as far as "
                                "is known (default 90): chooses the prefill recipe"),
                       cl::cat(category)};
  cl::opt<bool> assemble{"assemble", cl::desc("Also run ptxas, and keep its cubin in the artifact"), cl::cat(category)};
  cl::opt<bool> explain{"explain", cl::desc("Say what was decided and why, and what it costs"), cl::cat(category)};
  cl::opt<bool> reader{"reader", cl::desc("Target cpu: run the GPU recipes' tile programs as loops"),
                       cl::cat(category)};
  cl::opt<std::string> recipeTarget{"recipe-target", cl::desc("With --reader: the GPU whose decisions are taken"),
                                    cl::cat(category)};
  cl::opt<bool> noProgress{"no-progress", cl::desc("No line on stderr for what takes over half a second"),
                           cl::cat(category)};
  cl::opt<bool> showConfig{"show-config", cl::desc("Print each knob's value and where it comes from, and stop"),
                           cl::cat(category)};
  cl::opt<std::string> support{"support", cl::desc("Print what each target, or this one, can do for each op, and stop"),
                               cl::value_desc("TARGET"), cl::ValueOptional, cl::cat(category)};
  std::vector<std::unique_ptr<cl::opt<std::string>>> knobFlags;
  std::vector<std::string> knobHelp;

  Flags() {
    knobHelp.reserve(knobs().size());
    for (const Knob &knob : knobs()) {
      knobHelp.push_back(std::string(knob.help) + " (" + knob.variable + ")");
      knobFlags.push_back(
          std::make_unique<cl::opt<std::string>>(StringRef(knob.flag), cl::desc(knobHelp.back()), cl::cat(category)));
    }
  }

  /// "" or what is wrong.
  std::string apply(CompileOptions &options) const {
    auto set = [](const auto &flag, auto &field) {
      if (flag.getNumOccurrences()) field = flag;
    };
    set(emit, options.emit), set(compileTo, options.compileTo), set(compileFrom, options.compileFrom);
    set(overlap, options.overlap), set(ptxVersion, options.ptxVersion), set(assemble, options.assemble),
        set(explain, options.explain);
    set(reader, options.reader), set(recipeTarget, options.recipeTarget);
    for (auto [knob, flag] : llvm::zip(knobs(), knobFlags))
      if (flag->getNumOccurrences()) options.*knob.field = flag->getValue();
    options.progress = !noProgress;
    return target.getNumOccurrences() ? readTargets(target, options.targets) : "";
  }

  void printConfig(const CompileOptions &options) const {
    auto line = [](StringRef name, StringRef value, StringRef origin) {
      llvm::outs() << llvm::formatv("{0,-18} {1,-40} {2}\n", name, value.empty() ? "(none)" : value, origin);
    };
    auto origin = [](bool flag, const char *variable) {
      return flag ? "flag" : std::getenv(variable) ? "environment" : "default";
    };
    line("MSA_TARGET", options.targets.empty() ? "cpu" : llvm::join(options.targets, ","),
         origin(target.getNumOccurrences(), "MSA_TARGET"));
    for (auto [knob, flag] : llvm::zip(knobs(), knobFlags))
      line(knob.variable, options.*knob.field, origin(flag->getNumOccurrences(), knob.variable));
    line("MSA_PTX_VERSION", std::to_string(options.ptxVersion),
         origin(ptxVersion.getNumOccurrences(), "MSA_PTX_VERSION"));
  }
};

/// --explain's report.
void printNotes(const ::msa::Manifest &manifest, llvm::raw_ostream &os) {
  for (const ::msa::Program &program : manifest.programs) {
    os << program.name << " for " << program.target << "\n";
    for (const auto &[key, note] : program.notes) {
      os << "  " << key << "\n";
      SmallVector<StringRef> lines;
      StringRef(note).split(lines, '\n');
      for (StringRef text : lines) os << "    " << text << "\n";
    }
  }
}

int fail(const Twine &message) {
  llvm::errs() << "msa-compile: error: " << message << "\n";
  return 1;
}
} // namespace

int compileMain(int argc, char **argv) {
  Flags flags;
  std::string overview = "msa-compile: attention graphs in the msa dialect to programs that run\n\n"
                         "  msa-compile graph.mlir --target=cpu,sm_90a -o graph.msab\n"
                         "  msa-compile graph.mlir --target=sm_90a --emit=ptx\n"
                         "  msa-compile graph.mlir --target=sm_90a --compile-to=decided | ... | msa-compile - "
                         "--compile-from=decided ...\n\n"
                         "TARGETS: " +
                         ::msa::knownTargets() + "\n\nPHASES of --compile-to and --compile-from:\n" + describePhases();
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](llvm::raw_ostream &os) { os << "msa-compile " << versionText() << "\n"; });
  cl::ParseCommandLineOptions(argc, argv, overview);

  CompileOptions options = optionsFromEnvironment();
  std::string wrong = flags.apply(options);
  if (wrong.empty()) wrong = checkOptions(options);
  if (!wrong.empty()) return fail(wrong);
  if (flags.showConfig) return flags.printConfig(options), 0;

  if (flags.support.getNumOccurrences()) {
    std::vector<std::string> asked;
    if (!flags.support.empty())
      if (std::string unknown = readTargets(flags.support, asked); !unknown.empty()) return fail(unknown);
    registerPassesAndPipelines();
    DialectRegistry registry;
    registerDialects(registry);
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    return llvm::outs() << supportTable(context, flags.support), 0;
  }

  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> text = openInputFile(flags.input, &error);
  if (!text) return fail(error);
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(std::move(text), llvm::SMLoc());

  registerPassesAndPipelines();
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  SourceMgrDiagnosticHandler handler(source, &context, llvm::errs());
  FailureOr<std::string> result = compileText(context, source, options);
  if (failed(result)) return 1;

  bool binary = options.emit == "cubin";
  if (flags.output == "-" && binary && llvm::sys::Process::StandardOutIsDisplayed())
    return fail("[output] needs a file for a cubin, but standard output is a terminal (use -o FILE)");
  std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(flags.output, &error);
  if (!file) return fail(error);
  file->os() << *result;
  file->keep();

  bool artifact = options.emit == "artifact" && (options.compileTo.empty() || options.compileTo == "artifact");
  if (options.explain && artifact)
    if (std::optional<::msa::Manifest> manifest = ::msa::parseManifest(*result, error))
      printNotes(*manifest, flags.output == "-" ? llvm::errs() : llvm::outs());
  return 0;
}

} // namespace mlir::msa
