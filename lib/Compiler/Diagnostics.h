//===- Diagnostics.h - MLIR's diagnostics as JSON lines ---------*- C++ -*-===//
#ifndef MSA_LIB_COMPILER_DIAGNOSTICS_H
#define MSA_LIB_COMPILER_DIAGNOSTICS_H
#include "mlir/IR/Diagnostics.h"
#include <string>

namespace mlir::msa {

/// "graph.mlir:7:10", or "" for a location that names no file.
std::string spellLocation(Location location);

/// The id of a refusal: "smem" for "[smem] needs ...", or "op: [smem] ..."; "" for other messages.
std::string idOf(StringRef message);

/// One JSON object a line: {"severity", "message", "location", "id"}.
std::string jsonLine(StringRef severity, StringRef message, StringRef location);

/// Collects what a context says while it lives, notes after their diagnostic.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(MLIRContext *context);
  std::string jsonLines;  ///< all of it
  std::string firstError; ///< its message

private:
  void add(Diagnostic &diagnostic);
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::msa
#endif
