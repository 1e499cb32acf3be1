//===- Explain.h - what was decided, and what it costs ----------*- C++ -*-===//
#ifndef MSA_LIB_PIPELINES_EXPLAIN_H
#define MSA_LIB_PIPELINES_EXPLAIN_H
#include "mlir/IR/BuiltinOps.h"
#include "msa/Target/Assemble.h"
#include <map>
#include <string>

namespace mlir::msa {

/// Notes by key, as Program::notes: what --explain prints. Lines are separated by newlines.
using Notes = std::map<std::string, std::string>;

/// Key of a reason: ops that came from one op share its location, but not its kind of strategy.
std::string reasonKey(Location location, StringRef kind);

/// From the decided phase, by function: "strategy" (in the words of `reasons`, where there is one) and "work" (flops and bytes of a query
/// token, when every row of its selection is full).
std::map<std::string, Notes> explainDecisions(ModuleOp module, const std::map<std::string, std::string> &reasons);

/// From the tile phase, by kernel: what one thread block uses and does, counted on the IR.
std::map<std::string, std::string> explainCounts(ModuleOp module);

/// From the staged phase, by kernel: "shared memory": offset, bytes and what lies there.
std::map<std::string, std::string> explainSharedMemory(ModuleOp module);

/// One line: "kernel: 184 registers, 0 bytes spilled, ...".
std::string explainUse(const AssembledKernel &use);

} // namespace mlir::msa
#endif
