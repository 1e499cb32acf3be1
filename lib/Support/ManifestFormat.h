//===- ManifestFormat.h - names in the artifact's JSON ----------*- C++ -*-===//
//
// What the writer and the reader of the manifest share; private to lib/Support.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_LIB_SUPPORT_MANIFESTFORMAT_H
#define MSA_LIB_SUPPORT_MANIFESTFORMAT_H
#include "msa/Artifact/Manifest.h"
#include <nlohmann/json.hpp>
#include <utility>

namespace msa::format {

/// Keeps keys in the order they were written, so that the checksum of a parsed body is the writer's.
using Json = nlohmann::ordered_json;

inline constexpr const char *kFormatName = "msa-artifact";

/// The JSON names of the binary kinds of Expr.
const std::vector<std::pair<Expr::Kind, const char *>> &exprNames();
/// "fnv1a64:" and 16 hex digits.
std::string checksumText(const Json &body);

} // namespace msa::format
#endif
