#include "msa/Runtime/Log.h"
#include <cstdio>
#include <cstdlib>

namespace msa {

LogLevel logLevel() {
  static const LogLevel level = [] {
    const char *text = std::getenv("MSA_LOG");
    std::string wanted = text ? text : "error";
    return wanted == "debug" ? LogLevel::Debug : wanted == "info" ? LogLevel::Info : LogLevel::Error;
  }();
  return level;
}

void log(LogLevel level, const std::string &line) {
  if (level <= logLevel()) std::fprintf(stderr, "msa: %s\n", line.c_str());
}

} // namespace msa
