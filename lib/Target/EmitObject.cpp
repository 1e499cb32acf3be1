//===- EmitObject.cpp - llvm dialect -> LLVM IR -> x86-64 -> shared object ===//
#include "msa/Target/EmitObject.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "msa/Support/CpuFeatures.h"
#include "msa/Support/Refusal.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include <mutex>

namespace mlir::msa {

static constexpr StringLiteral kTriple = "x86_64-unknown-linux-gnu";

static const llvm::Target *x86Target(std::string &error) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  return llvm::TargetRegistry::lookupTarget(llvm::Triple(kTriple), error);
}

/// The CPU's name and feature string; those of this machine for an empty name.
static std::pair<std::string, std::string> cpuAndFeatures(const std::string &cpu) {
  if (!cpu.empty()) return {cpu, ""};
  std::string features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features += (features.empty() ? "" : ",") + std::string(feature.second ? "+" : "-") + feature.first().str();
  return {llvm::sys::getHostCPUName().str(), features};
}

static std::unique_ptr<llvm::TargetMachine> makeMachine(const llvm::Target &target, const std::string &cpu) {
  auto [name, features] = cpuAndFeatures(cpu);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast; // x * y + z is one fma
  return std::unique_ptr<llvm::TargetMachine>(target.createTargetMachine(llvm::Triple(kTriple), name, features, options,
                                                                         llvm::Reloc::PIC_, std::nullopt,
                                                                         llvm::CodeGenOptLevel::Aggressive));
}

int64_t vectorWidthOf(const std::string &cpu) {
  std::string error;
  const llvm::Target *target = x86Target(error);
  if (!target) return 8;
  auto [name, features] = cpuAndFeatures(cpu);
  std::unique_ptr<llvm::MCSubtargetInfo> info(target->createMCSubtargetInfo(llvm::Triple(kTriple), name, features));
  if (!info || !info->checkFeatures("+avx")) return 4;
  return info->checkFeatures("+avx512f") ? 16 : 8;
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager lam;
  llvm::FunctionAnalysisManager fam;
  llvm::CGSCCAnalysisManager cam;
  llvm::ModuleAnalysisManager mam;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(mam);
  builder.registerCGSCCAnalyses(cam);
  builder.registerFunctionAnalyses(fam);
  builder.registerLoopAnalyses(lam);
  builder.crossRegisterProxies(lam, fam, cam, mam);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, mam);
}

/// The names of CpuFeatures.h that `info` has.
static std::vector<std::string> featuresOf(const llvm::MCSubtargetInfo &info) {
  static constexpr const char *known[] = {
#define MSA_NAME(NAME) NAME,
      MSA_CPU_FEATURES(MSA_NAME)
#undef MSA_NAME
  };
  std::vector<std::string> features;
  for (const char *name : known)
    if (info.checkFeatures("+" + std::string(name))) features.push_back(name);
  return features;
}

/// Whether the module widens or narrows f16. Without F16C those are calls of functions that no library of ours has.
static bool convertsF16(const llvm::Module &module) {
  for (const llvm::Function &function : module)
    for (const llvm::BasicBlock &block : function)
      for (const llvm::Instruction &instruction : block)
        for (const llvm::Use &operand : instruction.operands())
          if (operand->getType()->getScalarType()->isHalfTy() || instruction.getType()->getScalarType()->isHalfTy())
            if (!isa<llvm::LoadInst, llvm::StoreInst>(instruction)) return true;
  return false;
}

/// The one that was asked for, else LLD of the LLVM we are built with, or any other on PATH.
static std::optional<std::string> findLinker(const std::string &given) {
  if (!given.empty()) return llvm::sys::fs::can_execute(given) ? std::optional(given) : std::nullopt;
  for (ArrayRef<StringRef> paths : {ArrayRef<StringRef>{"/usr/lib/llvm-22/bin"}, ArrayRef<StringRef>{}})
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName("ld.lld", paths)) return *found;
  return std::nullopt;
}

/// A temporary file that is removed on the way out.
struct ScratchFile {
  SmallString<128> path;
  std::error_code error;
  explicit ScratchFile(StringRef suffix) { error = llvm::sys::fs::createTemporaryFile("msa", suffix, path); }
  ~ScratchFile() {
    if (!error) llvm::sys::fs::remove(path);
  }
};

