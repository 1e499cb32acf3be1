//===- Log.h - what the runtime says on stderr ------------------*- C++ -*-===//
#ifndef MSA_RUNTIME_LOG_H
#define MSA_RUNTIME_LOG_H
#include <string>

namespace msa {

enum class LogLevel { Error, Info, Debug };
/// MSA_LOG=error|info|debug; error where unset.
LogLevel logLevel();
/// One line on stderr, "msa: ...", if `level` is asked for.
void log(LogLevel level, const std::string &line);

} // namespace msa
#endif
