//===- InputLog.h - calls written down before they run ----------*- C++ -*-===//
//
// What it takes to repeat a call that crashed: a folder with NAME.npy an input and call.json (program, target, shapes, strides, types of
// all arguments). `msa-run ARTIFACT --inputs=FOLDER` runs it again, with the same strides.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_RUNTIME_INPUTLOG_H
#define MSA_RUNTIME_INPUTLOG_H
#include "msa/Runtime/Executable.h"
#include "msa/Runtime/TensorRef.h"

namespace msa {

struct InputLog {
  std::string folder;                  ///< "": nothing is written
  int64_t maxBytes = int64_t(1) << 30; ///< contents of one call; the smallest tensors first, others as shapes alone
  size_t keep = 8;                     ///< newest calls of this process that stay
  static constexpr const char *kFile = "call.json";

  /// MSA_LOG_INPUTS names the folder. Plans ask once, when they are made.
  static InputLog ofEnvironment();
  explicit operator bool() const { return !folder.empty(); }

  /// Writes FOLDER/PROGRAM.TARGET.PROCESS.NUMBER, whole or not at all. On a GPU it waits for `stream` first, so an earlier launch of it that
  /// failed shows here. While `stream` is captured nothing can be read, and nothing is written. What goes wrong is a line on stderr: a run
  /// does not fail for its log.
  void write(const Executable &executable, const TensorRef *tensors, size_t count, void *stream) const;
};

} // namespace msa
#endif
