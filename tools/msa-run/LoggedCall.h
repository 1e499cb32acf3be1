//===- LoggedCall.h - a call that MSA_LOG_INPUTS wrote ----------*- C++ -*-===//
#ifndef MSA_TOOLS_MSA_RUN_LOGGEDCALL_H
#define MSA_TOOLS_MSA_RUN_LOGGEDCALL_H
#include "msa/Artifact/Manifest.h"
#include "msa/Reference/Tensor.h"
#include <optional>

namespace msa {

struct LoggedTensor {
  std::vector<int64_t> shape, strides;
  bool contents = false; ///< there is a .npy file
};

/// What call.json of a folder says (msa/Runtime/InputLog.h).
struct LoggedCall {
  std::vector<LoggedTensor> tensors; ///< one an argument of the program

  /// Nothing where the folder has no call.json; nothing and `error` where that is of another program or broken.
  static std::optional<LoggedCall> read(const std::string &folder, const Program &program, std::string &error);

  /// The input `spec` in memory of its own with the strides that it had, appended to `owned` and `views`. One whose contents were too
  /// large to be logged gets random numbers, and that is said.
  static std::string load(const std::string &folder, const ArgumentSpec &spec, const LoggedTensor &logged,
                          uint64_t seed, std::vector<reference::OwnedTensor> &owned,
                          std::vector<reference::Tensor> &views);
};

} // namespace msa
#endif
