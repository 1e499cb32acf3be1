//===- PtxOverride.h - a kernel's code from a file --------------*- C++ -*-===//
//
// For those who try things on a kernel's PTX: the file NAME.ptx in MSA_OVERRIDE_DIR takes the place of kernel NAME of whatever program is
// loaded. What `msa-compile --emit=ptx` writes, edited, will do: other kernels in it are not used.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_RUNTIME_PTXOVERRIDE_H
#define MSA_RUNTIME_PTXOVERRIDE_H
#include "msa/Artifact/Manifest.h"
#include <optional>
#include <string>
#include <vector>

namespace msa {

/// The file of `launch`'s kernel in MSA_OVERRIDE_DIR, or "" if there is none.
std::string overrideOf(const LaunchSpec &launch);

/// That file as a module for `chip`, if it has the kernel with the parameters that `launch` gives. Else nothing, and in `error`:
/// "[override] needs a kernel 'attend' in '/x/attend.ptx', but it has scale, page_sum".
std::optional<ModuleSpec> loadOverride(const std::string &path, const LaunchSpec &launch, const std::string &chip,
                                       std::string &error);

/// A kernel of a PTX text, and the bytes of each of its parameters.
struct PtxEntry {
  std::string name;
  std::vector<int64_t> paramBytes;
};
std::vector<PtxEntry> entriesOf(const std::string &ptx);

} // namespace msa
#endif
