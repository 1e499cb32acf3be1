//===- EmitPtx.cpp - gpu.module -> LLVM IR -> PTX, in process -------------===//
#include "msa/Target/EmitPtx.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "msa/Support/GpuSpec.h"
#include "msa/Support/Refusal.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <mutex>

namespace mlir::msa {

static constexpr int kNewestPtx = 90; // what LLVM 22 can write

// The words of LLVM's last fatal error on this thread.
static thread_local std::string fatalError;

// Inside a CrashRecoveryContext, Exit unwinds to it instead of ending the process; elsewhere LLVM goes on to abort as ever.
static void rememberFatalError(void *, const char *reason, bool) {
  if (!llvm::CrashRecoveryContext::GetCurrent()) return;
  fatalError = reason;
  llvm::sys::Process::Exit(70);
}

static void prepareLlvmOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    llvm::CrashRecoveryContext::Enable();
    llvm::install_fatal_error_handler(rememberFatalError);
  });
}

static void collectError(const llvm::DiagnosticInfo *info, void *text) {
  if (info->getSeverity() != llvm::DS_Error) return;
  llvm::raw_string_ostream os(*static_cast<std::string *>(text));
  llvm::DiagnosticPrinterRawOStream printer(os);
  if (os.tell()) os << "; ";
  info->print(printer);
}

/// Copies through an address that is poison are undefined. LLVM does not know, and where threads copy a hundred pieces each, at addresses
/// that are a chain, it spends a second on the question whether one may stand for another.
static void markCopies(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (!function.getName().starts_with("llvm.nvvm.cp.async.c")) continue;
    for (llvm::User *user : function.users())
      for (llvm::Use &operand : llvm::cast<llvm::CallBase>(user)->args())
        if (!llvm::isa<llvm::Constant>(operand))
          llvm::cast<llvm::CallBase>(user)->addParamAttr(operand.getOperandNo(), llvm::Attribute::NoUndef);
  }
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

static std::string printPtx(llvm::Module &module, llvm::TargetMachine &machine, std::string &error) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  llvm::legacy::PassManager pm;
  if (machine.addPassesToEmitFile(pm, os, nullptr, llvm::CodeGenFileType::AssemblyFile))
    error = "this LLVM writes no NVPTX assembly";
  else pm.run(module);
  return text.str().str();
}

static std::string firstLine(StringRef text) {
  return text.ltrim().take_until([](char c) { return c == '\n'; }).str();
}

static std::string inPoints(int version) { return std::to_string(version / 10) + "." + std::to_string(version % 10); }

FailureOr<PtxText> emitPtx(gpu::GPUModuleOp module, const PtxOptions &options) {
  auto refuse = [&](const ::msa::Refusal &refusal) { return emitError(module.getLoc(), refusal.message()); };
  const ::msa::GpuSpec *gpu = ::msa::lookupGpu(options.chip);
  if (!gpu) return refuse({"unknown-target", "one of " + ::msa::knownTargets(), "got '" + options.chip + "'"});
  int version = options.ptxVersion ? options.ptxVersion : gpu->ptxVersion;
  if (version < gpu->ptxVersion)
    return refuse({"ptx-version", "PTX ISA " + inPoints(gpu->ptxVersion) + " or later for " + options.chip,
                   "got " + inPoints(version)});
  if (version > kNewestPtx)
    return refuse({"ptx-version", "PTX ISA " + inPoints(kNewestPtx) + " or earlier", "got " + inPoints(version)});

  prepareLlvmOnce();
  auto context = std::make_unique<llvm::LLVMContext>();
  std::string error;
  context->setDiagnosticHandlerCallBack(collectError, &error);
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(module, *context, module.getName());
  if (!llvmModule)
    return emitError(module.getLoc(), "[codegen] needs a gpu.module in llvm and nvvm ops, but its translation failed");

  std::string lookupError;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, lookupError);
  if (!target) return emitError(module.getLoc(), "[codegen] needs LLVM's NVPTX target, but ") << lookupError;

  PtxText result;
  result.ptxVersion = version;
  fatalError.clear();
  llvm::CrashRecoveryContext guard;
  bool survived = guard.RunSafely([&] {
    llvm::TargetOptions targetOptions;
    targetOptions.AllowFPOpFusion = llvm::FPOpFusion::Fast; // fma, as nvcc does
    std::unique_ptr<llvm::TargetMachine> machine(
        target->createTargetMachine(triple, options.chip, "+ptx" + std::to_string(version), targetOptions, std::nullopt,
                                    std::nullopt, llvm::CodeGenOptLevel::Aggressive));
    llvmModule->setTargetTriple(triple);
    llvmModule->setDataLayout(machine->createDataLayout());
    markCopies(*llvmModule);
    optimize(*llvmModule, *machine);
    if (options.keepLlvm) {
      llvm::raw_string_ostream os(result.llvm);
      llvmModule->print(os, nullptr);
    }
    result.ptx = printPtx(*llvmModule, *machine, error);
  });
  if (!survived) {
    // LLVM was left in the middle of its work: what it held cannot be torn down.
    (void)llvmModule.release();
    (void)context.release();
    return emitError(module.getLoc(), "[codegen] needs instructions that LLVM selects for ")
           << options.chip << " at PTX ISA " << inPoints(version) << ", but "
           << (!error.empty()       ? error
               : fatalError.empty() ? "it crashed"
                                    : firstLine(fatalError));
  }
  if (!error.empty())
    return emitError(module.getLoc(), "[codegen] needs instructions that LLVM selects for ")
           << options.chip << ", but " << error;
  return result;
}

void registerPtxTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
}

} // namespace mlir::msa
