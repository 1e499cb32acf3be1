//===- Explain.cpp - notes for --explain, read off the IR -----------------===//
#include "Explain.h"
#include "dialects/Msa/IR/MsaContracts.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "msa/Kernels/ResourceCounter.h"
#include "msa/Strategy/Candidates.h"
#include "msa/Support/ResourceModel.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::msa {

static void addLine(std::string &text, const std::string &line) { text += (text.empty() ? "" : "\n") + line; }

std::string reasonKey(Location location, StringRef kind) {
  std::string text;
  llvm::raw_string_ostream os(text);
  location.print(os);
  return text + "|" + kind.str();
}

std::map<std::string, Notes> explainDecisions(ModuleOp module, const std::map<std::string, std::string> &reasons) {
  std::map<std::string, Notes> notes;
  for (auto function : module.getOps<func::FuncOp>()) {
    Notes &of = notes[function.getName().str()];
    function.walk([&](Operation *op) {
      auto strategy = op->getAttrOfType<StrategyAttr>("strategy");
      if (!strategy) return;
      std::string kind = stringifyStrategyKind(strategy.getKind()).str(), said = kind;
      auto reason = reasons.find(reasonKey(op->getLoc(), kind));
      if (reason != reasons.end()) said = reason->second;
      else if (auto config = op->getAttrOfType<TileConfigAttr>("tile_config"))
        said += " with " + ::msa::spell(tileConfigOf(config));
      addLine(of["strategy"], op->getName().getStringRef().str() + ": " + said);
      if (auto attend = dyn_cast<AttendOp>(op)) {
        FailureOr<::msa::Problem> problem = problemOf(attend);
        if (failed(problem)) return;
        ::msa::TokenWork work = ::msa::attendWork(*problem);
        addLine(of["work"],
                llvm::formatv(
                    "{0}: {1:F2} MFLOP and {2:F2} MB of keys and values a query token, when its selection is full",
                    op->getName().getStringRef(), work.flops / 1e6, work.kvBytes / 1e6));
      }
    });
  }
  return notes;
}

std::map<std::string, std::string> explainSharedMemory(ModuleOp module) {
  std::map<std::string, std::string> notes;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    std::string &text = notes[kernel.getName().str()];
    addLine(text, llvm::formatv("{0}: {1} bytes", kernel.getName(), kernel.getSmemBytes().value_or(0)));
    kernel.walk([&](Operation *op) {
      auto offset = op->getAttrOfType<IntegerAttr>("smem_offset");
      if (!offset) return;
      std::string type;
      llvm::raw_string_ostream os(type);
      if (op->getNumResults()) op->getResult(0).getType().print(os);
      addLine(text, llvm::formatv("  [{0}, {1}) {2} {3}", offset.getInt(), offset.getInt() + tile::sharedBytes(op),
                                  op->getName().getStringRef(), type));
    });
  }
  return notes;
}

std::map<std::string, std::string> explainCounts(ModuleOp module) {
  std::map<std::string, std::string> notes;
  for (auto kernel : module.getOps<tile::KernelOp>())
    notes[kernel.getName().str()] = kernel.getName().str() + ": " + ::msa::countResources(kernel).describe();
  return notes;
}

std::string explainUse(const AssembledKernel &use) {
  return llvm::formatv("{0}: {1} registers a thread, {2} bytes spilled, {3} bytes of stack", use.kernel, use.registers,
                       use.spillBytes, use.stackBytes);
}

} // namespace mlir::msa
