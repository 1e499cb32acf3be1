//===- ArgumentMemory.h - memory for a program's arguments ------*- C++ -*-===//
//
// Private to lib/Reference. How caches lie in memory is the caller's affair, so made-up ones can lie in any way that engines use.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_LIB_REFERENCE_ARGUMENTMEMORY_H
#define MSA_LIB_REFERENCE_ARGUMENTMEMORY_H
#include "msa/Reference/RandomInputs.h"

namespace msa::reference {

struct ArgumentMemory {
  std::vector<OwnedTensor> buffers;
  std::vector<Tensor> views;    ///< one an argument, in a buffer that others may share
  std::vector<size_t> bufferOf; ///< by argument
};

/// Zeroed memory for arguments of the given shapes.
ArgumentMemory allocateArguments(const Program &program, const std::vector<std::vector<int64_t>> &shapes,
                                 RandomSettings::KvMemory memory);

} // namespace msa::reference
#endif