/// Links one object file to a shared object. On failure says why in `error`.
static std::string link(const std::string &linker, StringRef object, std::string &error) {
  ScratchFile in("o"), out("so"), log("txt");
  if (in.error || out.error || log.error) {
    error = "no temporary file: " + (in.error ? in.error : out.error ? out.error : log.error).message();
    return {};
  }
  std::error_code writeError;
  {
    llvm::raw_fd_ostream os(in.path, writeError);
    os << object;
  }
  if (writeError) {
    error = "cannot write " + in.path.str().str() + ": " + writeError.message();
    return {};
  }
  SmallVector<StringRef> args = {linker, "-shared", "-s", "--gc-sections", "-o", out.path, in.path};
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log.path), StringRef(log.path)};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(linker, args, std::nullopt, redirects, /*SecondsToWait=*/60, 0, &message);
  if (status != 0) {
    if (auto text = llvm::MemoryBuffer::getFile(log.path)) message += (*text)->getBuffer().rtrim().str();
    error = "ld.lld failed: " + message;
    return {};
  }
  auto linked = llvm::MemoryBuffer::getFile(out.path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!linked) {
    error = "cannot read " + out.path.str().str() + ": " + linked.getError().message();
    return {};
  }
  return (*linked)->getBuffer().str();
}

FailureOr<SharedObject> emitSharedObject(ModuleOp module, const ObjectOptions &options) {
  auto refuse = [&](const ::msa::Refusal &refusal) { return emitError(module.getLoc(), refusal.message()); };
  std::string error;
  const llvm::Target *target = x86Target(error);
  if (!target) return refuse({"codegen", "LLVM's X86 target", error});
  SharedObject result;
  result.cpu = cpuAndFeatures(options.cpu).first;
  std::unique_ptr<llvm::MCSubtargetInfo> info(target->createMCSubtargetInfo(llvm::Triple(kTriple), "x86-64", ""));
  if (!info->isCPUStringValid(result.cpu) || !llvm::StringRef(cpuAndFeatures(options.cpu).first).size())
    return refuse({"unknown-target", "an x86-64 CPU that LLVM knows", "got '" + result.cpu + "'"});
  std::optional<std::string> linker = findLinker(options.lldPath);
  if (!linker)
    return refuse({"linker-missing", "ld.lld to link the CPU program",
                   options.lldPath.empty() ? "there is none in /usr/lib/llvm-22/bin or on PATH"
                                           : "there is none at '" + options.lldPath + "'"});

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(module, context, "msa");
  if (!llvmModule) return refuse({"codegen", "a module in the llvm dialect", "its translation failed"});
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(*target, options.cpu);
  llvmModule->setTargetTriple(llvm::Triple(kTriple));
  llvmModule->setDataLayout(machine->createDataLayout());
  for (llvm::Function &function : *llvmModule) {
    function.addFnAttr("target-cpu", machine->getTargetCPU());
    function.addFnAttr("target-features", machine->getTargetFeatureString());
    if (!function.isDeclaration()) function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  const llvm::MCSubtargetInfo &subtarget = *machine->getMCSubtargetInfo();
  result.features = featuresOf(subtarget);
  if (!subtarget.checkFeatures("+f16c") && convertsF16(*llvmModule))
    return refuse({"cpu-f16", "a CPU that converts f16 (F16C, as x86-64-v3 has)", "'" + result.cpu + "' does not"});
  optimize(*llvmModule, *machine);
  if (options.keepLlvm) {
    llvm::raw_string_ostream os(result.llvm);
    llvmModule->print(os, nullptr);
  }
  SmallString<0> object;
  llvm::raw_svector_ostream os(object);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, os, nullptr, llvm::CodeGenFileType::ObjectFile))
    return refuse({"codegen", "an object file", "this LLVM writes none for x86-64"});
  codegen.run(*llvmModule);
  result.bytes = link(*linker, object, error);
  if (!error.empty()) return refuse({"codegen", "a shared object", error});
  return result;
}

void registerObjectTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

} // namespace mlir::msa
