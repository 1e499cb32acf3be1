//===- Plugin.cpp - our dialects and passes inside stock mlir-opt-22 ------===//
//
// mlir-opt-22 --load-dialect-plugin=MsaPlugin.so --load-pass-plugin=MsaPlugin.so
//             --pass-pipeline='builtin.module(msa-to-ptx-pipeline{target=sm_90a})' graph.mlir
// Only --pass-pipeline sees a plugin's passes (mlir-opt has parsed its flags by the time it loads one).
//
//===----------------------------------------------------------------------===//
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "msa/Pipelines/Registration.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <dlfcn.h>

using namespace mlir;

/// MLIR's C++ ABI holds within one release of libMLIR only: say so instead of crashing later.
static void checkHost() {
  std::string wanted = "libMLIR.so." + std::to_string(LLVM_VERSION_MAJOR) + "." + std::to_string(LLVM_VERSION_MINOR);
  if (dlopen(wanted.c_str(), RTLD_NOW | RTLD_NOLOAD)) return;
  llvm::errs() << "[plugin-version] needs a host with " << wanted << " (LLVM " << LLVM_VERSION_STRING
               << "), but this one has loaded none\n";
  std::exit(1);
}

extern "C" LLVM_ATTRIBUTE_WEAK __attribute__((visibility("default"))) DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Msa", LLVM_VERSION_STRING, [](DialectRegistry *registry) {
            checkHost();
            mlir::msa::registerOwnDialects(*registry);
            mlir::msa::registerPassesAndPipelines();
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK __attribute__((visibility("default"))) PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Msa", LLVM_VERSION_STRING, [] {
            checkHost();
            mlir::msa::registerPassesAndPipelines();
          }};
}
