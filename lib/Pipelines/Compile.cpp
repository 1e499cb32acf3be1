//===- Compile.cpp - one module down its phases, for each target ----------===//
#include "msa/Pipelines/Compile.h"
#include "Explain.h"
#include "Progress.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Parser/Parser.h"
#include "msa/Pipelines/Meaning.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Target/EmitObject.h"
#include "msa/Target/EmitPtx.h"
#include "msa/Target/WriteArtifact.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA1.h"

namespace mlir::msa {

std::string versionText() { return std::string("0.1.0 (LLVM ") + LLVM_VERSION_STRING + ")"; }

namespace {

/// One target's way down.
class Compilation {
public:
  Compilation(const CompileOptions &options, const std::string &target, Progress &progress)
      : options(options), target(target), progress(progress) {
    pipeline.target = target;
    pipeline.reader = options.reader && target == "cpu";
    pipeline.recipeTarget = options.recipeTarget;
    pipeline.ptxVersion = options.ptxVersion;
    pipeline.overlap = options.overlap;
    pipeline.explain = options.explain;
  }

  /// Runs the phases of `module` up to `last`.
  LogicalResult run(OwningOpRef<ModuleOp> &module, Phase last) {
    Phase first = options.compileFrom.empty() ? Phase::Input : *parsePhase(options.compileFrom);
    if (failed(verifyPhase(*module, first)) || (first == Phase::Input && failed(attachMeaning(*module))))
      return failure();
    for (auto [number, phase] : llvm::enumerate(phasesOf(pipeline.route()))) {
      if (phase > last) break;
      if (phase > first && failed(enter(module, phase, number))) return failure();
      // What came in is dumped as well: the first file is the one to start from.
      if (isIr(phase) && phase >= first && failed(dumpIr(module, phase, number))) return failure();
    }
    return success();
  }

  static bool isIr(Phase phase) { return phase != Phase::Ptx && phase != Phase::Object && phase != Phase::Artifact; }
  /// The last phase of the route that is IR: nvvm or llvm.
  Phase lastIr() const { return pipeline.route() == Route::Gpu ? Phase::Nvvm : Phase::Llvm; }

  PtxText ptx;
  SharedObject object;
  std::optional<Assembly> assembly;
  std::vector<::msa::Program> programs;

private:
  LogicalResult enter(OwningOpRef<ModuleOp> &module, Phase phase, size_t number) {
    progress.say("phase " + name(phase) + " for " + target);
    if (options.log == "debug") llvm::errs() << "msa: phase " << name(phase) << " for " << target << "\n";
    if (phase == Phase::Ptx) return makePtx(*module, number);
    if (phase == Phase::Object) return makeObject(*module);
    if (phase == Phase::Artifact) return makePrograms(*module);
    PassManager pm(module->getContext());
    if (failed(buildPhase(pm, phase, pipeline))) return failure();
    if (options.log == "debug") {
      pm.printAsTextualPipeline(llvm::errs() << "  ");
      llvm::errs() << "\n";
    }
    std::map<std::string, std::string> reasons;
    {
      // Remarks of the decision are notes for --explain, not news; the dropped candidates are news for --log=debug only.
      ScopedDiagnosticHandler handler(module->getContext(), [&](Diagnostic &diagnostic) {
        if (phase != Phase::Decided || diagnostic.getSeverity() != DiagnosticSeverity::Remark) return failure();
        std::string text = diagnostic.str();
        if (StringRef(text).starts_with("dropped")) return success(options.log != "debug");
        StringRef said = StringRef(text).substr(StringRef("strategy ").size());
        reasons[reasonKey(diagnostic.getLocation(), said.split(' ').first)] = said.str();
        return success();
      });
      if (failed(pm.run(*module))) return failure();
    }
    if (options.explain && phase == Phase::Decided) decisions = explainDecisions(*module, reasons);
    if (phase == Phase::Tile && failed(noteAdjacency(*module))) return failure();
    if (options.explain && phase == Phase::Tile) counts = explainCounts(*module);
    if (options.explain && phase == Phase::Staged) sharedMemory = explainSharedMemory(*module);
    return success();
  }

