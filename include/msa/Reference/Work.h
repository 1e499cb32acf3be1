//===- Work.h - how much a call has to compute and move ---------*- C++ -*-===//
#ifndef MSA_REFERENCE_WORK_H
#define MSA_REFERENCE_WORK_H
#include "msa/Reference/Interpreter.h"

namespace msa::reference {

/// Useful work of one call, for rates: what any implementation must do, not what one does.
struct Work {
  double flops = 0; ///< two per multiply-add, over visible keys of the blocks a row may select
  double bytes =
      0; ///< selected keys and values (each at most once per row, at most the whole cache), index keys once, queries and outputs
};
/// Valid after interpreter.check or run.
Work workOf(const Program &program, const Interpreter &interpreter);

} // namespace msa::reference
#endif
