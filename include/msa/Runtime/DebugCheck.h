//===- DebugCheck.h - metadata looked at before they hurt -------*- C++ -*-===//
//
// What a kernel cannot afford to look for: lengths that do not ascend, pages outside of the cache, broken selections, addresses of another
// device. Which input is what follows from the program's meaning; the rules are those of lib/Reference.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_RUNTIME_DEBUGCHECK_H
#define MSA_RUNTIME_DEBUGCHECK_H
#include "msa/Runtime/Executable.h"
#include "msa/Runtime/TensorRef.h"

namespace msa {

/// Whether MSA_DEBUG asks for a check before each run. Plans ask once, when they are made.
bool debugWanted();

/// "" or the first fault, with the argument, the place and both values: "[debug-check] 'page_table': expects pages below 512, but [3, 7] is
/// 600". Tensors lie in host memory and fit the program; of the inputs only those of i32 are read.
std::string checkHostInputs(const Program &program, const TensorRef *tensors, size_t count);

/// As above for tensors as Plan::run takes them. On a GPU it looks at the addresses, waits for `stream` and copies the inputs of i32 to the
/// host; while `stream` is captured it refuses to.
std::string checkInputs(const Executable &executable, const TensorRef *tensors, size_t count, void *stream);

} // namespace msa
#endif