  LogicalResult makePtx(ModuleOp module, size_t number) {
    auto gpuModules = llvm::to_vector(module.getOps<gpu::GPUModuleOp>());
    if (gpuModules.size() != 1)
      return emitError(module.getLoc(), "[codegen] needs one gpu.module, but there are ") << gpuModules.size();
    FailureOr<PtxText> text = emitPtx(gpuModules.front(), {target, options.ptxVersion, options.emit == "llvm"});
    if (failed(text)) return failure();
    ptx = *text;
    std::string file = fileName(number, Phase::Ptx, "ptx");
    if (failed(dumpText(file, ptx.ptx))) return failure();
    if (std::string path = overrideOf(file); !path.empty())
      if (auto replaced = llvm::MemoryBuffer::getFile(path)) ptx.ptx = (*replaced)->getBuffer().str();

    bool needed = options.assemble || options.emit == "cubin";
    if (!needed && !options.explain) return success();
    std::optional<std::string> ptxas = findPtxas(options.ptxasPath);
    if (!ptxas) {
      if (!needed) return success(); // --explain says what it can
      return emitError(module.getLoc(), "[ptxas] needs a ptxas for a cubin, but none was found")
             << (options.ptxasPath.empty() ? "" : " at '" + options.ptxasPath + "'");
    }
    progress.say("ptxas for " + target);
    std::string error;
    assembly = assemble(ptx.ptx, target, *ptxas, error);
    if (!assembly) return emitError(module.getLoc(), error);
    for (const std::string &warning : assembly->warnings) emitWarning(module.getLoc(), "ptxas: " + warning);
    return success();
  }

  LogicalResult makeObject(ModuleOp module) {
    ObjectOptions given;
    given.keepLlvm = options.emit == "llvm";
    given.lldPath = options.lldPath;
    FailureOr<SharedObject> made = emitSharedObject(module, given);
    if (succeeded(made)) object = std::move(*made);
    return success(succeeded(made));
  }

  LogicalResult makePrograms(ModuleOp module) {
    FailureOr<std::vector<::msa::Program>> taken = takeMeaning(module);
    if (failed(taken)) return failure();
    for (::msa::Program &program : *taken) {
      program.target = target;
      if (failed(pipeline.route() == Route::Gpu ? addGpuCode(module, program) : addCpuCode(program))) return failure();
      addNotes(program);
      programs.push_back(std::move(program));
    }
    return success();
  }

  LogicalResult addGpuCode(ModuleOp module, ::msa::Program &program) {
    auto host = module.lookupSymbol<func::FuncOp>(program.name);
    if (!host)
      return emitError(module.getLoc(), "[host-function] needs a function @") << program.name << ", but there is none";
    program.modules.push_back({"ptx", target, ptx.ptx});
    if (assembly && options.assemble) program.modules.push_back({"cubin", target, assembly->cubin});
    return writeLaunches(host, program);
  }

  LogicalResult addCpuCode(::msa::Program &program) {
    program.cpuEntry = program.name; // wrap-entries keeps the function's name
    program.modules.push_back({"elf", object.cpu, object.bytes, object.features});
    return success();
  }

  void addNotes(::msa::Program &program) {
    if (!options.explain) return;
    for (auto &[key, text] : decisions[program.name]) program.notes[key] = text;
    auto add = [&](const char *key, const std::string &text) {
      std::string &note = program.notes[key];
      note += (note.empty() ? "" : "\n") + text;
    };
    for (const ::msa::LaunchSpec &launch : program.launches) {
      add("launches", llvm::formatv("{0}: {1} threads, {2} bytes of dynamic shared memory", launch.kernel,
                                    launch.threads, launch.smemBytes));
      if (auto count = counts.find(launch.kernel); count != counts.end()) add("thread block", count->second);
      if (auto map = sharedMemory.find(launch.kernel); map != sharedMemory.end()) add("shared memory", map->second);
      if (assembly)
        for (const AssembledKernel &use : assembly->kernels)
          if (use.kernel == launch.kernel) add("registers", explainUse(use));
    }
    if (pipeline.route() == Route::Gpu && !assembly) add("registers", "unknown: no ptxas was found");
  }

