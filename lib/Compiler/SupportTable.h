// What each target can do for each op, found by asking the pass that decides.
#ifndef MSA_LIB_COMPILER_SUPPORTTABLE_H
#define MSA_LIB_COMPILER_SUPPORTTABLE_H
#include "mlir/IR/MLIRContext.h"
#include <string>

namespace mlir::msa {

/// A Markdown table: a row an op, a column a group of targets that answer alike; of one target alone where `target` is not empty. Every value
/// of every axis that an op has is tried while the others keep their defaults, and extremes together, so that the table cannot say anything
/// else than the refusals do. A refusal stands with its id.
std::string supportTable(MLIRContext &context, const std::string &target);

} // namespace mlir::msa
#endif
