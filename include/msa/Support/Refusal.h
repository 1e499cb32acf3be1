//===- Refusal.h - why something is not supported ---------------*- C++ -*-===//
#ifndef MSA_SUPPORT_REFUSAL_H
#define MSA_SUPPORT_REFUSAL_H
#include <string>

namespace msa {

/// A dropped candidate or an unsupported feature: a fixed id and both values. Serves diagnostics, remarks and logs alike.
struct Refusal {
  std::string id;   ///< fixed, kebab-case: "smem", "dtype-no-mma", "no-recipe", "unknown-target", ...
  std::string need; ///< what the problem asks for, with its unit
  std::string have; ///< what the target or recipe offers
  /// "[id] needs <need>, but <have>": lower case, no full stop.
  std::string message() const { return "[" + id + "] needs " + need + ", but " + have; }
};

} // namespace msa
#endif