  //===--- dumps ---===//

  std::string fileName(size_t number, Phase phase, StringRef extension) const {
    return llvm::formatv("{0:2}-{1}.{2}.{3}", llvm::format_decimal(number, 1), name(phase), target, extension);
  }

  LogicalResult dumpText(const std::string &file, StringRef text) {
    if (options.dumpDir.empty()) return success();
    SmallString<128> path(options.dumpDir);
    std::error_code error = llvm::sys::fs::create_directories(path);
    llvm::sys::path::append(path, file);
    if (!error) llvm::raw_fd_ostream(path, error) << text;
    if (!error) return success();
    return emitError(UnknownLoc::get(context), "[dump] needs to write '") << path << "', but " << error.message();
  }

  /// The file that replaces a dump of this name, if there is one; it is said.
  std::string overrideOf(const std::string &file) {
    SmallString<128> path(options.overrideDir);
    llvm::sys::path::append(path, file);
    if (options.overrideDir.empty() || !llvm::sys::fs::exists(path)) return "";
    if (options.log != "error") llvm::errs() << "msa: '" << path << "' replaces " << file << "\n";
    return path.str().str();
  }

  LogicalResult dumpIr(OwningOpRef<ModuleOp> &module, Phase phase, size_t number) {
    context = module->getContext();
    std::string file = fileName(number, phase, "mlir");
    if (!options.dumpDir.empty()) {
      std::string text;
      llvm::raw_string_ostream os(text);
      module->print(os);
      if (failed(dumpText(file, text))) return failure();
    }
    std::string path = overrideOf(file);
    if (path.empty()) return success();
    OwningOpRef<ModuleOp> replaced = parseSourceFile<ModuleOp>(path, ParserConfig(context));
    if (!replaced || failed(verifyPhase(*replaced, phase))) return failure();
    module = std::move(replaced);
    return success();
  }

  const CompileOptions &options;
  std::string target;
  Progress &progress;
  PipelineOptions pipeline;
  MLIRContext *context = nullptr;
  std::map<std::string, Notes> decisions;
  std::map<std::string, std::string> counts, sharedMemory; ///< by kernel
};

std::vector<std::string> targetsOf(const CompileOptions &options) {
  return options.targets.empty() ? std::vector<std::string>{"cpu"} : options.targets;
}

FailureOr<::msa::Manifest> compileAll(ModuleOp module, const CompileOptions &options, Progress &progress) {
  ::msa::Manifest manifest;
  manifest.producer = "msa-compile " + versionText();
  for (const std::string &target : targetsOf(options)) {
    OwningOpRef<ModuleOp> copy = module.clone();
    Compilation compilation(options, target, progress);
    if (failed(compilation.run(copy, Phase::Artifact))) return failure();
    llvm::append_range(manifest.programs, compilation.programs);
  }
  return manifest;
}

/// What --emit or --compile-to ask for, where it is no artifact.
FailureOr<std::string> compileToText(OwningOpRef<ModuleOp> module, const CompileOptions &options, Progress &progress) {
  std::string target = targetsOf(options).front();
  Compilation compilation(options, target, progress);
  Phase last = compilation.lastIr();
  if (options.emit != "mlir") last = last == Phase::Nvvm ? Phase::Ptx : Phase::Object;
  if (!options.compileTo.empty()) last = *parsePhase(options.compileTo);
  if (failed(compilation.run(module, last))) return failure();
  if (options.emit == "cubin") return compilation.assembly->cubin;
  if (options.emit == "llvm") return last == Phase::Ptx ? compilation.ptx.llvm : compilation.object.llvm;
  if (last == Phase::Ptx) return compilation.ptx.ptx;
  if (last == Phase::Object) return compilation.object.bytes;
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

/// Where the artifact of this text and these options would be; empty without a cache.
std::string cachePath(StringRef text, const CompileOptions &options) {
  if (options.cacheDir.empty() || !options.overrideDir.empty() || !options.dumpDir.empty()) return "";
  llvm::SHA1 hash;
  hash.update(versionText() + "|" + options.fingerprint() + "|");
  hash.update(text);
  SmallString<128> path(options.cacheDir);
  llvm::sys::path::append(path, llvm::toHex(hash.final(), /*LowerCase=*/true) + ".msab");
  return path.str().str();
}

/// The artifact there, if it is whole. One that is cut or changed is made again.
std::optional<std::string> readCached(const std::string &path, const CompileOptions &options) {
  if (path.empty()) return std::nullopt;
  auto hit = llvm::MemoryBuffer::getFile(path);
  if (!hit) return std::nullopt;
  std::string text = (*hit)->getBuffer().str(), broken;
  if (!::msa::parseManifest(text, broken)) {
    if (options.log != "error")
      llvm::errs() << "msa: the cache's '" << path << "' is made again, since it is not what was written: " << broken
                   << "\n";
    return std::nullopt;
  }
  if (options.log == "debug") llvm::errs() << "msa: from the cache, '" << path << "'\n";
  return text;
}

/// Whole or not at all: another process, or thread, may read or write while we do.
std::error_code writeCached(const std::string &path, StringRef text) {
  if (std::error_code error = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path))) return error;
  int fd = -1;
  SmallString<128> scratch;
  if (std::error_code error = llvm::sys::fs::createUniqueFile(path + ".%%%%%%%%", fd, scratch)) return error;
  llvm::raw_fd_ostream os(fd, /*shouldClose=*/true);
  os << text;
  os.close();
  std::error_code error = os.error();
  os.clear_error(); // a full disk; left set, it would end the process
  if (!error) error = llvm::sys::fs::rename(scratch, path);
  if (error) (void)llvm::sys::fs::remove(scratch);
  return error;
}
} // namespace

FailureOr<::msa::Manifest> compile(ModuleOp module, const CompileOptions &options) {
  if (std::string wrong = checkOptions(options); !wrong.empty()) return emitError(module.getLoc(), wrong);
  Progress progress(options.progress && options.log != "error");
  return compileAll(module, options, progress);
}

FailureOr<std::string> compileText(MLIRContext &context, llvm::SourceMgr &source, const CompileOptions &options) {
  StringRef text = source.getMemoryBuffer(source.getMainFileID())->getBuffer();
  if (std::string wrong = checkOptions(options); !wrong.empty()) return emitError(UnknownLoc::get(&context), wrong);
  bool artifact = options.emit == "artifact" && (options.compileTo.empty() || options.compileTo == "artifact");

  std::string cached = artifact ? cachePath(text, options) : "";
  if (std::optional<std::string> hit = readCached(cached, options)) return *hit;

  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(source, ParserConfig(&context));
  if (!module) return failure();
  Progress progress(options.progress && options.log != "error");
  progress.say("parsing");
  if (!artifact) return compileToText(std::move(module), options, progress);
  FailureOr<::msa::Manifest> manifest = compileAll(*module, options, progress);
  if (failed(manifest)) return failure();
  std::string result = ::msa::serialize(*manifest);
  if (!cached.empty())
    if (std::error_code error = writeCached(cached, result))
      emitWarning(UnknownLoc::get(&context), "[cache] needs to write '") << cached << "', but " << error.message();
  return result;
}

LogicalResult checkSupport(ModuleOp module, const std::string &target) {
  CompileOptions options;
  options.targets = {target};
  if (std::string wrong = checkOptions(options); !wrong.empty()) return emitError(module.getLoc(), wrong);
  OwningOpRef<ModuleOp> copy = module.clone();
  Progress progress(false);
  return Compilation(options, target, progress).run(copy, Phase::Decided);
}

} // namespace mlir::msa
